"""The HTTP side of `/auth/v1`: paths, bodies and answers as the official clients expect them."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import orjson
import psycopg
import psycopg_pool
from aiohttp import web

from sandbox.auth import errors
from sandbox.auth.errors import VERSION_HEADER, AuthError
from sandbox.auth.service import AuthService
from sandbox.gateway import bearer

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.Response]]
PREFIX = "/auth/v1"
PAGE_SIZE = 50
MAX_PAGE_SIZE = 1000


class AuthRoutes:
    """Auth's paths for one service."""

    def __init__(self, service: AuthService, key_set: dict[str, Any]) -> None:
        self._service = service
        self._key_set = key_set

    def add_to(self, app: web.Application) -> None:
        """Registers every path."""
        paths: list[tuple[str, str, Handler]] = [
            ("GET", "/.well-known/jwks.json", self._jwks),
            ("GET", "/health", self._health),
            ("POST", "/signup", self._sign_up),
            ("POST", "/token", self._token),
            ("GET", "/user", self._user),
            ("PUT", "/user", self._update_own),
            ("POST", "/logout", self._sign_out),
            ("GET", "/admin/users", self._list_users),
            ("POST", "/admin/users", self._create_user),
            ("GET", "/admin/users/{id}", self._get_user),
            ("PUT", "/admin/users/{id}", self._update_user),
            ("DELETE", "/admin/users/{id}", self._delete_user),
        ]
        for method, path, handler in paths:
            app.router.add_route(method, PREFIX + path, answering_refusals(handler))

    async def _jwks(self, request: web.Request) -> web.Response:
        return web.json_response(self._key_set, headers={"Cache-Control": "public, max-age=600"})

    async def _health(self, request: web.Request) -> web.Response:
        return web.json_response({"name": "GoTrue", "description": "The sandbox's own Auth", "version": "sandbox"})

    async def _sign_up(self, request: web.Request) -> web.Response:
        return web.json_response(await self._service.sign_up(await _body(request)))

    async def _token(self, request: web.Request) -> web.Response:
        grants = {"password": self._service.sign_in, "refresh_token": self._service.refresh}
        grant = grants.get(request.query.get("grant_type", ""))
        if grant is None:
            return web.json_response({"error": "unsupported_grant_type", "error_description": ""}, status=400)
        return web.json_response(await grant(await _body(request)))

    async def _user(self, request: web.Request) -> web.Response:
        return web.json_response(await self._service.user(bearer(request)))

    async def _update_own(self, request: web.Request) -> web.Response:
        return web.json_response(await self._service.update_own(bearer(request), await _body(request)))

    async def _sign_out(self, request: web.Request) -> web.Response:
        await self._service.sign_out(bearer(request), request.query.get("scope", "global"))
        return web.Response(status=204)

    async def _list_users(self, request: web.Request) -> web.Response:
        self._service.require_admin(bearer(request))
        page = _positive(request.query.get("page"), 1)
        size = min(_positive(request.query.get("per_page"), PAGE_SIZE), MAX_PAGE_SIZE)
        found, total = await self._service.list_users(page, size)
        answer = {"users": found, "aud": "authenticated"}
        return web.json_response(answer, headers={"X-Total-Count": str(total)})

    async def _create_user(self, request: web.Request) -> web.Response:
        self._service.require_admin(bearer(request))
        return web.json_response(await self._service.create_user(await _body(request)))

    async def _get_user(self, request: web.Request) -> web.Response:
        self._service.require_admin(bearer(request))
        return web.json_response(await self._service.get_user(_user_id(request)))

    async def _update_user(self, request: web.Request) -> web.Response:
        self._service.require_admin(bearer(request))
        return web.json_response(await self._service.update_user(_user_id(request), await _body(request)))

    async def _delete_user(self, request: web.Request) -> web.Response:
        self._service.require_admin(bearer(request))
        return web.json_response(await self._service.delete_user(_user_id(request)))


def answering_refusals(handler: Handler) -> Handler:
    """Turns refusals and a database that is away into Auth's own error answers."""

    async def guarded(request: web.Request) -> web.Response:
        version = request.headers.get(VERSION_HEADER)
        try:
            return await handler(request)
        except AuthError as refusal:
            return refusal.response(version)
        except (psycopg.OperationalError, psycopg_pool.PoolTimeout):
            return AuthError(500, "unexpected_failure", "Database error").response(version)

    return guarded


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        body = orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        raise errors.bad_json() from None
    if not isinstance(body, dict):
        raise errors.bad_json()
    return body


def _positive(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() and int(text) > 0 else default


def _user_id(request: web.Request) -> str:
    try:
        return str(uuid.UUID(request.match_info["id"]))
    except ValueError:
        raise errors.AuthError(404, "validation_failed", "user_id must be an UUID") from None
