"""Every read and write of a person's rows names the person, with whatever key it is sent.

Row Level Security is no filter (public outfits and likes are everybody's to read), and the service key knows none.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from handlers.acting import Caller
from handlers.analyze_item import analyze_item
from handlers.services import Services
from handlers.style_dna import compute_style, style_dna
from sandbox import Sandbox
from tests.support.handling import services_for, settings_for
from tests.support.instant import InstantAnalyzer
from tests.support.styles import combine, like
from tests.support.wardrobes import Wearer

# Tables of the app; the backend's own are bookkeeping by item.
TABLES = {"clothing_items", "combinations", "combination_items", "likes", "comments", "profiles"}
COLUMN = {"combination_items": "combinations.user_id"}


@pytest.fixture(params=["signing", "service key"])
async def daemon(request: pytest.FixtureRequest, sandbox: Sandbox) -> AsyncIterator[Services]:
    settings = settings_for(sandbox, sign=request.param == "signing")
    async with services_for(sandbox, InstantAnalyzer(), settings=settings) as opened:
        yield opened


def listen(services: Services) -> list[httpx.Request]:
    """Every request to the database from now on."""
    heard: list[httpx.Request] = []

    async def hear(request: httpx.Request) -> None:
        heard.append(request)

    services.gateway._http.event_hooks["request"].append(hear)
    return heard


def check(requests: list[httpx.Request], person: str) -> set[str]:
    """Asserts that each names the person; the tables that were asked for."""
    asked = set()
    for request in requests:
        table = request.url.path.removeprefix("/rest/v1/")
        if table in TABLES:
            asked.add(table)
            assert request.url.params.get(COLUMN.get(table, "user_id")) == f"eq.{person}", request.url
    return asked


async def dressed(ada: Wearer, bob: Wearer) -> str:
    """Somebody with something in every table; their untagged item."""
    item_id = await ada.add(await ada.photo())
    await like(ada, await combine(bob, "Vintage evening", await bob.add(category="Dress"), public=True))
    await combine(ada, "Mine", item_id)
    return item_id


async def test_a_daemon(daemon: Services, ada: Wearer, bob: Wearer) -> None:
    item_id = await dressed(ada, bob)
    heard = listen(daemon)
    assert (await analyze_item(item_id, daemon, owner=ada.id)).status == "written"
    assert (await style_dna(ada.id, daemon)).status == "written"
    assert check(heard, ada.id) == TABLES


async def test_a_caller(daemon: Services, ada: Wearer, bob: Wearer) -> None:
    item_id = await dressed(ada, bob)
    caller = Caller(ada.id, await ada.person.token())
    heard = listen(daemon)
    assert (await analyze_item(item_id, daemon, caller=caller)).status == "written"
    assert (await compute_style(ada.id, daemon, caller=caller)).outcome.status == "written"
    assert check(heard, ada.id) == TABLES
    tables = [request for request in heard if request.url.path.removeprefix("/rest/v1/") in TABLES]
    assert {request.headers["Authorization"] for request in tables} == {f"Bearer {caller.token}"}
