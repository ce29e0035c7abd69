"""No secret lies in the repository: keys, tokens and passwords in addresses are looked for in every tracked file."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PATTERNS = {
    "a private key": re.compile(rb"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/=]{40}"),
    "a token": re.compile(rb"\beyJ[A-Za-z0-9_-]{15,}\.eyJ[A-Za-z0-9_-]{15,}\.[A-Za-z0-9_-]{20,}"),
    "a password in an address": re.compile(
        rb"\b[a-z+]{3,12}://[^\s/:@\"'{}<>$]{1,40}:[^\s/:@\"'{}<>$*.]{6,}@"
    ),
    "a cloud key": re.compile(rb"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a forge's token": re.compile(rb"\b(?:ghp|gho|glpat|xox[bp])[-_][A-Za-z0-9_-]{20,}"),
}


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("this is no git checkout")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name]


class TestSecrets:
    """Whoever reads the repository can open nothing with it."""

    def test_in_no_tracked_file(self):
        found = [
            f"{path.relative_to(ROOT)}: {kind}"
            for path in tracked()
            if path.is_file()
            for kind, pattern in PATTERNS.items()
            if pattern.search(path.read_bytes())
        ]
        assert found == []

    @pytest.mark.parametrize(
        ("kind", "text"),
        [
            ("a private key", b"-----BEGIN " + b"PRIVATE KEY-----\n" + b"A" * 60),
            ("a token", b"eyJ" + b"a" * 30 + b".eyJ" + b"b" * 30 + b"." + b"c" * 40),
            ("a password in an address", b"mongodb://admin:" + b"s3cretpass@db/"),
            ("a cloud key", b"AKIA" + b"A" * 16),
        ],
    )
    def test_each_kind_would_be_found(self, kind: str, text: bytes):
        assert PATTERNS[kind].search(text)
