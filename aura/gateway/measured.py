"""Counts and times the calls to the project's data API, where they leave: retries count as the calls they are.

A call is named by the table or function it asks; both are named in this program's own queries, so the metrics
have few labels. Queries, ids and tokens stay out.
"""

from __future__ import annotations

import time

import httpx

from aura.telemetry.metrics import Metrics

CUT_OFF = "cut_off"


def target_of(path: str) -> str:
    """The table or function (``rpc/name``) in ``/rest/v1/…``; ``other`` for anything else."""
    return path.partition("/rest/v1/")[2].strip("/") or "other"


def outcome_of(status: int) -> str:
    """``ok``, ``refused`` (our fault or the caller's) or ``unavailable`` (the project's)."""
    if status < 400:
        return "ok"
    return "unavailable" if status >= 500 or status == 429 else "refused"


class MeasuredTransport(httpx.AsyncBaseTransport):
    """Another transport, observed.

    Outcomes: those of ``outcome_of``, ``unreachable`` when there was no answer, ``cut_off`` when nobody waited for
    it any more (the deadline, a shutdown).
    """

    def __init__(self, inner: httpx.AsyncBaseTransport, metrics: Metrics) -> None:
        self._inner = inner
        self._metrics = metrics

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send it; measured until the head of the answer is there."""
        target, started, outcome = target_of(request.url.path), time.perf_counter(), CUT_OFF
        try:
            response = await self._inner.handle_async_request(request)
            outcome = outcome_of(response.status_code)
        except httpx.HTTPError:
            outcome = "unreachable"
            raise
        finally:
            self._metrics.upstream_calls.labels(target, outcome).inc()
            self._metrics.upstream_seconds.labels(target).observe(time.perf_counter() - started)
        return response

    async def aclose(self) -> None:
        """Close the other transport."""
        await self._inner.aclose()
