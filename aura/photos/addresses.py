"""Keeps photo downloads away from addresses that only this machine or its network can reach.

``image_url`` is written by people, so a host's name proves nothing: it may lead to a metadata service or
a neighbour's admin page. The resolver here checks every address *after* resolution and hands exactly
those to the connection, so that a name that changes its mind a moment later (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket

from aiohttp.abc import AbstractResolver, ResolveResult

from aura.errors import Permanent

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: the IPv4 address is in the last 32 bits
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_public_address(text: str) -> bool:
    """Whether ``text`` is an address of the open internet; anything that is no address is not.

    IPv4 addresses carried inside IPv6 ones (mapped, 6to4, Teredo, NAT64) are judged as well.
    """
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return all(_is_open(each) for each in (address, *_carried(address)))


def _is_open(address: _Address) -> bool:
    closed = address.is_multicast or address.is_reserved or address.is_unspecified
    mapped = isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None
    return mapped or (address.is_global and not closed)


def _carried(address: _Address) -> list[_Address]:
    if isinstance(address, ipaddress.IPv4Address):
        return []
    carried: list[_Address | None] = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64:
        carried.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [each for each in carried if each is not None]


class PublicResolver(AbstractResolver):
    """A resolver that answers with open addresses or not at all."""

    def __init__(self, inner: AbstractResolver) -> None:
        self._inner = inner

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of ``host``.

        Raises:
            Permanent: ``photo_host_not_allowed``, when any of them is not open.
        """
        found = await self._inner.resolve(host, port, family)
        if not all(is_public_address(each["host"]) for each in found):
            raise Permanent("photo_host_not_allowed", f"The photo's host {host} leads to a private address.")
        return found

    async def close(self) -> None:
        """Frees what the inner resolver holds."""
        await self._inner.close()
