"""Where webhooks may go (nơi được phép gửi webhook): only what the deployment lists; no private address unasked for.

Pure: names are resolved elsewhere. What is checked is every address that a name stands for, and the connection then
goes to the address that was checked, not to the name.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit

import msgspec

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class NotAllowedError(ValueError):
    """The target is not allowed; the message is the code of the reason."""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """An address in the web, taken apart."""

    secure: bool
    host: str
    port: int
    path: str


class Allowed(msgspec.Struct, frozen=True, kw_only=True):
    """The deployment's list: names of hosts, and networks."""

    hosts: frozenset[str]
    networks: tuple[Network, ...]


def read_allowed(entries: Sequence[str]) -> Allowed:
    """Return the list written as host names and networks (``10.1.0.0/16``); raise ValueError."""
    hosts, networks = set(), []
    for entry in entries:
        if "/" in entry:
            networks.append(ipaddress.ip_network(entry))
        else:
            hosts.add(entry.lower().rstrip("."))
    return Allowed(hosts=frozenset(hosts), networks=tuple(networks))


def read_target(url: str) -> Target:
    """Return the parts of *url*; raise NotAllowedError for what is no plain web address."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise NotAllowedError("not_a_url") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or not url.isascii():
        raise NotAllowedError("not_a_url")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise NotAllowedError("with_credentials_or_fragment")
    secure = parts.scheme == "https"
    path = parts.path or "/"
    return Target(
        secure=secure,
        host=parts.hostname.lower().rstrip("."),
        port=port or (443 if secure else 80),
        path=f"{path}?{parts.query}" if parts.query else path,
    )


def pinned(target: Target, addresses: Sequence[str], allowed: Allowed) -> str:
    """Return the one of *addresses*, which *target*'s name stands for, to connect to; raise NotAllowedError.

    The name must be listed, or all its addresses lie in listed networks. An address that is not public must lie in
    a listed network, whatever the name; plain HTTP goes to listed networks alone.
    """
    found = [_unwrapped(ipaddress.ip_address(each.split("%")[0])) for each in addresses]
    if not found:
        raise NotAllowedError("name_unknown")
    listed = [any(each in network for network in allowed.networks) for each in found]
    if target.host not in allowed.hosts and not all(listed):
        raise NotAllowedError("target_not_allowed")
    for each, within in zip(found, listed, strict=True):
        public = each.is_global and not each.is_multicast
        if not (public or within):
            raise NotAllowedError("private_address")
    if not target.secure and not all(listed):
        raise NotAllowedError("not_encrypted")
    return str(found[0])


def _unwrapped(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 one carries, if it does: the same host under another name."""
    if isinstance(address, ipaddress.IPv6Address):
        return address.ipv4_mapped or address.sixtofour or address
    return address
