"""Puts the API together: operations become routes, middlewares go around them in a fixed order.

From the outside in: the request's id, its observation, refusals (everything that is raised further in becomes an
answer here), the limit for each address, preflights of browsers, then the operation's own dispatcher. Headers for
browsers are signals: they are on every answer, whoever made it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from http_api.client_address import client_address
from http_api.context import ApiContext
from http_api.cors import Cors
from http_api.dispatch import Dispatcher
from http_api.docs import add_docs
from http_api.limits import count, quota_headers
from http_api.observe import observer
from http_api.operations import Operation
from http_api.problems import Problem
from http_api.refusals import problem_of
from http_api.rendering import problem_response
from http_api.request_ids import request_id, request_ids
from http_api.routes import all_operations
from http_api.security_headers import security_headers


def build_app(context: ApiContext, operations: Sequence[Operation] | None = None) -> web.Application:
    """The application, ready to be served.

    Args:
        operations: what it answers; everything the project has where not given.
    """
    chosen = all_operations() if operations is None else operations
    api = context.settings.api
    app = web.Application(client_max_size=api.max_body_bytes)
    templates = {path: operation.path for operation in chosen for path in (operation.path, *operation.aliases)}
    for operation in chosen:
        _add(app, operation, context)
    templates.update(add_docs(app, chosen, pages=api.docs))
    app.middlewares.extend(_middlewares(context, templates))
    Cors.of(api.allowed_origins).install(app)
    app.on_response_prepare.append(security_headers)
    return app


def _add(app: web.Application, operation: Operation, context: ApiContext) -> None:
    dispatcher = Dispatcher(operation, context)

    async def handle(request: web.Request) -> web.StreamResponse:
        return await dispatcher(request)

    for path in (operation.path, *operation.aliases):
        methods = (operation.method, hdrs.METH_HEAD) if operation.method == hdrs.METH_GET else (operation.method,)
        for method in methods:
            app.router.add_route(method, path, handle, expect_handler=_expect)


def _middlewares(context: ApiContext, templates: Mapping[str, str]) -> list[Middleware]:
    return [
        request_ids,
        observer(context.services.metrics, templates),
        refusals,
        _address_limit(context),
    ]


@web.middleware
async def refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answers whatever is raised further in, and adds what both kinds of answer say about limits."""
    try:
        response = await handler(request)
    except web.HTTPMethodNotAllowed as error:
        response = _not_allowed(request, error)
    except Exception as error:  # noqa: BLE001 - the last one who can answer; defects are logged with their trace
        response = problem_response(problem_of(error, datetime.now(UTC)), request_id(request))
    response.headers.update(quota_headers(request))
    return response


def _not_allowed(request: web.Request, error: web.HTTPMethodNotAllowed) -> web.StreamResponse:
    """OPTIONS tells what a path allows, every other method hears that it is none of those."""
    allowed = ", ".join(sorted({*error.allowed_methods, hdrs.METH_OPTIONS}))
    if request.method == hdrs.METH_OPTIONS:
        return web.Response(status=204, headers={hdrs.ALLOW: allowed})
    problem = Problem("method_not_allowed", f"This path allows {allowed}.", headers={str(hdrs.ALLOW): allowed})
    return problem_response(problem, request_id(request))


def _address_limit(context: ApiContext) -> Middleware:
    proxies = context.settings.api.trusted_proxies

    @web.middleware
    async def address_limit(request: web.Request, handler: Handler) -> web.StreamResponse:
        await count(request, context.limiter, "per_ip", client_address(request, proxies))
        return await handler(request)

    return address_limit


async def _expect(request: web.Request) -> web.StreamResponse | None:
    """100-continue is answered when the body is wanted (``http_api.reading``); nothing else can be expected."""
    if request.headers.get(hdrs.EXPECT, "").lower() == "100-continue":
        return None
    problem = Problem("expectation_failed", "Only Expect: 100-continue is understood.")
    return problem_response(problem, request_id(request))
