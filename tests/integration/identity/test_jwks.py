"""Published keys over real sockets: rotation, revocation, outages, and that nobody can make us fetch on demand."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from aura.identity.jwks import MAX_BYTES, WITHOUT_KEYS_SECONDS, JwksCache, KeysUnavailable
from aura.identity.refusal import InvalidToken
from aura.identity.verification import TokenVerifier
from tests.support.tokens.project import SigningProject
from tests.support.waiting import wait_for

MAX_AGE, MIN_REFRESH = 600.0, 30.0
TIMEOUT, SHORT = 10.0, 1.0  # the short one where it must pass in the test
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
PROJECT = SigningProject()
EC, RSA, ED = (PROJECT.public_jwk(algorithm) for algorithm in ("ES256", "RS256", "EdDSA"))


def publishing(*keys: dict[str, Any]) -> Answer:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response({"keys": list(keys)})

    return answer


def body(content: bytes, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(body=content, status=status, headers=headers)

    return answer


async def hanging(_: web.Request) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError


async def hanging_inside(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    await response.write(b'{"keys": [')
    return await hanging(request)


async def endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b" " * 65536)


async def dropping(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


BROKEN: dict[str, Answer] = {
    "an error": body(b"down", 503),
    "an error page": body(b"<html>Bad gateway</html>", 200),
    "refused": body(b'{"keys": []}', 401),
    "no content": body(b"", 204),
    "empty": body(b""),
    "cut JSON": body(b'{"keys": ['),
    "a list": body(b"[]"),
    "no keys member": body(b'{"message": "no Route matched"}'),
    "a redirect": body(b"", 302, {"Location": "/elsewhere"}),
    "a redirect for good": body(b"", 308, {"Location": "https://attacker.example/jwks.json"}),
    "too large": body(orjson.dumps({"keys": [EC], "padding": "x" * MAX_BYTES})),
    "a decompression bomb": body(gzip.compress(b" " * 50_000_000), headers={"Content-Encoding": "gzip"}),
    "no gzip": body(b"plain", headers={"Content-Encoding": "gzip"}),
    "endless": endless,
    "hanging": hanging,
    "hanging inside": hanging_inside,
    "dropping": dropping,
}


@dataclass
class Publisher:
    """Serves whatever ``answer`` is at the moment, and counts; its clock moves when a test says so."""

    cache: JwksCache
    answer: Answer = field(default_factory=lambda: publishing(EC))
    fetched: int = 0
    elsewhere: int = 0
    now: float = 1000.0

    async def kids(self, *kids: str) -> list[str | None]:
        """Which of these keys are found, by their algorithms."""
        return [key.algorithm if (key := await self.cache.find(kid)) else None for kid in kids]


@asynccontextmanager
async def publisher(answer: Answer | None = None, *, timeout: float = TIMEOUT) -> AsyncIterator[Publisher]:
    made: Publisher

    async def serve(request: web.Request) -> web.StreamResponse:
        made.fetched += 1
        return await made.answer(request)

    async def elsewhere(_: web.Request) -> web.StreamResponse:
        made.elsewhere += 1
        return web.json_response({"keys": [EC]})

    app = web.Application()
    app.router.add_get("/auth/v1/.well-known/jwks.json", serve)
    app.router.add_get("/elsewhere", elsewhere)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        url = str(server.make_url("/auth/v1/.well-known/jwks.json"))
        made = Publisher(
            JwksCache(session, url, max_age=MAX_AGE, min_refresh=MIN_REFRESH, timeout=timeout, clock=lambda: made.now)
        )
        made.answer = answer or made.answer
        yield made
        await made.cache.aclose()


def _timeout(broken: Answer) -> float:
    return SHORT if broken in {hanging, hanging_inside} else TIMEOUT


def _repeated(broken: Answer) -> bool:
    """aiohttp itself asks a second time when a connection ends without an answer."""
    return broken is dropping


async def test_keys_are_fetched_once_however_many_ask() -> None:
    async with publisher(publishing(EC, RSA)) as source:
        found = await asyncio.gather(*(source.kids("ec-1", "rsa-1") for _ in range(200)))
        assert found == [["ES256", "RS256"]] * 200
        assert source.fetched == 1


async def test_an_unknown_key_is_asked_for_once_in_a_while() -> None:
    async with publisher() as source:
        assert await source.kids("ec-1") == ["ES256"]
        source.now += MIN_REFRESH
        assert await source.kids(*(f"invented-{number}" for number in range(100))) == [None] * 100
        assert source.fetched == 2


async def test_a_new_key_is_found_as_soon_as_it_is_used() -> None:
    async with publisher() as source:
        assert await source.kids("ec-1") == ["ES256"]
        source.answer, source.now = publishing(EC, RSA), source.now + MIN_REFRESH
        found = await asyncio.gather(*(source.kids("rsa-1") for _ in range(50)))
        assert found == [["RS256"]] * 50
        assert (source.fetched, source.cache.generation) == (2, 2)


async def test_keys_are_renewed_before_anybody_has_to_wait() -> None:
    async with publisher() as source:
        await source.kids("ec-1")
        source.answer, source.now = hanging, source.now + MAX_AGE * 0.9
        async with asyncio.timeout(SHORT / 2):
            assert await source.kids("ec-1") == ["ES256"]
        await wait_for(lambda: source.fetched == 2, what="the fetch in the background")


async def test_a_revoked_key_is_gone_at_the_maximum_age() -> None:
    async with publisher(publishing(EC, RSA)) as source:
        assert await source.kids("ec-1") == ["ES256"]
        source.answer, source.now = publishing(RSA), source.now + MAX_AGE
        assert await source.kids("ec-1", "rsa-1") == [None, "RS256"]
        assert source.fetched == 2


async def test_a_project_may_take_all_its_keys_back() -> None:
    async with publisher() as source:
        await source.kids("ec-1")
        source.answer, source.now = publishing(), source.now + MAX_AGE
        assert await source.kids("ec-1") == [None]


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
async def test_an_outage_keeps_the_keys_at_hand_and_ends_by_itself(broken: Answer) -> None:
    async with publisher(timeout=_timeout(broken)) as source:
        assert await source.kids("ec-1") == ["ES256"]
        source.answer, source.now = broken, source.now + 2 * MAX_AGE
        assert await source.kids("ec-1", "invented") == ["ES256", None]
        assert (source.fetched, source.elsewhere) == (2 + _repeated(broken), 0)
        source.answer, source.now = publishing(RSA), source.now + MIN_REFRESH
        await source.kids("ec-1")
        await wait_for(lambda: source.cache.generation == 2, what="the keys after the outage")
        assert await source.kids("ec-1", "rsa-1") == [None, "RS256"]


async def test_an_outage_makes_only_the_first_wait() -> None:
    async with publisher(timeout=SHORT) as source:
        await source.kids("ec-1")
        source.answer, source.now = hanging, source.now + 2 * MAX_AGE
        assert await source.kids("ec-1") == ["ES256"]
        source.now += MIN_REFRESH
        async with asyncio.timeout(SHORT / 2):
            assert await source.kids("ec-1") == ["ES256"]


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
async def test_without_any_keys_an_outage_says_nothing_about_a_token(broken: Answer) -> None:
    async with publisher(broken, timeout=_timeout(broken)) as source:
        outcomes = await asyncio.gather(*(source.cache.find("ec-1") for _ in range(20)), return_exceptions=True)
        assert all(isinstance(outcome, KeysUnavailable) for outcome in outcomes)
        assert (source.fetched, source.elsewhere) == (1 + _repeated(broken), 0)
        source.answer, source.now = publishing(EC), source.now + WITHOUT_KEYS_SECONDS
        assert await source.kids("ec-1") == ["ES256"]


async def test_a_fetch_that_takes_long_is_joined_not_doubled() -> None:
    released = asyncio.Event()

    async def slow(request: web.Request) -> web.StreamResponse:
        await released.wait()
        return await publishing(EC)(request)

    async with publisher(slow) as source:
        first = asyncio.create_task(source.kids("ec-1"))
        await wait_for(lambda: source.fetched == 1, what="the fetch")
        source.now += MAX_AGE
        second = asyncio.create_task(source.kids("ec-1"))
        await asyncio.sleep(0)
        released.set()
        assert [await first, await second] == [["ES256"], ["ES256"]]
        assert source.fetched == 1


async def test_a_project_from_before_signing_keys_publishes_none() -> None:
    async with publisher(body(b"404 page not found", 404)) as source:
        assert await source.kids("ec-1") == [None]
        assert await source.cache.published() == 0


async def test_a_path_that_disappears_is_an_outage() -> None:
    async with publisher() as source:
        await source.kids("ec-1")
        source.answer, source.now = body(b"no Route matched", 404), source.now + 2 * MAX_AGE
        assert await source.kids("ec-1") == ["ES256"]


async def test_one_odd_entry_leaves_the_others_useful() -> None:
    private = {**EC, "kid": "oops", "d": "AAAA"}
    symmetric = {"kty": "oct", "kid": "oct", "k": "AAAA", "alg": "HS256"}
    async with publisher(publishing(private, symmetric, {"kty": "EC"}, RSA)) as source:
        assert await source.kids("oops", "oct", "rsa-1") == [None, None, "RS256"]


async def test_a_caller_who_gives_up_does_not_end_the_fetch_for_the_others() -> None:
    released = asyncio.Event()

    async def slow(request: web.Request) -> web.StreamResponse:
        await released.wait()
        return await publishing(EC)(request)

    async with publisher(slow) as source:
        impatient = asyncio.create_task(source.kids("ec-1"))
        patient = asyncio.create_task(source.kids("ec-1"))
        await wait_for(lambda: source.fetched == 1, what="the fetch")
        impatient.cancel()
        released.set()
        assert await patient == ["ES256"]
        assert source.fetched == 1


async def test_a_verified_token_is_forgotten_when_its_key_is_revoked() -> None:
    async with publisher(publishing(EC, RSA)) as source:
        verifier = TokenVerifier(PROJECT.rules, source.cache)
        token, other = PROJECT.token(), PROJECT.token("RS256")
        await verifier.verify(token)
        source.answer, source.now = publishing(RSA), source.now + MAX_AGE
        await verifier.verify(other)
        with pytest.raises(InvalidToken, match="does not publish"):
            await verifier.verify(token)
        await verifier.aclose()
