"""The real API on a free port, and people who call it over real sockets with tokens of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from aura.settings import Settings
from aura.vision.analyzer import Analyzer
from handlers.services import utc_now
from http_api.app import build_app
from http_api.context import ApiContext
from http_api.opening import open_context
from http_api.operations import Operation
from http_api.server import ApiServer
from sandbox import Sandbox
from tests.support.accounts import People, Person
from tests.support.handling import services_with, settings_for
from tests.support.instant import InstantAnalyzer
from tests.support.wardrobes import Wearer

# High enough for every test that is not about limits.
GENEROUS = dict.fromkeys(("per_ip", "read", "write", "ai", "webhook"), "1000000/minute")


@dataclass
class HeardHints:
    """Keeps the hints that the webhook passed on."""

    changes: list[Mapping[str, Any]] = field(default_factory=list)

    async def offer(self, change: Mapping[str, Any]) -> None:
        self.changes.append(change)


@dataclass(frozen=True)
class RunningApi:
    """An API that is being served; `client` knows its address and nobody's token."""

    url: str
    context: ApiContext
    client: httpx.AsyncClient
    hints: HeardHints
    server: ApiServer

    def visitor(self, person: Person, token: str) -> Visitor:
        """Somebody who calls it."""
        return Visitor(person, token, self.client)


@dataclass(frozen=True)
class Visitor:
    """A person who calls the API with their token."""

    person: Person
    token: str = field(repr=False)
    client: httpx.AsyncClient = field(repr=False)

    @property
    def id(self) -> str:
        return self.person.id

    @property
    def wearer(self) -> Wearer:
        """The same person as somebody with a wardrobe."""
        return Wearer(self.person)

    @property
    def headers(self) -> dict[str, str]:
        """What shows who they are."""
        return {"Authorization": f"Bearer {self.token}"}

    async def get(self, path: str, **options: Any) -> httpx.Response:
        """GET as this person."""
        return await self.client.get(path, headers={**self.headers, **options.pop("headers", {})}, **options)

    async def post(self, path: str, body: Any = None, **options: Any) -> httpx.Response:
        """POST `body` as JSON as this person."""
        headers = {**self.headers, **options.pop("headers", {})}
        return await self.client.post(path, json=body, headers=headers, **options)


@dataclass(frozen=True)
class ApiHouse:
    """A running API of one sandbox, two people of it, and the analyzer behind it."""

    api: RunningApi
    sandbox: Sandbox
    people: People
    ada: Visitor
    deniz: Visitor
    analyzer: InstantAnalyzer

    @property
    def url(self) -> str:
        return self.api.url

    @property
    def client(self) -> httpx.AsyncClient:
        return self.api.client

    async def visitor(self, name: str = "someone") -> Visitor:
        """A further person."""
        person = await self.people.sign_up(name)
        return self.api.visitor(person, await person.token())


def api_settings(sandbox: Sandbox, *, sign: bool = True, **sections: dict[str, Any]) -> Settings:
    """Settings of an API on this sandbox, with limits that no test reaches by accident.

    `sign` false leaves it without the project's secret: tokens are verified with the published keys alone.
    """
    local = {"host": "127.0.0.1", "port": 0}
    sections["api"] = {**local, **sections.get("api", {})}
    sections["rate_limits"] = {**GENEROUS, **sections.get("rate_limits", {})}
    return settings_for(sandbox, sign=sign, **sections)


@asynccontextmanager
async def running_api(
    settings: Settings, analyzer: Analyzer | None = None, operations: Sequence[Operation] | None = None
) -> AsyncIterator[RunningApi]:
    """The real application with its real context, served on a free port of this machine."""
    hints = HeardHints()
    async with AsyncExitStack() as stack:
        chosen = analyzer or InstantAnalyzer()
        services = await stack.enter_async_context(services_with(settings, chosen, clock=utc_now))
        context = await stack.enter_async_context(open_context(services, hints))
        server = ApiServer(build_app(context, operations), settings.api, services.metrics)
        await server.start()
        stack.push_async_callback(server.stop)
        url = f"http://127.0.0.1:{server.port}"
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=30))
        yield RunningApi(url, context, client, hints, server)


@asynccontextmanager
async def api_house(sandbox: Sandbox, *, sign: bool = True, **sections: dict[str, Any]) -> AsyncIterator[ApiHouse]:
    """An API on this sandbox with two people, Ada and Deniz."""
    people, analyzer = People(sandbox), InstantAnalyzer()
    try:
        async with running_api(api_settings(sandbox, sign=sign, **sections), analyzer) as api:
            ada, deniz = await people.sign_up("ada"), await people.sign_up("deniz")
            first, second = [api.visitor(person, await person.token()) for person in (ada, deniz)]
            yield ApiHouse(api, sandbox, people, first, second, analyzer)
    finally:
        await people.close()
