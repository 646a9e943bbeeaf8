"""Lists are read to their end whatever the server leaves out, for one person, and parsed off the event loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest
from postgrest import AsyncPostgrestClient

from aura.errors import ConfigurationError
from aura.gateway.pages import SMALL, read_list
from aura.gateway.rest import Access

OWNER = str(uuid4())
ROWS = [{"id": f"{number:08}", "name": "x" * 100} for number in range(2_500)]


class Server:
    """Answers pages as PostgREST does, but never more than `most` rows; `counts` says whether it tells how many."""

    def __init__(self, most: int, *, rows: int = 2_500, counts: bool = True) -> None:
        self.most = most
        self.rows = ROWS[:rows]
        self.counts = counts
        self.asked: list[httpx.QueryParams] = []
        self.preferred: set[str] = set()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        query = request.url.params
        self.asked.append(query)
        self.preferred.add(request.headers["Prefer"])
        after = query.get("id", "gt.").removeprefix("gt.")
        left = [row for row in self.rows if row["id"] > after]
        page = left[: min(int(query["limit"]), self.most)]
        total = len(left) if self.counts else "*"
        headers = {"Content-Range": f"0-{len(page) - 1}/{total}" if page else f"*/{total}"}
        return httpx.Response(200, content=orjson.dumps(page), headers=headers)


class Elsewhere:
    """Runs what it is given, and remembers how much that was."""

    def __init__(self) -> None:
        self.bytes: list[int] = []

    async def __call__(self, function: Callable[..., Any], *args: Any) -> Any:
        self.bytes.append(len(args[0]))
        return function(*args)


def access(answer: Callable[[httpx.Request], httpx.Response]) -> Access:
    http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return Access(AsyncPostgrestClient("http://db/rest/v1", http_client=http, retry_enabled=False), "caller", 5.0)


async def everything(server: Callable[[httpx.Request], httpx.Response], run: Any = None) -> list[dict[str, Any]]:
    where: Any = run or Elsewhere()
    return await read_list(access(server), "things", "id,name", OWNER, "the things", where)


@pytest.mark.parametrize("counts", [True, False])
@pytest.mark.parametrize("most", [1, 499, 500, 1000])
async def test_a_list_is_read_to_its_end(most: int, counts: bool) -> None:
    server = Server(most, rows=min(2_500, 60 * most), counts=counts)
    assert await everything(server) == server.rows


async def test_every_page_names_the_person_the_order_and_an_exact_count() -> None:
    server = Server(1000)
    await everything(server)
    assert len(server.asked) == 5
    assert server.preferred == {"count=exact"}
    for query in server.asked:
        assert (query["user_id"], query["order"], query["limit"]) == (f"eq.{OWNER}", "id.asc", "500")


async def test_large_pages_are_parsed_where_the_caller_says_and_small_ones_at_once() -> None:
    run = Elsewhere()
    await everything(Server(1000), run)
    assert len(run.bytes) == 5
    assert min(run.bytes) > SMALL
    run = Elsewhere()
    assert await everything(lambda _: httpx.Response(200, content=b"[]"), run) == []
    assert run.bytes == []


@pytest.mark.parametrize("body", [b"{}", b"<html>", b"", b"null", b'[{"id": 1}', b"\xff"])
async def test_what_is_no_list_is_no_postgrest(body: bytes) -> None:
    with pytest.raises(ConfigurationError, match="SUPABASE_URL does not answer the things"):
        await everything(lambda _: httpx.Response(200, content=body))
