"""Calls to the data API are counted by table or function and by how they ended, never by their contents."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
import pytest

from aura.gateway.measured import MeasuredTransport, target_of
from aura.telemetry.metrics import Metrics

Answer = Callable[[httpx.Request], httpx.Response]


def unreachable(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("no", request=request)


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/rest/v1/clothing_items", "clothing_items"),
        ("/rest/v1/rpc/aura_take_lease", "rpc/aura_take_lease"),
        ("/behind/a/path/rest/v1/likes", "likes"),
        ("/rest/v1/", "other"),
        ("/auth/v1/user", "other"),
    ],
)
def test_a_call_is_named_by_what_it_asks(path: str, target: str) -> None:
    assert target_of(path) == target


@pytest.mark.parametrize(
    ("status", "outcome"), [(200, "ok"), (404, "refused"), (429, "unavailable"), (503, "unavailable")]
)
async def test_answers_are_counted(status: int, outcome: str) -> None:
    metrics = await ask(lambda _: httpx.Response(status))
    assert counted(metrics, outcome) == 1


async def test_no_answer_is_counted_and_raised() -> None:
    metrics = Metrics()
    with pytest.raises(httpx.ConnectError):
        await ask(unreachable, metrics)
    assert counted(metrics, "unreachable") == 1


async def test_what_nobody_waits_for_is_counted_as_cut_off() -> None:
    metrics, transport = Metrics(), Waiting()
    client = httpx.AsyncClient(transport=MeasuredTransport(transport, metrics))
    asking = asyncio.create_task(client.get("https://p.supabase.co/rest/v1/likes"))
    await transport.asked.wait()
    asking.cancel()
    await asyncio.wait([asking])
    await client.aclose()
    assert counted(metrics, "cut_off") == 1
    assert metrics.registry.get_sample_value("aura_upstream_seconds_count", {"target": "likes"}) == 1


class Waiting(httpx.AsyncBaseTransport):
    """Never answers."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.set()
        await asyncio.Event().wait()
        raise AssertionError("unreachable")


async def ask(answer: Answer, metrics: Metrics | None = None) -> Metrics:
    metrics = metrics or Metrics()
    async with httpx.AsyncClient(transport=MeasuredTransport(httpx.MockTransport(answer), metrics)) as client:
        await client.get("https://p.supabase.co/rest/v1/likes", params={"user_id": "eq.1"})
    return metrics


def counted(metrics: Metrics, outcome: str) -> float | None:
    return metrics.registry.get_sample_value("aura_upstream_calls_total", {"target": "likes", "outcome": outcome})
