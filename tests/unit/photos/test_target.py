"""Which addresses and hosts a photo may come from, decided without any network."""

from __future__ import annotations

import pytest

from aura.errors import ConfigurationError, Permanent
from aura.photos.addresses import is_public_address
from aura.photos.target import AllowList

OWN = "https://ref.supabase.co"
ALLOW = AllowList(OWN, ["cdn.example.com", "http://images.test:8080", "10.0.0.5", "[::ffff:127.0.0.1]"])


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07::1", "::ffff:8.8.8.8"])
def test_open_addresses(address: str) -> None:
    assert is_public_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2130706433",
        "0x7f.1",
        "127.1",
        "localhost",
        "",
    ],
)
def test_closed_addresses(address: str) -> None:
    assert not is_public_address(address)


@pytest.mark.parametrize(
    ("url", "asked", "private"),
    [
        ("object/public/w/a.jpg?t=1", "object/public/w/a.jpg?t=1", False),
        ("render/image/public/w/a.jpg?width=9", "object/public/w/a.jpg", False),
        ("object/sign/w/a.jpg?token=x", "object/authenticated/w/a.jpg", True),
        ("object/authenticated/w/a%20b.jpg", "object/authenticated/w/a%20b.jpg", True),
        ("render/image/sign/w/a.jpg?token=x", "object/authenticated/w/a.jpg", True),
        ("object/authenticated/w/ü.jpg#x", "object/authenticated/w/%C3%BC.jpg", True),
    ],
)
def test_routes_of_own_storage(url: str, asked: str, private: bool) -> None:
    target = ALLOW.target(f"{OWN}/storage/v1/{url}")
    assert (str(target.url), target.own, target.private) == (f"{OWN}/storage/v1/{asked}", True, private)


@pytest.mark.parametrize(
    "url", ["https://cdn.example.com/a.jpg?x=1", "https://CDN.example.com:443/a.jpg", "http://images.test:8080/a"]
)
def test_listed_hosts_are_asked_without_a_token(url: str) -> None:
    target = ALLOW.target(url)
    assert (target.own, target.private) == (False, False)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example.com/a.jpg",
        "http://cdn.example.com/a.jpg",
        "https://cdn.example.com:8443/a.jpg",
        "https://cdn.example.com.evil.com/a.jpg",
        "https://cdn.example.com@evil.com/a.jpg",
        "https://user:secret@cdn.example.com/a.jpg",
        "https://evil.com#@cdn.example.com/a.jpg",
        "https://evil.com\\@cdn.example.com/a.jpg",
        "http://ref.supabase.co/storage/v1/object/public/w/a.jpg",
        f"{OWN}/rest/v1/clothing_items",
        f"{OWN}/storage/v1/object/public/w/../../../../../rest/v1/users",
        f"{OWN}/storage/v1/object/sign/w/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/x?token=t",
        f"{OWN}/storage/v1/object/sign/w/..%2f..%2fx?token=t",
        "https://10.0.0.5/a.jpg",
        "https://[::ffff:127.0.0.1]/a.jpg",
        "file:///etc/passwd",
        "ftp://cdn.example.com/a.jpg",
        "data:image/png;base64,AAAA",
        "gopher://cdn.example.com/",
        "https://",
        "//cdn.example.com/a.jpg",
        "https://[::1",
        "https://cdn.example.com:99999/",
        "",
        "a.jpg",
    ],
)
def test_everything_else_is_refused(url: str) -> None:
    with pytest.raises(Permanent) as caught:
        ALLOW.target(url)
    assert caught.value.code == "photo_host_not_allowed"
    assert "token" not in caught.value.message
    assert "secret" not in caught.value.message


def test_private_hosts_can_be_allowed() -> None:
    allow = AllowList(OWN, ["http://10.0.0.5:9000"], allow_private=True)
    assert str(allow.target("http://10.0.0.5:9000/a.jpg").url) == "http://10.0.0.5:9000/a.jpg"


@pytest.mark.parametrize("host", ['["a.example"]', "", "ftp://a.example", "a.example/photos", "http://", "[::1"])
def test_an_entry_that_is_no_host_is_named(host: str) -> None:
    with pytest.raises(ConfigurationError, match="AURA__PHOTOS__ALLOWED_HOSTS"):
        AllowList("https://ref.supabase.co", [host])
