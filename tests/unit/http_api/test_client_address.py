"""Whose address a request counts for, whatever its headers claim."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from http_api.client_address import NOBODY, client_of

PEER = ("10.0.0.9", 51000)

CASES: list[tuple[str, object, list[str], int, str]] = [
    ("nobody is trusted", PEER, ["1.2.3.4"], 0, "10.0.0.9"),
    ("no header", PEER, [], 1, "10.0.0.9"),
    ("one proxy", PEER, ["1.2.3.4"], 1, "1.2.3.4"),
    ("what the client wrote itself", PEER, ["6.6.6.6, 1.2.3.4"], 1, "1.2.3.4"),
    ("two proxies", PEER, ["6.6.6.6, 1.2.3.4, 10.0.0.1"], 2, "1.2.3.4"),
    ("two headers are one list", PEER, ["6.6.6.6", "1.2.3.4, 10.0.0.1"], 2, "1.2.3.4"),
    ("fewer hops than configured", PEER, ["1.2.3.4"], 2, "1.2.3.4"),
    ("an IPv4 address with a port", PEER, ["1.2.3.4:5678"], 1, "1.2.3.4"),
    ("an IPv6 address", PEER, ["2001:db8:1:2:3:4:5:6"], 1, "2001:db8:1:2::/64"),
    ("an IPv6 address with a port", PEER, ["[2001:db8:1:2:3:4:5:6]:443"], 1, "2001:db8:1:2::/64"),
    ("an IPv6 address in brackets", PEER, ["[2001:db8::1]"], 1, "2001:db8::/64"),
    ("IPv4 in IPv6", PEER, ["::ffff:1.2.3.4"], 1, "1.2.3.4"),
    ("blanks", PEER, ["  1.2.3.4  "], 1, "1.2.3.4"),
    ("no address", PEER, ["unknown"], 1, "10.0.0.9"),
    ("a nearer hop has one", PEER, ["unknown, 1.2.3.4"], 2, "1.2.3.4"),
    ("empty", PEER, [""], 1, "10.0.0.9"),
    ("only commas", PEER, [",,,,"], 3, "10.0.0.9"),
    ("an octal trick", PEER, ["010.0.0.1"], 1, "10.0.0.9"),
    ("a decimal trick", PEER, ["16909060"], 1, "10.0.0.9"),
    ("far too long", PEER, ["1" * 8000], 1, "10.0.0.9"),
    ("an IPv6 peer", ("2001:db8:1:2:3:4:5:6", 1, 0, 0), [], 0, "2001:db8:1:2::/64"),
    ("a link-local peer", ("fe80::1%eth0", 1, 0, 2), [], 0, "fe80::/64"),
    ("a unix socket", "", [], 0, NOBODY),
    ("a unix socket with a name", "/run/aura.sock", [], 0, NOBODY),
    ("a connection that is gone", None, [], 0, NOBODY),
    ("an empty tuple", (), [], 0, NOBODY),
    ("a proxy on a unix socket", "", ["1.2.3.4"], 1, "1.2.3.4"),
]


@pytest.mark.parametrize(("peer", "forwarded", "hops", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_table(peer: object, forwarded: list[str], hops: int, expected: str) -> None:
    assert client_of(peer, forwarded, hops) == expected


@given(st.lists(st.text(max_size=80), max_size=5), st.integers(0, 10))
def test_whatever_is_claimed_it_is_an_address_or_the_peer(forwarded: list[str], hops: int) -> None:
    ipaddress.ip_network(client_of(PEER, forwarded, hops))


@given(st.text(max_size=200), st.ip_addresses(v=4))
def test_nothing_that_a_client_writes_changes_what_the_proxy_saw(claimed: str, seen: ipaddress.IPv4Address) -> None:
    assert client_of(PEER, [f"{claimed}, {seen}"], 1) == str(seen)


@given(st.ip_addresses(v=6), st.ip_addresses(v=6))
def test_addresses_count_together_exactly_if_they_share_a_64(
    one: ipaddress.IPv6Address, other: ipaddress.IPv6Address
) -> None:
    together = client_of(PEER, [str(one)], 1) == client_of(PEER, [str(other)], 1)
    if one.ipv4_mapped is None and other.ipv4_mapped is None:
        assert together == (int(one) >> 64 == int(other) >> 64)
