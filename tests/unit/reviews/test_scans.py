"""What a scan must be before it is kept."""

import struct
import zlib
from io import BytesIO

import pytest

from services.reviews.attachments.content import BadScanError, check_pdf, check_pictures, media_type_of


def pdf(inside: bytes = b"") -> bytes:
    return b"%PDF-1.7\n1 0 obj <</Type /Catalog " + inside + b">> endobj\n%%EOF\n"


def stream(content: bytes, kind: bytes = b"") -> bytes:
    return b">> endobj\n2 0 obj <<" + kind + b">>\nstream\n" + content + b"\nendstream endobj\n3 0 obj <<"


def png(width: int, height: int) -> bytes:
    return (
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + struct.pack(">II", width, height) + b"\x08"
    )


def jpeg(width: int, height: int) -> bytes:
    return (
        b"\xff\xd8\xff\xe0\x00\x04ab" + b"\xff\xff\xc0\x00\x0b\x08" + struct.pack(">HH", height, width)
    ) + b"\x01\x01\x11\x00"


def tiff(width: int, height: int, *, following: int = 0) -> bytes:
    entries = struct.pack("<HHIHH", 256, 3, 1, width, 0) + struct.pack("<HHII", 257, 4, 1, height)
    return b"II*\x00" + struct.pack("<I", 8) + struct.pack("<H", 2) + entries + struct.pack("<I", following)


def code_of(content: bytes, name: str, declared: str = "") -> str:
    with pytest.raises(BadScanError) as refused:
        media_type_of(BytesIO(content), file_name=name, declared=declared)
    return refused.value.code


class TestType:
    """Content, ending and declared type must say the same."""

    @pytest.mark.parametrize(
        ("content", "name", "found"),
        [
            (pdf(), "a.PDF", "application/pdf"),
            (png(9, 9), "a.png", "image/png"),
            (jpeg(9, 9), "a.jpeg", "image/jpeg"),
            (tiff(9, 9), "a.tif", "image/tiff"),
        ],
    )
    def test_each_kind_of_scan_is_known_by_its_content(self, content, name, found):
        assert media_type_of(BytesIO(content), file_name=name, declared=found) == found

    def test_what_disagrees_is_refused(self):
        assert code_of(png(9, 9), "a.pdf") == "type_mismatch"
        assert code_of(png(9, 9), "a.png", "application/pdf") == "type_mismatch"
        assert code_of(b"MZ" + bytes(100), "a.pdf") == "unknown_type"
        assert code_of(b"", "a.pdf") == "unknown_type"


class TestPdf:
    """A PDF of pages passes; one that acts, hides or is cut off does not."""

    @pytest.mark.parametrize(
        "name", ["/JS(x)", "/J#61vaScript 1 0 R", "/EmbeddedFiles<<>>", "/Launch/Win", "/Encrypt 4 0 R"]
    )
    def test_what_acts_by_itself_is_refused(self, name):
        with pytest.raises(BadScanError, match="active_content"):
            check_pdf(pdf(name.encode()))

    def test_a_script_in_an_object_stream_is_found(self):
        packed = zlib.compress(b"<</S /JavaScript /JS (x)>>")
        with pytest.raises(BadScanError, match="active_content"):
            check_pdf(pdf(stream(packed, b"/Type /ObjStm /Filter /FlateDecode")))

    def test_picture_data_that_looks_like_a_name_passes(self):
        check_pdf(pdf(stream(b"\x00/JS \x01", b"/Subtype /Image")))
        check_pdf(pdf(b"/JSomething 1 "))

    def test_one_cut_off_is_refused(self):
        with pytest.raises(BadScanError, match="broken"):
            check_pdf(pdf()[:-10])

    def test_one_that_unpacks_without_end_is_refused(self):
        packed = zlib.compress(bytes(33 * 1024 * 1024))
        with pytest.raises(BadScanError, match="too_large_inside"):
            check_pdf(pdf(stream(packed, b"/Type /ObjStm")))


class TestPictures:
    """The size of a picture is read before anybody opens it, and is bounded."""

    @pytest.mark.parametrize(("kind", "made"), [("png", png), ("jpeg", jpeg), ("tiff", tiff)])
    def test_a_picture_out_of_bounds_is_refused(self, kind, made):
        check_pictures(f"image/{kind}", made(9_000, 12_000))
        for width, height in [(30_001, 1), (0, 5), (20_000, 20_000)]:
            with pytest.raises(BadScanError, match="picture_too_large"):
                check_pictures(f"image/{kind}", made(width, height))

    @pytest.mark.parametrize(("kind", "made"), [("png", png), ("jpeg", jpeg), ("tiff", tiff)])
    def test_a_picture_cut_off_anywhere_is_refused_and_not_an_error_of_ours(self, kind, made):
        whole = made(9, 9)
        for length in range(4, len(whole) - 8):
            with pytest.raises(BadScanError):
                check_pictures(f"image/{kind}", whole[:length])

    def test_pages_in_a_circle_end(self):
        with pytest.raises(BadScanError, match="broken"):
            check_pictures("image/tiff", tiff(9, 9, following=8))
