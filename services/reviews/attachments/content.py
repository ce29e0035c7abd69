"""What a scan must be: the type it says it is, nothing that acts by itself, no picture too large to open.

The check of a PDF is a simple one: it reads names outside compressed data and inside object streams, and finds
what an ordinary scanner never writes. A file built to deceive it may pass; readers are for that.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

TYPES: dict[str, tuple[str, ...]] = {
    "application/pdf": ("pdf",),
    "image/jpeg": ("jpg", "jpeg"),
    "image/png": ("png",),
    "image/tiff": ("tif", "tiff"),
}
"""Media type → the endings a file of it may have."""
MAX_SIDE = 30_000
MAX_PIXELS = 150_000_000
"""An A3 sheet at 600 dots per inch has 70 million; what is unpacked must fit a reader's memory."""
_MAX_PAGES = 2_000
_MAX_INFLATED = 32 * 1024 * 1024
_UNTOLD = "application/octet-stream"
_ACTING = re.compile(rb"/(JavaScript|JS|EmbeddedFiles?|Launch|RichMedia|XFA|Encrypt)(?=[\s/<>\[\]()%{}]|$)")
_STREAM = re.compile(rb">>\s*stream\r?\n(.*?)endstream", re.DOTALL)
_DICTIONARY_REACH = 2_048


class BadScanError(ValueError):
    """The file is refused: a stable code, and why in both languages."""

    def __init__(self, code: str, detail_vi: str, detail_en: str) -> None:
        """Say why in both languages."""
        super().__init__(f"{code}: {detail_en}")
        self.code = code
        self.detail_vi = detail_vi
        self.detail_en = detail_en


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """Kích thước ảnh in pixels."""

    width: int
    height: int


def media_type_of(stream: BinaryIO, *, file_name: str, declared: str) -> str:
    """Return the media type of a sound scan; raise BadScanError.

    *declared* is what the sender calls it; content, ending and declaration must agree.
    """
    import filetype  # noqa: PLC0415 -- only who takes in a scan needs it

    stream.seek(0)
    content = stream.read()
    stream.seek(0)
    guessed = filetype.guess(content[:8192])
    found = "" if guessed is None else str(guessed.mime)
    if found not in TYPES:
        raise BadScanError(
            "unknown_type",
            "Chỉ nhận PDF, JPEG, PNG hoặc TIFF.",
            "Only PDF, JPEG, PNG and TIFF are taken.",
        )
    ending = file_name.rpartition(".")[2].lower()
    if ending not in TYPES[found] or declared not in {found, _UNTOLD, ""}:
        raise BadScanError(
            "type_mismatch",
            f"Nội dung là {found} nhưng tên tệp hoặc kiểu khai báo nói khác.",
            f"The content is {found}, but its name or its declared type says otherwise.",
        )
    if found == "application/pdf":
        check_pdf(content)
    else:
        check_pictures(found, content)
    return found


# -- PDF


def check_pdf(content: bytes) -> None:
    """Raise BadScanError for a PDF that is cut off, encrypted, or carries scripts, actions or other files."""
    if b"%%EOF" not in content[-2048:]:
        raise BadScanError("broken", "Tệp PDF không trọn vẹn.", "The PDF is incomplete.")
    for piece in _readable(content):
        named = _ACTING.search(_plain_names(piece))
        if named is not None:
            name = named[1].decode()
            raise BadScanError(
                "active_content",
                f"Tệp PDF có /{name}; hãy quét lại thành PDF chỉ gồm các trang.",
                f"The PDF carries /{name}; scan it again as a PDF of pages only.",
            )


def _readable(content: bytes) -> Iterator[bytes]:
    """Yield what lies outside streams, then each object stream unpacked: image data would match by chance."""
    yield _STREAM.sub(b">> ", content)
    left = _MAX_INFLATED
    for found in _STREAM.finditer(content):
        before = content[max(0, found.start() - _DICTIONARY_REACH) : found.start()].rpartition(b" obj")[2]
        if b"/ObjStm" not in _plain_names(before):
            continue
        try:
            unpacked = zlib.decompressobj().decompress(found[1], left + 1)
        except zlib.error:
            continue  # packed otherwise, which scanners do not do; nothing a simple check can read
        left -= len(unpacked)
        if left < 0:
            raise BadScanError(
                "too_large_inside", "Tệp PDF giải nén quá lớn.", "The PDF is too large once unpacked."
            )
        yield unpacked


def _plain_names(piece: bytes) -> bytes:
    """Return *piece* with names written plainly: ``/J#53`` is ``/JS`` to a reader."""
    return re.sub(rb"#([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), piece)


# -- pictures


def check_pictures(media_type: str, content: bytes) -> None:
    """Raise BadScanError for a picture whose size cannot be read or is out of bounds."""
    try:
        pictures = list(_PICTURES[media_type](content))
    except (IndexError, ValueError) as error:
        raise BadScanError("broken", "Không đọc được ảnh.", "The picture cannot be read.") from error
    if not pictures:
        raise BadScanError("broken", "Không đọc được ảnh.", "The picture cannot be read.")
    for each in pictures:
        sound = 0 < each.width <= MAX_SIDE and 0 < each.height <= MAX_SIDE
        if not sound or each.width * each.height > MAX_PIXELS:
            raise BadScanError(
                "picture_too_large",
                f"Ảnh {each.width} × {each.height} điểm vượt giới hạn.",
                f"The picture of {each.width} by {each.height} pixels is out of bounds.",
            )


def _png(content: bytes) -> Iterator[Picture]:
    if content[12:16] == b"IHDR":
        yield Picture(width=_number(content, 16, 4), height=_number(content, 20, 4))


def _jpeg(content: bytes) -> Iterator[Picture]:
    at = 2
    while content[at] == 0xFF:  # noqa: PLR2004 -- the byte before every JPEG marker
        marker = content[at + 1]
        if marker == 0xFF:  # noqa: PLR2004 -- fill bytes may stand before a marker
            at += 1
            continue
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:  # noqa: PLR2004 -- start of frame
            yield Picture(width=_number(content, at + 7, 2), height=_number(content, at + 5, 2))
            return
        at += 2 + _number(content, at + 2, 2)


def _tiff(content: bytes) -> Iterator[Picture]:
    order = "little" if content[:2] == b"II" else "big"
    at = _number(content, 4, 4, order)
    for _ in range(_MAX_PAGES):
        if at == 0:
            return
        sizes: dict[int, int] = {}
        entries = _number(content, at, 2, order)
        for entry in range(at + 2, at + 2 + 12 * entries, 12):
            tag, kind = _number(content, entry, 2, order), _number(content, entry + 2, 2, order)
            if tag in {256, 257}:
                sizes[tag] = _number(content, entry + 8, 2 if kind == 3 else 4, order)  # noqa: PLR2004 -- SHORT
        yield Picture(width=sizes.get(256, 0), height=sizes.get(257, 0))
        at = _number(content, at + 2 + 12 * entries, 4, order)
    raise ValueError("too many pages, or pages in a circle")


def _number(content: bytes, at: int, size: int, order: str = "big") -> int:
    piece = content[at : at + size]
    if len(piece) != size:
        raise IndexError(at)
    return int.from_bytes(piece, "little" if order == "little" else "big")


_PICTURES = {"image/png": _png, "image/jpeg": _jpeg, "image/tiff": _tiff}
