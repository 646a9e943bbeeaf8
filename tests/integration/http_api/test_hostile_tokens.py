"""Every forged token over a real socket: 401, a proper challenge, nothing repeated, and nothing asked of the project.

The project here is a real server that publishes real keys and notes every other request: a token that must be
refused must be refused before anybody else sees it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from prometheus_client import generate_latest
from pydantic import BaseModel
from structlog.testing import capture_logs
from yarl import URL

from aura.settings import Settings
from http_api.operations import Answer, Call, Operation, Reply
from http_api.routes import all_operations
from tests.support.api import GENEROUS, running_api
from tests.support.raw_http import RawReply, exchange, final
from tests.support.tokens.forged_claims import FORGED_CLAIMS
from tests.support.tokens.forged_forms import FORGED_FORMS
from tests.support.tokens.forged_headers import FORGED_HEADERS
from tests.support.tokens.forgery import Forgery
from tests.support.tokens.project import SigningProject

JWKS = "/auth/v1/.well-known/jwks.json"
AT_ONCE, DEADLINE_SECONDS = 20, 60.0


class Who(BaseModel):
    user_id: str


async def tell(call: Call[None, None, None]) -> Reply:
    return Reply(Who(user_id=call.caller.user_id))


WHO = Operation("who", "GET", "/who", "Who", "Who asks.", "test", tell, {200: Answer(Who, "Who.")})


@dataclass
class Stage:
    """An API, the project whose tokens it takes, and what the project was asked for."""

    url: str
    project: SigningProject
    metrics: bytes = b""
    asked: list[str] = field(default_factory=list)

    async def ask(self, *headers: tuple[str, str], method: str = "GET", path: str = "/who") -> RawReply:
        """One request on a connection of its own; lone surrogates become the bytes they stand for."""
        host = URL(self.url)
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host.authority}", "Connection: close", "Content-Length: 0"]
        lines += [f"{name}: {value}" for name, value in headers]
        request = "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape")
        reply = final(await exchange(host.port or 80, [request], seconds=DEADLINE_SECONDS))
        assert reply is not None
        return reply

    async def bearing(self, token: str) -> RawReply:
        return await self.ask(("Authorization", f"Bearer {token}"))


@asynccontextmanager
async def _stage(operations: Sequence[Operation], *, secret: bool) -> AsyncIterator[Stage]:
    project = SigningProject()
    stage = Stage("", project)

    async def serve(request: web.Request) -> web.Response:
        if request.path != JWKS:
            stage.asked.append(request.path)
        return web.json_response(project.jwks)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", serve)
    async with TestServer(app) as server:
        project.url = str(server.make_url("")).rstrip("/")
        keys = {"anon_key": "sb_publishable_x", "service_key": "sb_secret_x"}
        supabase = {"url": project.url, **keys, **({"jwt_secret": project.secret} if secret else {})}
        served = {"host": "127.0.0.1", "port": 0}
        settings = Settings.model_validate({"supabase": supabase, "rate_limits": GENEROUS, "api": served})
        async with running_api(settings, operations=operations) as api:
            stage.url = api.url
            yield stage
            stage.metrics = generate_latest(api.context.services.metrics.registry)


@pytest.fixture(params=[True, False], ids=["keys and secret", "keys alone"])
async def stage(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """An API with one route, that tells the caller who they are."""
    async with _stage((WHO,), secret=request.param) as made:
        yield made


@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "EdDSA"])
async def test_the_real_person_is_let_in(stage: Stage, algorithm: str) -> None:
    answer = await stage.bearing(stage.project.token(algorithm))
    assert answer.status == 200
    assert orjson.loads(answer.body) == {"user_id": stage.project.user_id}


@pytest.mark.parametrize("forgeries", [FORGED_CLAIMS, FORGED_HEADERS, FORGED_FORMS], ids=["claims", "headers", "forms"])
async def test_every_forgery_is_refused(stage: Stage, forgeries: tuple[Forgery, ...]) -> None:
    turn = asyncio.Semaphore(AT_ONCE)

    async def complaint(forgery: Forgery) -> str | None:
        token = forgery.make(stage.project)
        async with turn:
            return _complaint(token, await stage.bearing(token))

    sent = [forgery for forgery in forgeries if forgery.name != "a space at the end"]  # HTTP takes it off
    with capture_logs() as logs:
        complaints = await asyncio.gather(*map(complaint, sent))
    assert {each.name: wrong for each, wrong in zip(sent, complaints, strict=True) if wrong} == {}
    assert stage.asked == []
    assert "eyJ" not in repr(logs)


def _complaint(token: str, answer: RawReply) -> str | None:
    """What is wrong with an answer to a forged token."""
    said = f"{answer.headers} {answer.body!r}"
    if any(part in said for part in token.split(".") if len(part) > 8):
        return "the answer repeats the token"
    if any(character in token for character in "\r\n\0"):
        return None if answer.status == 400 else f"{answer.status}: HTTP itself forbids such a header"
    if len(token) > 8000:
        return None if answer.status in {400, 401, 431} else f"{answer.status}: larger than any header may be"
    challenge = answer.headers["WWW-Authenticate"] or ""
    if answer.status != 401 or orjson.loads(answer.body)["code"] != "unauthorized":
        return f"{answer.status} {said[-300:]}"
    proper = challenge.startswith('Bearer realm="aura", error="invalid_')
    return None if proper and answer.headers["Content-Type"] == "application/problem+json" else challenge


async def test_headers_that_are_read_in_two_ways_are_refused(stage: Stage) -> None:
    token, other = stage.project.token(), stage.project.token(sub="5b7c5f1e-0000-4000-8000-5f3a1c2b4d6e")
    twice = [("Authorization", f"Bearer {token}")] * 2
    differing = [("Authorization", f"Bearer {token}"), ("authorization", f"Bearer {other}")]
    listed = [("Authorization", f"Bearer {token}, Bearer {other}")]
    basic = [("Authorization", f"Basic {token}")]
    for headers in (twice, differing, listed, basic):
        answer = await stage.ask(*headers)
        assert answer.status == 401
        assert 'error="invalid_request"' in (answer.headers["WWW-Authenticate"] or "")


async def test_a_token_outside_the_header_does_not_count(stage: Stage) -> None:
    token = stage.project.token()
    cookie, api_key = ("Cookie", f"sb-access-token={token}"), ("apikey", token)
    answers = [
        await stage.ask(path=f"/who?access_token={token}"),
        await stage.ask(cookie),
        await stage.ask(api_key),
        await stage.ask(("X-Authorization", f"Bearer {token}")),
    ]
    assert [answer.status for answer in answers] == [401] * 4
    assert {answer.headers["WWW-Authenticate"] for answer in answers} == {'Bearer realm="aura"'}


async def test_every_route_that_needs_a_person_refuses_before_it_reads(stage: Stage) -> None:
    operations = [each for each in all_operations() if each.access == "user"]
    assert operations
    async with _stage(operations, secret=False) as real:
        for operation in operations:
            path = operation.path.replace("{clothing_item_id}", stage.project.user_id)
            for token in (None, stage.project.token(), real.project.token(role="service_role")):
                headers = [("Authorization", f"Bearer {token}")] if token else []
                answer = await real.ask(*headers, method=operation.method, path=path)
                assert answer.status == 401, operation.path
        assert real.asked == []


async def test_metrics_do_not_know_anybody() -> None:
    async with _stage((WHO,), secret=True) as stage:
        token = stage.project.token()
        await stage.bearing(token)
        await stage.bearing(token)
        await stage.bearing(f"{token[:-4]}AAAA")
        await stage.bearing(stage.project.token(exp=1, iat=0))
    for outcome in ("verified", "remembered", "signature", "expired"):
        assert f'aura_api_tokens_total{{outcome="{outcome}"}} 1.0' in stage.metrics.decode()
    assert b'aura_jwks_fetches_total{outcome="fetched"} 1.0' in stage.metrics
    assert b"eyJ" not in stage.metrics
    assert stage.project.user_id.encode() not in stage.metrics
