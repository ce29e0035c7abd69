"""The sealed file: a clear first line, then frames under AES-256-GCM, so that none can be read, changed, moved or lost.

Each file has a key of its own (HKDF from the operator's key and a salt). A frame's nonce is a random prefix, its number
and whether it is the last: a frame that was moved, taken out or cut off at the end does not open. The first line is
bound to every frame.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAGIC = "khoi-backup-1"
KEY_BYTES = 32
_PREFIX_BYTES = 7
_LENGTH = struct.Struct(">I")
_NONCE = struct.Struct(">7sI?")
_FIRST_LINE_LIMIT = 4_096
_FRAME_LIMIT = 64 * 1024 * 1024


class SealError(ValueError):
    """The file is no backup, was changed or cut off, or no key at hand opens it; the message says which."""


class FirstLine(msgspec.Struct, frozen=True, kw_only=True):
    """What can be read without the key: what the file is and which key it needs."""

    format: str
    key_id: str
    salt: bytes
    prefix: bytes


def new_key() -> str:
    """Return a new key as it stands in its file."""
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode() + "\n"


def read_key(path: Path) -> bytes:
    """Read a key from its file; raise SealError."""
    try:
        key = base64.b64decode(path.read_text(encoding="ascii").strip(), validate=True)
    except (OSError, ValueError) as error:
        raise SealError(f"{path}: không đọc được khóa (the key cannot be read)") from error
    if len(key) != KEY_BYTES:
        raise SealError(f"{path}: không phải khóa của khoi backup key (no key of ours)")
    return key


def key_id(key: bytes) -> str:
    """Return the name by which a file says which key it needs; tells nothing of the key."""
    return hashlib.sha256(b"khoi-backup-key-id" + key).hexdigest()[:16]


def _of_file(key: bytes, salt: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), KEY_BYTES, salt, MAGIC.encode()).derive(key))


class Sealer:
    """Writes frames into a file; the one given to :meth:`finish` is the last."""

    def __init__(self, file: BinaryIO, key: bytes) -> None:
        """Write the first line to *file*."""
        first = FirstLine(
            format=MAGIC,
            key_id=key_id(key),
            salt=os.urandom(16),
            prefix=os.urandom(_PREFIX_BYTES),
        )
        self._file = file
        self._line = msgspec.json.encode(first) + b"\n"
        self._prefix = first.prefix
        self._cipher = _of_file(key, first.salt)
        self._number = 0
        file.write(self._line)

    def write(self, content: bytes) -> None:
        """Seal one frame."""
        self._seal(content, last=False)

    def finish(self, content: bytes) -> None:
        """Seal the last frame."""
        self._seal(content, last=True)

    def _seal(self, content: bytes, *, last: bool) -> None:
        nonce = _NONCE.pack(self._prefix, self._number, last)
        sealed = self._cipher.encrypt(nonce, content, self._line)
        self._file.write(_LENGTH.pack(len(sealed)) + sealed)
        self._number += 1


def opened(file: BinaryIO, keys: Sequence[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield every frame of *file* and whether it is the last; raise SealError at the first that does not open."""
    line = file.readline(_FIRST_LINE_LIMIT)
    try:
        first = msgspec.json.decode(line, type=FirstLine)
    except msgspec.DecodeError as error:
        raise SealError("không phải tệp sao lưu của Khối (no backup of ours)") from error
    if first.format != MAGIC or len(first.prefix) != _PREFIX_BYTES:
        raise SealError(f"không đọc được dạng tệp {first.format} (unknown format)")
    key = next((each for each in keys if key_id(each) == first.key_id), None)
    if key is None:
        raise SealError(f"cần khóa {first.key_id} (another key is needed)")
    cipher, number, last = _of_file(key, first.salt), 0, False
    while not last:
        sealed = _frame(file, number)
        last = _at_end(file)
        try:
            content = cipher.decrypt(_NONCE.pack(first.prefix, number, last), sealed, line)
        except InvalidTag as error:
            raise SealError(
                f"khung {number} đã bị sửa, bị đổi chỗ hoặc tệp bị cắt (changed, moved or cut off)"
            ) from error
        yield content, last
        number += 1


def _frame(file: BinaryIO, number: int) -> bytes:
    head = file.read(_LENGTH.size)
    if len(head) == _LENGTH.size:
        length = int(_LENGTH.unpack(head)[0])
        if length <= _FRAME_LIMIT:
            sealed = file.read(length)
            if len(sealed) == length:
                return sealed
    raise SealError(f"tệp bị cắt ở khung {number} (the file is cut off)")


def _at_end(file: BinaryIO) -> bool:
    here = file.tell()
    ended = file.read(1) == b""
    file.seek(here)
    return ended
