"""Sealed values: what opens them, what does not, and what is told then."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from deploy.khoi import main
from shared.settings import Settings, SettingsError
from shared.store.errors import StoreError
from shared.store.sealed import PLAIN, SealedValueError, Sealing, key_id, key_of, read_keys

VALUE = "038080001234"


def a_key() -> str:
    return CliRunner().invoke(main, ["keys", "new"]).output.strip()


@pytest.fixture
def old() -> str:
    return a_key()


@pytest.fixture
def new() -> str:
    return a_key()


class TestSealing:
    """The first key seals, every key opens, and a stored value says which it needs."""

    def test_there_and_back(self, old: str):
        sealing = Sealing([old])
        stored = sealing.seal(VALUE)
        assert VALUE not in stored
        assert key_of(stored) == key_id(old) == sealing.current
        assert sealing.opened(stored) == VALUE

    def test_equal_values_do_not_look_alike(self, old: str):
        assert Sealing([old]).seal(VALUE) != Sealing([old]).seal(VALUE)

    def test_an_older_key_still_opens(self, old: str, new: str):
        assert Sealing([new, old]).opened(Sealing([old]).seal(VALUE)) == VALUE

    def test_renewed_is_under_the_newest_and_leaves_what_is(self, old: str, new: str):
        sealing = Sealing([new, old])
        held = {"a": Sealing([old]).seal("1"), "b": sealing.seal("2"), "c": "3"}
        renewed = sealing.renewed(held)
        assert {key_of(each) for each in renewed.values()} == {key_id(new)}
        assert renewed["b"] == held["b"]
        assert Sealing([new]).opened_all(renewed) == {"a": "1", "b": "2", "c": "3"}

    def test_without_keys_values_are_kept_as_they_are(self):
        assert Sealing([]).current == PLAIN
        assert Sealing([]).seal(VALUE) == VALUE
        assert Sealing([]).opened(VALUE) == VALUE


class TestRefusals:
    """What cannot be opened names the key, never the value."""

    def test_another_key(self, old: str, new: str):
        stored = Sealing([old]).seal(VALUE)
        with pytest.raises(SealedValueError, match=f"{key_id(old)}.*KHOI_FIELD_KEYS") as told:
            Sealing([new]).opened(stored)
        assert isinstance(told.value, StoreError)
        with pytest.raises(SealedValueError, match=key_id(old)):
            Sealing([]).opened(stored)

    def test_a_changed_value(self, old: str):
        stored = Sealing([old]).seal(VALUE)
        changed = stored[:-10] + ("A" if stored[-10] != "A" else "B") + stored[-9:]
        with pytest.raises(SealedValueError, match="đã bị sửa"):
            Sealing([old]).opened(changed)


class TestFile:
    """One key a line, newest first; a file that cannot be used is one sentence without a key in it."""

    def test_comments_and_blank_lines(self, old: str, new: str, tmp_path: Path):
        file = tmp_path / "keys"
        file.write_text(f"# since 2026\n{new}\n\n{old} # before\n", "ascii")
        assert read_keys(file) == (new, old)

    @pytest.mark.parametrize("content", ["", "# none\n", "short\n", "é\n", "A" * 44 + "\n"])
    def test_what_it_is_not(self, content: str, tmp_path: Path):
        file = tmp_path / "keys"
        file.write_text(content, "utf-8")
        with pytest.raises(SettingsError, match="KHOI_FIELD_KEYS"):
            read_keys(file)

    def test_a_key_twice(self, old: str, tmp_path: Path):
        file = tmp_path / "keys"
        file.write_text(f"{old}\n{old}\n", "ascii")
        with pytest.raises(SettingsError, match="hai lần") as told:
            read_keys(file)
        assert old not in str(told.value)

    def test_a_file_that_is_not_there(self, tmp_path: Path):
        with pytest.raises(SettingsError, match="KHOI_FIELD_KEYS"):
            Sealing.under(tmp_path / "none")


class TestProduction:
    """A deployment that keeps sensitive fields does not start without keys."""

    @pytest.fixture
    def configure(self):
        from services.members.service import SERVICE  # noqa: PLC0415 -- beside the kernel's own

        return SERVICE.configure

    def test_fields_without_keys(self, configure):
        with pytest.raises(SettingsError, match="KHOI_FIELD_KEYS"):
            configure(Settings(environment="production", optional_fields=("ethnicity",)))

    def test_no_fields_need_no_keys(self, configure):
        configure(Settings(environment="production"))

    def test_development_needs_none(self, configure):
        configure(Settings(optional_fields=("ethnicity",)))

    def test_fields_with_keys(self, configure, old: str, tmp_path: Path):
        file = tmp_path / "keys"
        file.write_text(old, "ascii")
        configure(Settings(environment="production", optional_fields=("ethnicity",), field_keys=file))
