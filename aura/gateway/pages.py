"""Reads long lists page by page without parsing them on the event loop.

The official client parses an answer where it arrives: half a megabyte of wardrobe holds the loop for several
milliseconds, twenty at once for a tenth of a second. Here an answer's bytes are kept and parsed where the caller
says. Hosted projects cut every answer at 1,000 rows (or fewer) without a word, so each page is asked for with the
number of rows that are left, and is the last only if it holds them all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar, TypeVarTuple, Unpack

import httpx
import orjson
from postgrest import APIResponse, AsyncSelectRequestBuilder, CountMethod

from aura.errors import ConfigurationError
from aura.gateway.rest import Access, Row

T = TypeVar("T")
Arguments = TypeVarTuple("Arguments")
# Rows of one page: a parser holds Python's lock until it has finished one.
PAGE = 500
# Bytes that are parsed in less time than handing them over takes (about 0.1 ms).
SMALL = 16_384


class Run(Protocol):
    """Runs a function off the event loop, such as ``http_api.pool.CpuPool.run``."""

    async def __call__(self, function: Callable[[Unpack[Arguments]], T], *args: *Arguments) -> T:
        """What ``function(*args)`` returns."""
        ...


class _Unparsed:
    """A select that keeps its answer's bytes, and how many rows it found in all (None if it was not told)."""

    def __init__(self, query: AsyncSelectRequestBuilder) -> None:
        self._query = query
        self.body = b""
        self.found: int | None = None

    async def execute(self) -> APIResponse:
        """Send it."""
        response = await self._query.request.send(httpx.Headers())
        total = response.headers.get("Content-Range", "").rpartition("/")[2]
        self.body, self.found = response.content, int(total) if total.isdecimal() else None
        return APIResponse.model_construct(data=[], count=self.found)


async def read_list(access: Access, table: str, columns: str, owner: str, what: str, run: Run) -> list[Row]:
    """All rows of a table with ``id`` and ``user_id`` that are ``owner``'s, by id.

    Args:
        columns: what is selected; ``id`` among it.
        what: what is asked for, as error messages name it.
        run: parses all but small pages.

    Raises:
        Transient: the database is away or refused it.
        ConfigurationError: the key was refused or this is no PostgREST.
        NotAuthorized: the caller's token was refused.
    """
    rows: list[Row] = []
    complete = False
    while not complete:
        query = access.table(table).select(columns, count=CountMethod.exact).eq("user_id", owner)
        query = query.order("id").limit(PAGE)
        page = _Unparsed(query.gt("id", rows[-1]["id"]) if rows else query)
        await access.read(page, what)
        parsed = await _rows(page.body, what, run)
        complete = not parsed or (page.found is not None and len(parsed) >= page.found)
        rows += parsed
    return rows


async def _rows(body: bytes, what: str, run: Run) -> list[Row]:
    return _parse(body, what) if len(body) <= SMALL else await run(_parse, body, what)


def _parse(body: bytes, what: str) -> list[Row]:
    try:
        rows: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        rows = None
    if not isinstance(rows, list):
        raise ConfigurationError(f"SUPABASE_URL does not answer {what} as PostgREST does.")
    return rows
