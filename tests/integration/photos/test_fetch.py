"""The fetcher against real sockets: what it brings, what it refuses and how it says so."""

from __future__ import annotations

import gzip
import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer

from aura.errors import Failure, Permanent, Transient
from aura.photos.fetch import FetchLimits, PhotoFetcher
from tests.support.raw_server import endless, raw_server, saying, silence

LIMITS = FetchLimits(max_bytes=100_000, timeout_seconds=5.0, max_redirects=2)
PHOTO = b"\xff\xd8 a photo \xff\xd9"
TOKEN = "owner-token"
PUBLIC = "/storage/v1/object/public/wardrobe"


class FixedResolver(AbstractResolver):
    """Answers every name with the same addresses and counts how often it was asked."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked += 1
        return [
            ResolveResult(hostname=host, host=address, port=port, family=socket.AF_INET, proto=0, flags=0)
            for address in self._addresses
        ]

    async def close(self) -> None:
        return None


async def _private(request: web.Request) -> web.Response:
    sent = (request.headers.get("Authorization"), request.headers.get("apikey"))
    if sent != (f"Bearer {TOKEN}", "anon"):
        return web.json_response({"statusCode": "403", "error": "Unauthorized"}, status=400)
    return web.Response(body=PHOTO)


async def _public(request: web.Request) -> web.StreamResponse:
    assert "Authorization" not in request.headers
    name = request.match_info["name"]
    if name.isdigit():
        return web.Response(status=int(name))
    if name == "lost":
        return web.json_response({"statusCode": "404", "error": "not_found"}, status=400)
    if name == "bomb":
        return web.Response(body=gzip.compress(bytes(50_000_000)), headers={"Content-Encoding": "gzip"})
    if name == "large":
        return web.Response(body=bytes(LIMITS.max_bytes + 1))
    if name == "full":
        return web.Response(body=bytes(LIMITS.max_bytes))
    return web.Response(body=PHOTO)


async def _go(request: web.Request) -> web.Response:
    return web.Response(status=302, headers={"Location": request.query["to"]})


@pytest.fixture
async def storage() -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/storage/v1/object/authenticated/wardrobe/{name}", _private)
    app.router.add_get(PUBLIC + "/{name}", _public)
    app.router.add_get("/storage/v1/go", _go)
    async with TestServer(app) as server:
        yield str(server.make_url("/")).rstrip("/")


@pytest.fixture
async def fetcher(storage: str) -> AsyncIterator[PhotoFetcher]:
    async with PhotoFetcher(storage, "anon", limits=LIMITS) as fetcher:
        yield fetcher


async def failure(fetcher: PhotoFetcher, url: str, token: str | None = TOKEN) -> Failure:
    with pytest.raises(Failure) as caught:
        await fetcher.fetch(url, token)
    assert TOKEN not in caught.value.message
    return caught.value


async def test_public_photos_are_read_without_a_token(storage: str, fetcher: PhotoFetcher) -> None:
    assert await fetcher.fetch(f"{storage}{PUBLIC}/a.jpg", TOKEN) == PHOTO


@pytest.mark.parametrize("route", ["object/sign", "object/authenticated", "render/image/sign"])
async def test_private_photos_are_read_as_their_owner(storage: str, fetcher: PhotoFetcher, route: str) -> None:
    assert await fetcher.fetch(f"{storage}/storage/v1/{route}/wardrobe/a.jpg?token=old", TOKEN) == PHOTO


async def test_private_photos_are_not_asked_for_without_a_token(storage: str, fetcher: PhotoFetcher) -> None:
    error = await failure(fetcher, f"{storage}/storage/v1/object/sign/wardrobe/a.jpg?token=x", None)
    assert error.code == "photo_unreachable"
    assert "SUPABASE_JWT_SECRET" in error.message


async def test_refused_access_is_not_a_missing_photo(storage: str, fetcher: PhotoFetcher) -> None:
    error = await failure(fetcher, f"{storage}/storage/v1/object/sign/wardrobe/a.jpg", "somebody else's")
    assert (type(error), error.code) == (Transient, "photo_unreachable")


@pytest.mark.parametrize("name", ["404", "410", "lost"])
async def test_missing_photos(storage: str, fetcher: PhotoFetcher, name: str) -> None:
    error = await failure(fetcher, f"{storage}{PUBLIC}/{name}")
    assert (type(error), error.code) == (Transient, "photo_missing")


@pytest.mark.parametrize("status", [204, 304, 400, 401, 403, 408, 429, 500, 502, 503])
async def test_other_answers_are_worth_another_try(storage: str, fetcher: PhotoFetcher, status: int) -> None:
    error = await failure(fetcher, f"{storage}{PUBLIC}/{status}")
    assert (type(error), error.code) == (Transient, "photo_unreachable")


async def test_the_largest_photo_allowed(storage: str, fetcher: PhotoFetcher) -> None:
    assert len(await fetcher.fetch(f"{storage}{PUBLIC}/full")) == LIMITS.max_bytes


async def test_too_large_by_its_own_word(storage: str, fetcher: PhotoFetcher) -> None:
    error = await failure(fetcher, f"{storage}{PUBLIC}/large")
    assert (type(error), error.code) == (Permanent, "photo_too_large")


async def test_a_gzip_bomb_stays_as_small_as_it_was_sent(storage: str, fetcher: PhotoFetcher) -> None:
    body = await fetcher.fetch(f"{storage}{PUBLIC}/bomb")
    assert body[:2] == b"\x1f\x8b"
    assert len(body) < LIMITS.max_bytes


async def test_redirects_on_the_host_are_followed(storage: str, fetcher: PhotoFetcher) -> None:
    assert await fetcher.fetch(f"{storage}/storage/v1/go?to={PUBLIC}/a.jpg") == PHOTO


async def test_a_redirect_loop_ends(storage: str, fetcher: PhotoFetcher) -> None:
    error = await failure(fetcher, f"{storage}/storage/v1/go?to=/storage/v1/go%3Fto=/storage/v1/go")
    assert error.code == "photo_unreachable"


@pytest.mark.parametrize(
    "to", ["http://localhost:1/a.jpg", "https://cdn.example.com/a.jpg", "http://169.254.169.254/", "file:///etc/passwd"]
)
async def test_redirects_off_the_host_are_refused(storage: str, to: str) -> None:
    async with PhotoFetcher(storage, "anon", limits=LIMITS, allowed_hosts=("cdn.example.com",)) as fetcher:
        error = await failure(fetcher, f"{storage}/storage/v1/go?to={to}")
    assert (type(error), error.code) == (Permanent, "photo_host_not_allowed")


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["8.8.8.8", "169.254.169.254"]])
async def test_names_of_private_addresses_are_refused(addresses: list[str]) -> None:
    resolver = FixedResolver(*addresses)
    async with PhotoFetcher("https://ref.supabase.co", "anon", allowed_hosts=("cdn.test",), resolver=resolver) as it:
        error = await failure(it, "https://cdn.test/a.jpg")
    assert (type(error), error.code) == (Permanent, "photo_host_not_allowed")
    assert resolver.asked == 1


async def test_a_decimal_address_is_refused_after_resolution() -> None:
    async with PhotoFetcher("https://ref.supabase.co", "anon", allowed_hosts=("http://0x7f.1:80",)) as fetcher:
        error = await failure(fetcher, "http://0x7f.1/a.jpg")
    assert error.code == "photo_host_not_allowed"


async def test_the_checked_address_is_the_one_connected_to(storage: str) -> None:
    port = storage.rpartition(":")[2]
    async with PhotoFetcher(
        "https://ref.supabase.co",
        "anon",
        allowed_hosts=(f"http://photos.test:{port}",),
        allow_private_hosts=True,
        resolver=FixedResolver("127.0.0.1"),
    ) as fetcher:
        assert await fetcher.fetch(f"http://photos.test:{port}{PUBLIC}/a.jpg", TOKEN) == PHOTO


async def test_a_body_without_end_is_cut_off() -> None:
    async with raw_server(endless) as origin, PhotoFetcher(origin, "anon", limits=LIMITS) as fetcher:
        error = await failure(fetcher, f"{origin}{PUBLIC}/a.jpg")
    assert (type(error), error.code) == (Permanent, "photo_too_large")


LYING = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\nonly this"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nnot a chunk"


@pytest.mark.parametrize("answer", [LYING, CHUNKED, b"", b"not HTTP at all\r\n\r\n"])
async def test_broken_answers_are_worth_another_try(answer: bytes) -> None:
    async with raw_server(saying(answer)) as origin, PhotoFetcher(origin, "anon", limits=LIMITS) as fetcher:
        error = await failure(fetcher, f"{origin}{PUBLIC}/a.jpg")
    assert (type(error), error.code) == (Transient, "photo_unreachable")


async def test_silence_ends_in_time() -> None:
    limits = FetchLimits(timeout_seconds=0.2)
    async with raw_server(silence) as origin, PhotoFetcher(origin, "anon", limits=limits) as fetcher:
        error = await failure(fetcher, f"{origin}{PUBLIC}/a.jpg")
    assert error.code == "photo_unreachable"
    assert "0.2 s" in error.message


async def test_a_refused_connection_is_worth_another_try() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    async with PhotoFetcher(f"http://127.0.0.1:{port}", "anon", limits=LIMITS) as fetcher:
        error = await failure(fetcher, f"http://127.0.0.1:{port}{PUBLIC}/a.jpg")
    assert (type(error), error.code) == (Transient, "photo_unreachable")
