"""Sealed values: single fields under the deployment's own keys, not to be read by whoever has the database alone.

A value is kept as text that names its key: ``khoi-sealed:1:<key id>:<Fernet token>``. The first key of the file seals,
every key of it opens. Without a file values are kept as they are, which a deployment in production may refuse.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from shared.settings import SettingsError, usable
from shared.store.errors import StoreError

if TYPE_CHECKING:  # loaded with the first value that is sealed or opened
    from cryptography.fernet import Fernet

MARK: Final = "khoi-sealed:1:"
PLAIN: Final = "plain"
"""Stands for "under no key" where values are counted by their key."""
_KEY_BYTES = 32
_VARIABLE = "KHOI_FIELD_KEYS"


class SealedValueError(StoreError):
    """A value is sealed with a key that is not at hand, or was changed; the message names the key, never the value."""

    def __init__(self, key: str, *, known: bool) -> None:
        """Name the *key*; *known* says that it is at hand, so that the value itself must have been changed."""
        super().__init__(
            f"giá trị mã hóa bằng khóa {key} đã bị sửa (a sealed value was changed)"
            if known
            else f"giá trị mã hóa cần khóa {key}, không có trong {_VARIABLE} (the key is not in the file)"
        )
        self.key = key


def key_id(key: str) -> str:
    """Return the name by which values say which key they need; tells nothing of the key."""
    return hashlib.sha256(b"khoi-field-key-id" + key.encode()).hexdigest()[:12]


def key_of(stored: str) -> str:
    """Return the id of the key that a stored value is under, ``plain`` for none."""
    return stored[len(MARK) :].partition(":")[0] if stored.startswith(MARK) else PLAIN


def read_keys(path: Path) -> tuple[str, ...]:
    """Return the keys of a file, newest first; raise SettingsError, which quotes no key.

    One key a line, 32 bytes in URL-safe base64, as ``khoi keys new`` prints it; ``#`` begins a comment.
    """
    with usable(_VARIABLE, path, "tệp khóa", ValueError):
        lines = [line.partition("#")[0].strip() for line in path.read_text("ascii").splitlines()]
    found = tuple(line for line in lines if line)
    for number, key in enumerate(found, start=1):
        try:
            usable_key = len(base64.b64decode(key, altchars=b"-_", validate=True)) == _KEY_BYTES
        except (binascii.Error, ValueError):
            usable_key = False
        if not usable_key:
            raise SettingsError(f"{_VARIABLE}: khóa thứ {number} của {path} không dùng được (no key of ours)")
    if not found:
        raise SettingsError(f"{_VARIABLE}: {path} không có khóa nào (the file has no key)")
    if len(set(found)) != len(found):
        raise SettingsError(f"{_VARIABLE}: {path} có khóa ghi hai lần (a key stands twice)")
    return found


class Sealing:
    """Niêm mã: seals and opens values under the keys of one deployment."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Seal with the first of *keys*; with none keep values as they are."""
        self.ids = tuple(key_id(key) for key in keys)
        self._keys = dict(zip(self.ids, keys, strict=True))
        self._ciphers: dict[str, Fernet] = {}

    @classmethod
    def under(cls, path: Path | None) -> Sealing:
        """Return the sealing under the keys of a file; raise SettingsError."""
        return cls(() if path is None else read_keys(path))

    @property
    def current(self) -> str:
        """Return the id of the key that values are sealed with now, ``plain`` for none."""
        return self.ids[0] if self.ids else PLAIN

    def seal(self, value: str) -> str:
        """Return *value* as it is to be stored."""
        if not self.ids:
            return value
        return f"{MARK}{self.current}:{self._cipher(self.current).encrypt(value.encode()).decode('ascii')}"

    def opened(self, stored: str) -> str:
        """Return the value of what is stored; raise SealedValueError."""
        key = key_of(stored)
        if key == PLAIN:
            return stored
        if key not in self._keys:
            raise SealedValueError(key, known=False)
        from cryptography.fernet import InvalidToken  # noqa: PLC0415 -- most processes never open a value

        try:
            return self._cipher(key).decrypt(stored[len(MARK) + len(key) + 1 :]).decode()
        except InvalidToken as error:
            raise SealedValueError(key, known=True) from error

    def seal_all(self, values: Mapping[str, str]) -> dict[str, str]:
        """Return the values of a record as they are to be stored."""
        return {name: self.seal(value) for name, value in values.items()}

    def opened_all(self, stored: Mapping[str, str]) -> dict[str, str]:
        """Return the values of a stored record; raise SealedValueError."""
        return {name: self.opened(value) for name, value in stored.items()}

    def renewed(self, stored: Mapping[str, str]) -> dict[str, str]:
        """Return stored values, all under the current key; those that are stay as they are. Raises SealedValueError."""
        return {
            name: value if key_of(value) == self.current else self.seal(self.opened(value))
            for name, value in stored.items()
        }

    def _cipher(self, key: str) -> Fernet:
        if key not in self._ciphers:
            from cryptography.fernet import Fernet  # noqa: PLC0415 -- most processes never seal a value

            self._ciphers[key] = Fernet(self._keys[key])
        return self._ciphers[key]
