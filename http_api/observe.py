"""What ops sees of requests: counts and times by route, and one line in the log for each.

Labels are route templates as they were declared, never addresses: their number is bounded, and no id, query or
token of anybody gets into metrics or access logs.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from aura.telemetry.metrics import Metrics

UNMATCHED = "unmatched"
METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
CLIENT_GONE = 499
log = structlog.get_logger("http_api.access")


def observer(metrics: Metrics, templates: Mapping[str, str]) -> Middleware:
    """The middleware that observes.

    Args:
        templates: for each path that is served, the one that it is counted under.
    """

    @web.middleware
    async def observe(request: web.Request, handler: Handler) -> web.StreamResponse:
        started, status = time.perf_counter(), CLIENT_GONE
        with metrics.api_in_flight.track_inprogress():
            try:
                response = await handler(request)
                status = response.status
            finally:
                route = await _route(request, templates)
                _tell(metrics, route, _method(request), status, time.perf_counter() - started)
        return response

    return observe


async def _route(request: web.Request, templates: Mapping[str, str]) -> str:
    """The template behind the path, also where it does not know the method (OPTIONS, preflights, 405)."""
    resource = request.match_info.route.resource
    if isinstance(request.match_info.http_exception, web.HTTPMethodNotAllowed):
        resource = await _resource_at(request)
    return UNMATCHED if resource is None else templates.get(resource.canonical, UNMATCHED)


async def _resource_at(request: web.Request) -> web.AbstractResource | None:
    for resource in request.app.router.resources():
        _, methods = await resource.resolve(request)
        if methods:
            return resource
    return None


def _method(request: web.Request) -> str:
    return request.method if request.method in METHODS else "other"


def _tell(metrics: Metrics, route: str, method: str, status: int, seconds: float) -> None:
    metrics.api_requests.labels(route, method, status).inc()
    metrics.api_seconds.labels(route, method).observe(seconds)
    log.info("request", route=route, method=method, status=status, ms=round(seconds * 1000, 1))
