"""Whose request it is before anybody is identified: the address that limits count.

``X-Forwarded-For`` is what clients claim, but for the part that our own proxies wrote: each one appends the address
it was called from. So with N proxies in front the client is the Nth entry from the right, and nothing further left
is ever looked at. One customer of an IPv6 provider has a whole /64: it counts as one.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

from aiohttp import web

# Who has no address: a unix socket, a connection that is already gone.
NOBODY = "local"
_LONGEST = len("[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255%interface012345]:65535")


def client_address(request: web.BaseRequest, trusted_proxies: int) -> str:
    """The key that counts this request's client: an IPv4 address or an IPv6 /64.

    Args:
        trusted_proxies: how many proxies of our own stand in front (settings ``api.trusted_proxies``).
    """
    peer = request.transport.get_extra_info("peername") if request.transport is not None else None
    forwarded = request.headers.getall("X-Forwarded-For", []) if trusted_proxies else []
    return client_of(peer, forwarded, trusted_proxies)


def client_of(peer: object, forwarded: Sequence[str], trusted_proxies: int) -> str:
    """The same, of what a socket calls its peer and the values of the header in their order.

    An entry that is no address (``unknown``) cannot be told apart from others like it: the nearest trusted hop that
    has one counts instead, in the end the peer.
    """
    for entry in _trusted(forwarded, trusted_proxies):
        if (key := _grouped(entry)) is not None:
            return key
    host = peer[0] if isinstance(peer, tuple) and peer else None
    return (_grouped(host) if isinstance(host, str) else None) or NOBODY


def _trusted(forwarded: Sequence[str], hops: int) -> list[str]:
    """The entries that our proxies wrote, the furthest first."""
    if hops <= 0 or not forwarded:
        return []
    return ",".join(forwarded).rsplit(",", hops)[-hops:]


def _grouped(text: str) -> str | None:
    address = _address(text.strip())
    if address is None:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else address
    if mapped is not None:
        return str(mapped)
    return f"{IPv6Address(int(address) >> 64 << 64)}/64"


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """An address as proxies write it: bare, with a port, or in brackets with or without one."""
    if len(text) > _LONGEST:
        return None
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return ip_address(text)
    except ValueError:
        return None
