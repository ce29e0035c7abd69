"""Where webhooks may go."""

import pytest

from services.notifications.channels.webhook.signing import headers, signature
from services.notifications.domain.targets import NotAllowedError, pinned, read_allowed, read_target

ALLOWED = read_allowed(["console.khoi.example", "10.1.0.0/16"])


def go(url, *addresses, allowed=ALLOWED):
    return pinned(read_target(url), addresses, allowed)


class TestTargets:
    """Only to what is listed, and to no private address unless its network is."""

    def test_a_listed_name_at_a_public_address(self):
        assert go("https://console.khoi.example/hook", "1.2.3.4") == "1.2.3.4"

    def test_any_name_within_a_listed_network(self):
        assert go("http://giao-dien:8080/hook", "10.1.2.3") == "10.1.2.3"

    @pytest.mark.parametrize(
        "address",
        [
            "127.0.0.1",
            "10.2.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",  # noqa: S104 -- an address to refuse
            "224.0.0.1",
            "100.64.0.1",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "2002:7f00:1::",
            "fd00::1",
            "fe80::1%eth0",
        ],
    )
    def test_a_listed_name_does_not_lead_to_a_private_address(self, address):
        with pytest.raises(NotAllowedError, match="private_address"):
            go("https://console.khoi.example/", address)
        with pytest.raises(NotAllowedError, match="private_address"):
            go("https://console.khoi.example/", "1.2.3.4", address)

    @pytest.mark.parametrize(
        ("url", "addresses", "code"),
        [
            ("https://elsewhere.example/", ["1.2.3.4"], "target_not_allowed"),
            ("https://1.2.3.4/", ["1.2.3.4"], "target_not_allowed"),
            ("https://giao-dien/", ["10.1.0.1", "1.2.3.4"], "target_not_allowed"),
            ("http://console.khoi.example/", ["1.2.3.4"], "not_encrypted"),
            ("https://console.khoi.example/", [], "name_unknown"),
            ("ftp://console.khoi.example/", ["1.2.3.4"], "not_a_url"),
            ("https://user:word@console.khoi.example/", ["1.2.3.4"], "with_credentials"),
            ("https://console.khoi.example:99999/", ["1.2.3.4"], "not_a_url"),
            ("file:///etc/passwd", ["1.2.3.4"], "not_a_url"),
        ],
    )
    def test_others_are_refused(self, url, addresses, code):
        with pytest.raises(NotAllowedError, match=code):
            go(url, *addresses)

    def test_nothing_is_allowed_unless_listed(self):
        with pytest.raises(NotAllowedError, match="target_not_allowed"):
            go("https://console.khoi.example/", "1.2.3.4", allowed=read_allowed([]))


class TestSigning:
    """The target can tell who sent what and when, also while the secret changes."""

    def test_each_secret_in_use_signs(self):
        made = headers(["new", "old"], 1_700_000_000, b"{}")
        assert made["Khoi-Signature"] == ",".join(
            f"v1={signature(each, 1_700_000_000, b'{}')}" for each in ("new", "old")
        )

    def test_time_and_body_are_signed(self):
        signed = signature("s", 1, b"{}")
        assert signed != signature("s", 2, b"{}")
        assert signed != signature("s", 1, b"[]")
