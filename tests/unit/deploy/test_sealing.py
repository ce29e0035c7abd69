"""The sealed file against whoever holds it without the key."""

import io
from pathlib import Path

import pytest

from deploy.backup.sealing import Sealer, SealError, key_id, new_key, opened, read_key

KEY, OTHER = b"k" * 32, b"o" * 32
FRAMES = [b"one", b"two" * 1_000, b"", b"the last"]


@pytest.fixture
def sealed() -> bytes:
    file = io.BytesIO()
    sealer = Sealer(file, KEY)
    for each in FRAMES[:-1]:
        sealer.write(each)
    sealer.finish(FRAMES[-1])
    return file.getvalue()


def contents(raw: bytes, *keys: bytes) -> list[bytes]:
    return [content for content, _ in opened(io.BytesIO(raw), keys or (KEY,))]


def parts(raw: bytes) -> list[bytes]:
    """First line and frames, as they lie one behind the other."""
    end = raw.index(b"\n") + 1
    found = [raw[:end]]
    while end < len(raw):
        length = 4 + int.from_bytes(raw[end : end + 4], "big")
        found.append(raw[end : end + length])
        end += length
    return found


class TestSealed:
    """What was written comes back, whole or not at all."""

    def test_comes_back(self, sealed: bytes):
        assert contents(sealed) == FRAMES
        assert [last for _, last in opened(io.BytesIO(sealed), (KEY,))] == [False, False, False, True]

    def test_shows_nothing(self, sealed: bytes):
        assert b"the last" not in sealed

    def test_one_of_several_keys(self, sealed: bytes):
        assert contents(sealed, OTHER, KEY) == FRAMES

    def test_not_without_the_key(self, sealed: bytes):
        with pytest.raises(SealError, match=key_id(KEY)):
            contents(sealed, OTHER)

    @pytest.mark.parametrize("at", [10, 200, 1_000, -1])
    def test_a_changed_byte(self, sealed: bytes, at: int):
        raw = bytearray(sealed)
        raw[at] ^= 1
        with pytest.raises(SealError):
            contents(bytes(raw))

    def test_the_end_cut_off_between_two_frames(self, sealed: bytes):
        with pytest.raises(SealError):
            contents(b"".join(parts(sealed)[:-1]))

    def test_the_end_cut_off_within_a_frame(self, sealed: bytes):
        with pytest.raises(SealError, match="cut off"):
            contents(sealed[:-5])

    def test_frames_in_another_order(self, sealed: bytes):
        line, first, second, *rest = parts(sealed)
        with pytest.raises(SealError):
            contents(b"".join([line, second, first, *rest]))

    def test_a_frame_taken_out(self, sealed: bytes):
        line, _, *rest = parts(sealed)
        with pytest.raises(SealError):
            contents(b"".join([line, *rest]))

    def test_something_behind_the_end(self, sealed: bytes):
        with pytest.raises(SealError):
            contents(sealed + parts(sealed)[1])

    @pytest.mark.parametrize("raw", [b"", b"PK\x03\x04", b'{"format":"khoi-backup-1"}\n'])
    def test_a_file_of_another_kind(self, raw: bytes):
        with pytest.raises(SealError, match="no backup"):
            contents(raw)


class TestKeyFile:
    """A key is 32 random bytes in a file of its own."""

    def test_a_new_one(self, tmp_path: Path):
        path = tmp_path / "key"
        path.write_text(new_key())
        assert len(read_key(path)) == 32
        assert new_key() != new_key()

    @pytest.mark.parametrize("text", ["", "c2hvcnQ=", "không phải"])
    def test_no_key(self, tmp_path: Path, text: str):
        path = tmp_path / "key"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(SealError):
            read_key(path)
