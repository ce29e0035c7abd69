"""Known weaknesses: pip-audit is believed only where it could look; a copy of OSV answers as OSV."""

import json
import urllib.request
import zipfile

import pytest

from deploy.supply.advisories import NoSourceError, judged
from deploy.supply.osv_copy import OsvCopy, affects, answering


def a_record(name, *, versions=(), ranges=()):
    return {
        "id": "PYSEC-2026-1",
        "affected": [
            {
                "package": {"name": name, "ecosystem": "PyPI"},
                "versions": list(versions),
                "ranges": [{"type": "ECOSYSTEM", "events": list(events)} for events in ranges],
            }
        ],
    }


class TestJudged:
    """A package that was not looked up is no package without weaknesses."""

    def test_a_weakness_is_told_with_what_mends_it(self):
        weakness = {"id": "PYSEC-2026-1", "aliases": ["CVE-2026-1"], "fix_versions": ["2.0"]}
        report = {"dependencies": [{"name": "flask", "version": "1.0", "vulns": [weakness]}]}
        assert judged(json.dumps(report)) == ["flask 1.0: PYSEC-2026-1 CVE-2026-1, mended in 2.0"]

    def test_none(self):
        assert judged('{"dependencies": [{"name": "flask", "version": "1.0", "vulns": []}]}') == []

    @pytest.mark.parametrize(
        "dependencies", [[], [{"name": "flask", "skip_reason": "Dependency not found on PyPI"}]]
    )
    def test_not_looked_up(self, dependencies):
        with pytest.raises(NoSourceError):
            judged(json.dumps({"dependencies": dependencies}))


class TestAffects:
    """From the version that brought it to the one that mended it, and those named."""

    @pytest.mark.parametrize(
        ("version", "affected"),
        [
            ("0.9", False),
            ("1.0", True),
            ("1.9.9", True),
            ("1.10", True),
            ("2.0", False),
            ("3.1", True),
            ("3.2", False),
        ],
    )
    def test_ranges(self, version, affected):
        ranges = [
            [{"introduced": "1.0"}, {"fixed": "2.0"}],
            [{"introduced": "3.0"}, {"last_affected": "3.1"}],
        ]
        [found] = a_record("flask", ranges=ranges)["affected"]
        assert affects(found, version) is affected

    def test_versions_named(self):
        [found] = a_record("flask", versions=["1.0"])["affected"]
        assert (affects(found, "1.0"), affects(found, "1.1")) == (True, False)

    def test_from_the_beginning_and_unmended(self):
        [found] = a_record("flask", ranges=[[{"introduced": "0"}]])["affected"]
        assert affects(found, "0.1")


class TestOsvCopy:
    """The downloaded file answers by HTTP as OSV does."""

    def test_it_answers(self, tmp_path):
        path = tmp_path / "all.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("PYSEC-2026-1.json", json.dumps(a_record("Flask-Smorest", versions=["0.47.0"])))
        with answering(OsvCopy(path)) as url:

            def asked(name, version):
                body = json.dumps({"package": {"name": name, "ecosystem": "PyPI"}, "version": version})
                with urllib.request.urlopen(url, body.encode()) as answer:  # noqa: S310 -- our own address
                    return json.load(answer)

            assert [each["id"] for each in asked("flask-smorest", "0.47.0")["vulns"]] == ["PYSEC-2026-1"]
            assert asked("flask-smorest", "0.48.0") == asked("flask", "0.47.0") == {}

    def test_an_empty_copy_is_refused(self, tmp_path):
        path = tmp_path / "all.zip"
        zipfile.ZipFile(path, "w").close()
        with pytest.raises(ValueError, match="no record"):
            OsvCopy(path)
