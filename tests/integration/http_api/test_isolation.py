"""200 people at once: everybody sees their own rows, and every request to the project is made with its caller's token.

Seen from both ends: by the answers, and by a recording in front of the project, where each request still carries
the id of the call that caused it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs
from uuid import uuid4

import httpx
import orjson
import psycopg
import pytest
from postgrest import AsyncPostgrestClient
from psycopg.rows import TupleRow

from sandbox import Sandbox
from tests.support.api import api_settings, running_api
from tests.support.recording_project import Recorded, RecordingProject, recording_project

PEOPLE, STYLISH, NAIVE = 200, 20, 20  # computing a style costs a dozen requests, so not everybody does
PATIENCE = {"timeout_seconds": 60.0, "max_connections": 50}
# Called with the service key by design: the marks of what has changed, by the person they are about.
BOOKKEEPING = ("/rest/v1/rpc/aura_open_style",)
CLEARING = "/rest/v1/rpc/aura_clear_style_marks"  # by the marks' ids


@dataclass(frozen=True)
class Somebody:
    """A person, their token and their two items."""

    id: str
    token: str = field(repr=False)
    items: tuple[str, str]


async def _crowd(sandbox: Sandbox, db: psycopg.AsyncConnection[TupleRow]) -> list[Somebody]:
    """People who signed up through the project's Auth, and their wardrobes."""
    limits = httpx.Limits(max_connections=8)
    async with httpx.AsyncClient(base_url=sandbox.url, timeout=60, limits=limits) as http:
        return await asyncio.gather(*(_somebody(http, sandbox.anon_key, db) for _ in range(PEOPLE)))


async def _somebody(http: httpx.AsyncClient, key: str, db: psycopg.AsyncConnection[TupleRow]) -> Somebody:
    account = {"email": f"{uuid4()}@example.com", "password": "correct horse battery"}
    answer = await http.post("/auth/v1/signup", json=account, headers={"apikey": key})
    session = answer.raise_for_status().json()
    person, top, bottom = session["user"]["id"], str(uuid4()), str(uuid4())
    query = "insert into clothing_items (id, user_id, name, category) values (%s, %s, %s, %s), (%s, %s, %s, %s)"
    await db.execute(query, [top, person, "mine", "shirt", bottom, person, "mine", "jeans"])
    return Somebody(person, session["access_token"], (top, bottom))


@asynccontextmanager
async def _api(sandbox: Sandbox) -> AsyncIterator[tuple[RecordingProject, httpx.AsyncClient]]:
    """An API whose project is the recording, and a client without bounds of its own."""
    async with recording_project(sandbox.url) as project:
        settings = api_settings(
            sandbox, sign=False, identity={"issuer": f"{sandbox.url}/auth/v1"}, api={"request_timeout_seconds": 120.0}
        )
        supabase = settings.supabase.model_copy(update={**PATIENCE, "url": project.url})
        async with running_api(settings.model_copy(update={"supabase": supabase})) as api:
            limits = httpx.Limits(max_connections=None)
            async with httpx.AsyncClient(base_url=api.url, timeout=150, limits=limits) as client:
                yield project, client


async def _visit(client: httpx.AsyncClient, me: Somebody, other: Somebody, *, style: bool) -> list[str]:
    """Call several routes at once; what was wrong with the answers."""

    async def call(what: str, method: str, path: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {me.token}", "X-Request-ID": f"{me.id}.{what}"}
        return await client.request(method, path, headers=headers)

    outfits, foreign, *styles = await asyncio.gather(
        call("outfits", "GET", "/api/v1/recommendations/"),
        call("foreign", "GET", f"/api/v1/ai/analyses/{other.items[0]}"),
        *([call("style", "POST", "/api/v1/ai/calculate-style-dna")] if style else []),
    )
    seen = [got.status_code for got in (outfits, foreign, *styles)]
    if seen != [200, 404, *[200 for _ in styles]]:
        return [f"answered {seen}"]
    worn = {item for outfit in outfits.json()["recommendations"] for item in outfit["items"]}
    counted = [got.json()["style_dna"]["counts"]["items"] for got in styles]
    wrong = [f"wears {worn}"] if worn != set(me.items) else []
    return wrong + [f"counted {items} items" for items in counted if items != len(me.items)]


def _misplaced(requests: Sequence[Recorded], crowd: Sequence[Somebody], service_key: str) -> list[str]:
    """Requests for data that were not made as the caller whose call caused them, or that read beyond that person."""
    by_id = {person.id: person for person in crowd}
    found = []
    for request in requests:
        person = by_id[request.request_id.partition(".")[0]]
        if request.authorization != f"Bearer {person.token}" and not _is_bookkeeping(request, person, service_key):
            found.append(f"{request}: with another's token")
        owners = parse_qs(request.query).get("user_id", [f"eq.{person.id}"])
        if owners != [f"eq.{person.id}"]:
            found.append(f"{request}: about {owners}")
    return found


def _is_bookkeeping(request: Recorded, person: Somebody, service_key: str) -> bool:
    if request.authorization != f"Bearer {service_key}":
        return False
    about = orjson.loads(request.body).get("target_user") if request.path in BOOKKEEPING else None
    return request.path == CLEARING or about == person.id


@pytest.mark.timeout(400)
async def test_200_people_at_once_see_only_their_own(sandbox: Sandbox, db: psycopg.AsyncConnection[TupleRow]) -> None:
    crowd = await _crowd(sandbox, db)
    async with _api(sandbox) as (project, client):
        neighbours = zip(crowd, [*crowd[1:], crowd[0]], strict=True)
        visits = [_visit(client, me, other, style=at < STYLISH) for at, (me, other) in enumerate(neighbours)]
        wrong = await asyncio.gather(*visits)
    assert [complaint for each in wrong for complaint in each] == []
    requests = project.rest()
    assert _misplaced(requests, crowd, sandbox.service_key) == []
    assert {request.request_id.partition(".")[0] for request in requests} == {person.id for person in crowd}


async def test_a_client_that_is_shared_would_be_noticed(
    sandbox: Sandbox, db: psycopg.AsyncConnection[TupleRow]
) -> None:
    """What the official client invites to: one object, ``auth()`` for each caller. The recording must show it."""
    people = [Somebody(str(uuid4()), f"token-{number}", ("", "")) for number in range(NAIVE)]
    async with recording_project(sandbox.url) as project:
        shared = AsyncPostgrestClient(f"{project.url}/rest/v1", headers={"apikey": sandbox.anon_key})

        async def read(person: Somebody) -> None:
            shared.auth(person.token)
            await asyncio.sleep(0)  # anything that is awaited between signing in and asking
            query = shared.from_("clothing_items").select("id").eq("user_id", person.id)
            query.request.headers["X-Request-ID"] = f"{person.id}.0"
            await asyncio.gather(query.execute(), return_exceptions=True)  # these tokens are none

        await asyncio.gather(*map(read, people))
        await shared.aclose()
    assert len(_misplaced(project.rest(), people, sandbox.service_key)) >= NAIVE - 1
