"""One identity a call, one layer of retries, one deadline: against a transport that answers from a list."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
import structlog

from aura.errors import AuraError, ConfigurationError
from aura.gateway.errors import Unavailable
from aura.gateway.rest import Access, Gateway
from aura.identity.keys import api_key

Answerer = Callable[[httpx.Request], httpx.Response]


def broken(code: str = "PGRST001") -> httpx.Response:
    return httpx.Response(503, json={"code": code, "message": "m", "details": None, "hint": None})


class Server:
    """Gives its answers in order, the last one for ever; keeps the requests."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
async def open_gateway(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[[Server], Gateway]]:
    opened: list[Gateway] = []

    def open_one(server: Server) -> Gateway:
        monkeypatch.setattr("aura.gateway.rest.AiohttpTransport", lambda **_: httpx.MockTransport(server))
        secret, public = api_key("sb_secret_s", "service_key"), api_key("sb_publishable_p", "anon_key")
        opened.append(Gateway("https://p.supabase.co", service_key=secret, anon_key=public, timeout=1.0))
        return opened[-1]

    yield open_one
    for gateway in opened:
        await gateway.aclose()


Opener = Callable[[Server], Gateway]


async def look(access: Access) -> list[dict[str, object]]:
    return await access.read(access.table("things").select("id").eq("id", "a+b&c=1"), "things")


async def test_each_identity_has_its_own_headers_and_keeps_them(open_gateway: Opener) -> None:
    server = Server(httpx.Response(200, json=[]))
    gateway = open_gateway(server)
    ada, service, bob = gateway.as_user("ada"), gateway.as_service(), gateway.as_user("bob")
    for access in (ada, service, bob, ada):
        await look(access)
    sent = [(r.headers["apikey"], r.headers.get("Authorization")) for r in server.requests]
    assert sent == [
        ("sb_publishable_p", "Bearer ada"),
        ("sb_secret_s", None),
        ("sb_publishable_p", "Bearer bob"),
        ("sb_publishable_p", "Bearer ada"),
    ]


async def test_values_are_escaped(open_gateway: Opener) -> None:
    server = Server(httpx.Response(200, json=[]))
    await look(open_gateway(server).as_service())
    assert server.requests[0].url.params["id"] == "eq.a+b&c=1"


@pytest.mark.parametrize(
    "trouble", [broken(), broken("57P01"), httpx.ReadError("reset"), httpx.ConnectError("refused")]
)
async def test_a_read_is_repeated_twice_at_most(open_gateway: Opener, trouble: httpx.Response | Exception) -> None:
    healed = Server(trouble, trouble, httpx.Response(200, json=[{"id": 1}]))
    assert await look(open_gateway(healed).as_service()) == [{"id": 1}]
    lasting = Server(trouble)
    with pytest.raises(Unavailable):
        await look(open_gateway(lasting).as_service())
    assert len(lasting.requests) == 3


@pytest.mark.parametrize("trouble", [broken("PGRST002"), broken("57014"), httpx.ReadTimeout("slow")])
async def test_what_would_only_add_load_is_not_repeated(
    open_gateway: Opener, trouble: httpx.Response | Exception
) -> None:
    server = Server(trouble)
    with pytest.raises(Unavailable):
        await look(open_gateway(server).as_service())
    assert len(server.requests) == 1


async def test_writes_and_calls_that_count_are_sent_once(open_gateway: Opener) -> None:
    server = Server(broken())
    service = open_gateway(server).as_service()
    with pytest.raises(Unavailable):
        await service.write(service.table("things").update({"a": 1}).eq("id", 1), "a thing")
    with pytest.raises(Unavailable):
        await service.call("count_it", {})
    assert len(server.requests) == 2
    with pytest.raises(Unavailable):
        await service.call("look_at_it", {}, repeat=True)
    assert len(server.requests) == 5


async def test_the_deadline_covers_all_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr("aura.gateway.rest.AiohttpTransport", lambda **_: httpx.MockTransport(never))
    async with Gateway("https://p.supabase.co", service_key=api_key("sb_secret_s", "service_key"), timeout=0.05) as one:
        with pytest.raises(Unavailable, match=r"longer than 0\.05 s for things"):
            await look(one.as_service())


async def test_the_work_s_id_goes_with_the_request(open_gateway: Opener) -> None:
    server = Server(httpx.Response(200, json=[]))
    gateway = open_gateway(server)
    await look(gateway.as_service())
    with structlog.contextvars.bound_contextvars(work_id="analyze_item:1"):
        await look(gateway.as_service())
    assert [request.headers.get("X-Request-ID") for request in server.requests] == [None, "analyze_item:1"]


async def test_something_else_at_the_address_is_a_wrong_setting(open_gateway: Opener) -> None:
    server = Server(httpx.Response(200, text="<html>hello</html>"))
    with pytest.raises(ConfigurationError, match="SUPABASE_URL"):
        await look(open_gateway(server).as_service())


@pytest.mark.parametrize(("message", "told"), [("JWT expired", 1), ("No suitable key", 0)])
async def test_whoever_made_the_token_is_told_that_it_has_expired(
    open_gateway: Opener, message: str, told: int
) -> None:
    calls: list[str] = []
    gateway = open_gateway(Server(httpx.Response(401, json={"code": "PGRST301", "message": message})))
    with pytest.raises(AuraError):
        await look(gateway.as_user("t", on_expired=lambda: calls.append("expired")))
    assert len(calls) == told
