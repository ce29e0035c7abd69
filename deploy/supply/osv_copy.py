"""A copy of OSV's database that answers as OSV does: so packages are looked up where no network is.

The copy is one file, https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip, one JSON record per weakness
(schema: https://ossf.github.io/osv-schema/).
"""

import json
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

Record = Mapping[str, Any]
ECOSYSTEM = "PyPI"


class OsvCopy:
    """The records of one copy, by package."""

    def __init__(self, path: Path) -> None:
        """Read the copy; raise OSError, zipfile.BadZipFile or ValueError."""
        self._of: dict[str, list[Record]] = {}
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                record = json.loads(archive.read(name))
                for package in {_package(affected) for affected in record.get("affected", [])} - {None}:
                    self._of.setdefault(str(package), []).append(record)
        if not self._of:
            raise ValueError(f"{path} holds no record of {ECOSYSTEM}")

    def answer(self, package: str, version: str) -> list[Record]:
        """Return the records by which this version of the package is affected."""
        name = canonicalize_name(package)
        return [
            record
            for record in self._of.get(name, [])
            if any(_package(each) == name and affects(each, version) for each in record["affected"])
        ]


def affects(affected: Record, version: str) -> bool:
    """Say whether a version is one of those named, or lies in one of the ranges."""
    if version in affected.get("versions", []):
        return True
    return any(
        _in_range(each["events"], Version(version))
        for each in affected.get("ranges", [])
        if each["type"] == "ECOSYSTEM"
    )


@contextmanager
def answering(copy: OsvCopy) -> Iterator[str]:
    """Answer on this machine's own address as ``/v1/query`` does; gives the URL."""

    class Query(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found = copy.answer(asked["package"]["name"], asked["version"])
            body = json.dumps({"vulns": found} if found else {}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing: there is one line for each package."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Query)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _package(affected: Record) -> str | None:
    package = affected.get("package", {})
    return canonicalize_name(package["name"]) if package.get("ecosystem") == ECOSYSTEM else None


def _in_range(events: list[Mapping[str, str]], version: Version) -> bool:
    """Go through the events in order of their versions: affected from ``introduced`` until ``fixed``."""
    inside = False
    for at, kind in sorted((_version(text), kind) for event in events for kind, text in event.items()):
        if kind == "introduced" and at <= version:
            inside = True
        elif (kind == "fixed" and at <= version) or (kind == "last_affected" and at < version):
            inside = False
    return inside


def _version(text: str) -> Version:
    try:
        return Version(text)
    except InvalidVersion as error:
        raise ValueError(f"{text} is no version of {ECOSYSTEM}") from error
