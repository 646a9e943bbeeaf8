"""PostgREST calls, each made as exactly one identity, over one pool of connections.

The official client builds the queries; aiohttp carries them, at a third of the CPU of httpx's own pool (1.6
against 4.7 ms a call with 500 at once). The client's ``auth()`` changes headers that every caller shares, so
it is never used: each identity gets a client object of its own (it is cheap) around the shared pool, with its
headers fixed from the start. Two callers can therefore never see each other's token.

There is exactly one layer of retries, here: the client's own (which waits 1, 2 and 4 s) is off. Only what
is safe to repeat is repeated, at most twice, within the call's deadline; everything slower is the work
queue's business.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Protocol, Self

import aiohttp
import httpx
import structlog
from httpx_aiohttp import AiohttpTransport
from postgrest import APIResponse, AsyncPostgrestClient, AsyncRequestBuilder
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from aura import __version__
from aura.errors import ConfigurationError
from aura.gateway.errors import (
    ErrorAnswer,
    TokenExpired,
    Unavailable,
    Who,
    error_of_answer,
    error_of_network,
    read_answer,
)
from aura.gateway.measured import MeasuredTransport
from aura.identity.keys import ApiKey, api_key
from aura.settings import Settings
from aura.telemetry.metrics import Metrics

ATTEMPTS = 3
KEEP_ALIVE_SECONDS = 30.0
Row = dict[str, Any]


class Query(Protocol):
    """A built PostgREST request."""

    async def execute(self) -> APIResponse:
        """Send it."""
        ...


class Access:
    """The database as one identity sees it.

    ``who`` only decides how a refused token is explained; ``on_expired`` is called when it counts as expired.
    """

    def __init__(
        self, client: AsyncPostgrestClient, who: Who, deadline: float, on_expired: Callable[[], None] | None = None
    ) -> None:
        self._client = client
        self._who = who
        self._deadline = deadline
        self._on_expired = on_expired

    def table(self, name: str) -> AsyncRequestBuilder:
        """Begin a query on a table; send it with ``read`` or ``write``."""
        return self._client.from_(name)

    async def read(self, query: Query, what: str) -> list[Row]:
        """The rows of a reading query; repeated when the connection breaks.

        Args:
            query: a select.
            what: what is asked for, as error messages name it.

        Raises:
            Transient: ``database_unavailable`` or, when the database says no, ``database_refused``.
            ConfigurationError: the key was refused or the project is not migrated.
            NotAuthorized: the caller's token was refused.
        """
        return _rows(await self._send(query, what, attempts=ATTEMPTS), what)

    async def read_page(self, query: Query, what: str) -> tuple[list[Row], bool]:
        """The rows of a query that asks for an exact count, and whether they are all that it finds.

        Raises as ``read`` does.
        """
        response = await self._send(query, what, attempts=ATTEMPTS)
        rows = _rows(response, what)
        return rows, not rows or (response.count is not None and len(rows) >= response.count)

    async def write(self, query: Query, what: str) -> list[Row]:
        """The rows that a writing query returns; sent once. Raises as ``read`` does."""
        return _rows(await self._send(query, what, attempts=1), what)

    async def call(self, function: str, arguments: Mapping[str, Any], *, repeat: bool = False) -> Any:
        """What an SQL function returns, as JSON. Raises as ``read`` does.

        Args:
            repeat: whether calling it twice does no more than calling it once.
        """
        query = self._client.rpc(function, dict(arguments))
        return (await self._send(query, f"{function}()", attempts=ATTEMPTS if repeat else 1)).data

    async def _send(self, query: Query, what: str, *, attempts: int) -> APIResponse:
        retrying = AsyncRetrying(
            stop=stop_after_attempt(attempts),
            wait=wait_random_exponential(multiplier=0.05, max=1.0),
            retry=retry_if_exception(_repeatable),
            reraise=True,
        )
        try:
            async with asyncio.timeout(self._deadline):
                return await retrying(self._once, query, what)
        except TimeoutError:
            raise Unavailable(f"The database took longer than {self._deadline:g} s for {what}.") from None

    async def _once(self, query: Query, what: str) -> APIResponse:
        try:
            return await query.execute()
        except ErrorAnswer as error:
            refusal = error_of_answer(error.answer, self._who, what)
            if self._on_expired is not None and isinstance(refusal, TokenExpired):
                self._on_expired()
            raise refusal from None
        except httpx.HTTPError as error:
            raise error_of_network(error, what) from None


class Gateway:
    """The project's data API; one for the whole process, closed with ``aclose``."""

    def __init__(
        self,
        url: str,
        *,
        service_key: ApiKey,
        anon_key: ApiKey | None = None,
        timeout: float = 10.0,
        max_connections: int = 20,
        metrics: Metrics | None = None,
    ) -> None:
        self._url = f"{url.rstrip('/')}/rest/v1"
        self._service_key = service_key
        self._public_key = anon_key or service_key
        self._timeout = timeout
        self._http = _http_client(timeout, max_connections, metrics)
        self._service = self._access(service_key.headers(), "service")

    @classmethod
    def from_settings(cls, settings: Settings, metrics: Metrics | None = None) -> Self:
        """The gateway to the project that the settings name; ``metrics`` counts its calls.

        Raises:
            ConfigurationError: the URL or the service key is missing, or a key is of the wrong kind.
        """
        supabase = settings.supabase
        return cls(
            settings.required("supabase", "url"),
            service_key=api_key(settings.required("supabase", "service_key"), "service_key"),
            anon_key=api_key(supabase.anon_key.get_secret_value(), "anon_key") if supabase.anon_key else None,
            timeout=supabase.timeout_seconds,
            max_connections=supabase.max_connections,
            metrics=metrics,
        )

    def as_service(self) -> Access:
        """The database without Row Level Security: for listings, leases and the like."""
        return self._service

    def as_user(self, token: str, *, who: Who = "owner", on_expired: Callable[[], None] | None = None) -> Access:
        """The database as Row Level Security shows it to the bearer of ``token``.

        Args:
            token: an access token; sent as it is.
            who: ``owner`` when Aura made the token, ``caller`` when it came with a request.
            on_expired: called when the project says that the token has expired.
        """
        return self._access(self._public_key.headers(token), who, on_expired)

    def _access(self, headers: dict[str, str], who: Who, on_expired: Callable[[], None] | None = None) -> Access:
        client = AsyncPostgrestClient(self._url, headers=headers, http_client=self._http, retry_enabled=False)
        return Access(client, who, self._timeout, on_expired)

    async def aclose(self) -> None:
        """Close every connection; the gateway may not be used afterwards."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


def _http_client(timeout: float, max_connections: int, metrics: Metrics | None) -> httpx.AsyncClient:
    transport = AiohttpTransport(client=lambda: _session(max_connections))
    return httpx.AsyncClient(
        transport=MeasuredTransport(transport, metrics) if metrics else transport,
        timeout=httpx.Timeout(timeout, connect=min(timeout, 5.0)),
        headers={"User-Agent": f"aura-backend/{__version__}"},
        event_hooks={"request": [_name_request], "response": [_stop_errors]},
    )


def _session(max_connections: int) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(limit=max_connections, keepalive_timeout=KEEP_ALIVE_SECONDS)
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())


async def _name_request(request: httpx.Request) -> None:
    """Pass the request's id on, so that one id is found in every log on its way."""
    context = structlog.contextvars.get_contextvars()
    name = context.get("request_id") or context.get("work_id")
    if name is not None:
        request.headers["X-Request-ID"] = str(name)


async def _stop_errors(response: httpx.Response) -> None:
    """Take errors out here, where the status is known: the client's own error does not carry it."""
    if response.is_success:
        return
    body = await response.aread()
    raise ErrorAnswer(read_answer(response.status_code, body, response.headers.get("Proxy-Status", "")))


def _repeatable(error: BaseException) -> bool:
    return isinstance(error, Unavailable) and error.repeatable


def _rows(response: APIResponse, what: str) -> list[Row]:
    data: Any = response.data
    if not isinstance(data, list):
        raise ConfigurationError(f"SUPABASE_URL does not answer {what} as PostgREST does.")
    return data
