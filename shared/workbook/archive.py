"""The XLSX archive before anything parses it: size, kind, encryption, zip bombs, forbidden markup.

Two passes guard the parser: what the zip directory declares, then what really comes out while inflating,
stopped at the first byte too many. No part of the archive is ever held whole.
"""

from __future__ import annotations

import re
import zlib
from typing import BinaryIO
from zipfile import BadZipFile, LargeZipFile, ZipFile, ZipInfo

from shared.workbook.limits import MEBIBYTE, WorkbookLimits
from shared.workbook.problems import WorkbookError

_CHUNK = 1024 * 1024
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
_ENCRYPTED_FLAG = 0x1
_ROOT_PREFIX = re.compile(rb"<(?:([A-Za-z_][\w.\-]*):)?(?:worksheet|sst)[\s>/]")


def check_archive(stream: BinaryIO, limits: WorkbookLimits) -> None:
    """Raise WorkbookError unless *stream* (seekable) is a workbook within *limits*; leaves it at its start."""
    size = stream.seek(0, 2)
    stream.seek(0)
    if size > limits.file_bytes:
        raise WorkbookError(
            "file_too_large",
            f"Tệp có {_mebibytes(size)} MB, vượt giới hạn {_mebibytes(limits.file_bytes)} MB.",
        )
    if size == 0:
        raise WorkbookError("file_empty", "Tệp rỗng.")
    if stream.read(len(_OLE)) == _OLE:
        raise _ole_error(stream)
    stream.seek(0)
    try:
        with ZipFile(stream) as archive:
            _check_directory(archive.infolist(), limits)
            total = 0
            for part in archive.infolist():
                total += _inflate(archive, part, total, limits)
    except (
        BadZipFile,
        LargeZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        OSError,
        ValueError,
    ) as problem:
        if isinstance(problem, WorkbookError):
            raise
        kind = "not_a_workbook" if "not a zip" in str(problem).lower() else "broken_workbook"
        raise WorkbookError(
            kind,
            "Tệp không phải là sổ tính XLSX."
            if kind == "not_a_workbook"
            else "Tệp XLSX bị hỏng, không giải nén được.",
        ) from problem
    stream.seek(0)


def _ole_error(stream: BinaryIO) -> WorkbookError:
    stream.seek(0)
    tail = b""
    while chunk := stream.read(_CHUNK):
        if _ENCRYPTED_STREAM in tail + chunk:
            return WorkbookError("encrypted", "Tệp được đặt mật khẩu; hãy bỏ mật khẩu rồi nhập lại.")
        tail = chunk[-len(_ENCRYPTED_STREAM) :]
    return WorkbookError("old_excel", "Tệp ở định dạng XLS cũ; hãy lưu lại thành XLSX.")


def _check_directory(parts: list[ZipInfo], limits: WorkbookLimits) -> None:
    if len(parts) > limits.parts:
        raise WorkbookError("too_many_parts", f"Tệp XLSX có {len(parts)} phần, vượt giới hạn {limits.parts}.")
    if any(part.flag_bits & _ENCRYPTED_FLAG for part in parts):
        raise WorkbookError("encrypted", "Tệp được đặt mật khẩu; hãy bỏ mật khẩu rồi nhập lại.")
    names = [part.filename for part in parts]
    if len(set(names)) != len(names):
        raise WorkbookError("broken_workbook", "Tệp XLSX có hai phần trùng tên.")
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise WorkbookError("not_a_workbook", "Tệp nén này không phải là sổ tính XLSX.")
    declared = sum(part.file_size for part in parts)
    if declared > limits.uncompressed_bytes:
        raise _bomb(declared, limits)
    for part in parts:
        _check_part_size(part, part.file_size, limits)


def _check_part_size(part: ZipInfo, size: int, limits: WorkbookLimits) -> None:
    if size > limits.ratio_from_bytes and size > limits.ratio * max(part.compress_size, 1):
        raise WorkbookError(
            "zip_bomb", f"Tệp XLSX nén quá {limits.ratio} lần ở phần {part.filename[:60]}: bị từ chối."
        )
    if size > limits.small_part_bytes and _record_name(part) is None:
        raise WorkbookError("zip_bomb", f"Phần {part.filename[:60]} của tệp XLSX quá lớn: bị từ chối.")


def _record_name(part: ZipInfo) -> bytes | None:
    """Return the element that repeats in a part that may grow: rows of a sheet, items of the shared texts."""
    if part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml"):
        return b"row"
    return b"si" if part.filename == "xl/sharedStrings.xml" else None


def _inflate(archive: ZipFile, part: ZipInfo, before: int, limits: WorkbookLimits) -> int:
    """Inflate one part in pieces, checking every bound on the way; return its true size."""
    size = 0
    markup = part.filename.endswith((".xml", ".rels", ".vml"))
    records: _RecordRuler | None = None
    tail = b""
    with archive.open(part) as content:
        while chunk := content.read(_CHUNK):
            if size == 0 and (name := _record_name(part)) is not None:
                records = _RecordRuler(name, chunk, limits.record_bytes)
            size += len(chunk)
            if before + size > limits.uncompressed_bytes:
                raise _bomb(before + size, limits)
            _check_part_size(part, size, limits)
            # DOCTYPE opens entity bombs; comments and CDATA could hide records from the ruler. No
            # spreadsheet program writes any of them.
            if markup and b"<!" in tail + chunk:
                raise WorkbookError(
                    "forbidden_markup", f"Phần {part.filename[:60]} có khai báo XML không được phép."
                )
            if records is not None:
                records.pass_over(chunk)
            tail = chunk[-1:]
    if records is not None:
        records.finish()
    return size


class _RecordRuler:
    """Measures the bytes from one record to the next: what the parser would hold in memory at once."""

    def __init__(self, name: bytes, head: bytes, longest: int) -> None:
        root = _ROOT_PREFIX.search(head)
        prefix = root.group(1) + b":" if root and root.group(1) else b""
        self._marker = b"<" + prefix + name
        self._longest = longest
        self._since = 0
        """Bytes from the last marker to where ``_tail`` begins."""
        self._tail = b""

    def pass_over(self, chunk: bytes) -> None:
        text = self._tail + chunk
        start = -self._since
        position = text.find(self._marker)
        while position >= 0:
            self._check(position - start)
            start = position
            position = text.find(self._marker, position + 1)
        keep = len(self._marker) - 1
        self._tail = text[-keep:]
        self._since = len(text) - start - len(self._tail)
        self._check(self._since)

    def finish(self) -> None:
        self._check(self._since + len(self._tail))

    def _check(self, length: int) -> None:
        if length > self._longest:
            raise WorkbookError(
                "record_too_large", f"Một dòng của tệp XLSX dài quá {self._longest // 1024} KB."
            )


def _bomb(size: int, limits: WorkbookLimits) -> WorkbookError:
    return WorkbookError(
        "zip_bomb",
        f"Tệp XLSX giải nén ra hơn {_mebibytes(size)} MB, vượt giới hạn "
        f"{_mebibytes(limits.uncompressed_bytes)} MB.",
    )


def _mebibytes(size: int) -> str:
    return f"{size / MEBIBYTE:.1f}".removesuffix(".0").replace(".", ",")
