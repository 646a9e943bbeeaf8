"""The HTTP side of `/storage/v1`: paths, bodies and answers as the official clients expect them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias
from urllib.parse import quote

import orjson
import psycopg
import psycopg_pool
from aiohttp import web
from psycopg.rows import DictRow

from sandbox.gateway import AUTHORIZATION
from sandbox.storage import errors
from sandbox.storage.bodies import read_json, read_upload
from sandbox.storage.buckets import BucketService
from sandbox.storage.caller import Caller, identify
from sandbox.storage.errors import StorageError
from sandbox.storage.service import StorageService, StoredObject
from sandbox.tokens import TokenVerifier

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]
PREFIX = "/storage/v1"
MAX_SIGNED_SECONDS = 10 * 365 * 24 * 3600


class StorageRoutes:
    """Storage's paths for one project."""

    def __init__(self, objects: StorageService, buckets: BucketService, verifier: TokenVerifier) -> None:
        self._objects = objects
        self._buckets = buckets
        self._verifier = verifier

    def add_to(self, app: web.Application) -> None:
        """Registers every path; the first that fits answers, so fixed words come before `{bucket}`."""
        path = "{bucket}/{name:.+}"
        for method, pattern, handler in (
            ("GET", "/bucket", self._list_buckets),
            ("POST", "/bucket", self._create_bucket),
            ("GET", "/bucket/{bucket}", self._get_bucket),
            ("PUT", "/bucket/{bucket}", self._update_bucket),
            ("DELETE", "/bucket/{bucket}", self._delete_bucket),
            ("POST", "/bucket/{bucket}/empty", self._empty_bucket),
            ("POST", "/object/move", self._move),
            ("POST", "/object/copy", self._copy),
            ("POST", "/object/list/{bucket}", self._list),
            ("POST", "/object/sign/{bucket}", self._sign_many),
            ("POST", f"/object/sign/{path}", self._sign),
            ("GET", f"/object/sign/{path}", self._read_signed),
            ("GET", f"/object/public/{path}", self._read_public),
            ("GET", f"/object/authenticated/{path}", self._read),
            ("GET", f"/object/info/public/{path}", self._info_public),
            ("GET", f"/object/info/{path}", self._info),
            ("GET", f"/object/{path}", self._read),
            ("POST", f"/object/{path}", self._upload),
            ("PUT", f"/object/{path}", self._overwrite),
            ("DELETE", f"/object/{path}", self._delete_one),
            ("DELETE", "/object/{bucket}", self._delete_many),
        ):
            guarded = answering_refusals(handler)
            if method == "GET":
                app.router.add_get(PREFIX + pattern, guarded)  # HEAD too
            else:
                app.router.add_route(method, PREFIX + pattern, guarded)

    def _caller(self, request: web.Request) -> Caller:
        return identify(self._verifier, request.get(AUTHORIZATION))

    async def _list_buckets(self, request: web.Request) -> web.Response:
        return _json(await self._buckets.list_all(self._caller(request)))

    async def _create_bucket(self, request: web.Request) -> web.Response:
        name = await self._buckets.create(self._caller(request), await read_json(request))
        return _json({"name": name})

    async def _get_bucket(self, request: web.Request) -> web.Response:
        return _json(await self._buckets.get(self._caller(request), request.match_info["bucket"]))

    async def _update_bucket(self, request: web.Request) -> web.Response:
        await self._buckets.update(self._caller(request), request.match_info["bucket"], await read_json(request))
        return _json({"message": "Successfully updated"})

    async def _delete_bucket(self, request: web.Request) -> web.Response:
        await self._buckets.delete(self._caller(request), request.match_info["bucket"])
        return _json({"message": "Successfully deleted"})

    async def _empty_bucket(self, request: web.Request) -> web.Response:
        await self._buckets.empty(self._caller(request), request.match_info["bucket"])
        return _json({"message": "Successfully emptied"})

    async def _upload(self, request: web.Request) -> web.Response:
        return await self._store(request, upsert=request.headers.get("x-upsert", "false").lower() == "true")

    async def _overwrite(self, request: web.Request) -> web.Response:
        return await self._store(request, upsert=True)

    async def _store(self, request: web.Request, *, upsert: bool) -> web.Response:
        caller, (bucket, name) = self._caller(request), _target(request)
        upload = await read_upload(request)
        return _json(await self._objects.upload(caller, bucket, name, upload, upsert=upsert))

    async def _move(self, request: web.Request) -> web.Response:
        caller, body = self._caller(request), await read_json(request)
        await self._objects.move(caller, *_source_and_target(body))
        return _json({"message": "Successfully moved"})

    async def _copy(self, request: web.Request) -> web.Response:
        caller, body = self._caller(request), await read_json(request)
        return _json(await self._objects.copy(caller, *_source_and_target(body)))

    async def _delete_one(self, request: web.Request) -> web.Response:
        caller, (bucket, name) = self._caller(request), _target(request)
        if not await self._objects.delete(caller, bucket, [name]):
            raise errors.object_not_found()
        return _json({"message": "Successfully deleted"})

    async def _delete_many(self, request: web.Request) -> web.Response:
        caller, body = self._caller(request), await read_json(request)
        names = _names(body, "prefixes")
        return _json(await self._objects.delete(caller, request.match_info["bucket"], names))

    async def _read(self, request: web.Request) -> web.Response:
        return _file(request, await self._objects.read(self._caller(request), *_target(request)))

    async def _read_public(self, request: web.Request) -> web.Response:
        return _file(request, await self._objects.read_public(*_target(request)))

    async def _read_signed(self, request: web.Request) -> web.Response:
        token = request.query.get("token", "")
        return _file(request, await self._objects.read_signed(token, *_target(request)))

    async def _info(self, request: web.Request) -> web.Response:
        return _json(_described(await self._objects.read(self._caller(request), *_target(request))))

    async def _info_public(self, request: web.Request) -> web.Response:
        return _json(_described(await self._objects.read_public(*_target(request))))

    async def _list(self, request: web.Request) -> web.Response:
        caller, body = self._caller(request), await read_json(request)
        return _json(await self._objects.list(caller, request.match_info["bucket"], body))

    async def _sign(self, request: web.Request) -> web.Response:
        caller, body = self._caller(request), await read_json(request)
        return _json({"signedURL": await self._objects.sign(caller, *_target(request), _seconds(body))})

    async def _sign_many(self, request: web.Request) -> web.Response:
        caller, body = self._caller(request), await read_json(request)
        bucket, seconds = request.match_info["bucket"], _seconds(body)
        return _json([await self._sign_or_say(caller, bucket, name, seconds) for name in _names(body, "paths")])

    async def _sign_or_say(self, caller: Caller, bucket: str, name: str, seconds: int) -> dict[str, str | None]:
        try:
            url = await self._objects.sign(caller, bucket, name, seconds)
        except StorageError:
            return {
                "error": "Either the object does not exist or you do not have access to it",
                "path": name,
                "signedURL": None,
            }
        return {"error": None, "path": name, "signedURL": url}


def answering_refusals(handler: Handler) -> Handler:
    """Turns refusals and a database that is away into Storage's own error answers."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except StorageError as refusal:
            return refusal.response()
        except (psycopg.OperationalError, psycopg_pool.PoolTimeout):
            return errors.database_gone().response()

    return guarded


def _target(request: web.Request) -> tuple[str, str]:
    return request.match_info["bucket"], request.match_info["name"]


def _source_and_target(body: dict[str, Any]) -> tuple[tuple[str, str], tuple[str, str]]:
    try:
        bucket = str(body["bucketId"])
        target = str(body.get("destinationBucket") or bucket)
        return (bucket, str(body["sourceKey"])), (target, str(body["destinationKey"]))
    except KeyError as missing:
        raise errors.bad_body(f"body must have required property {missing}") from None


def _names(body: dict[str, Any], key: str) -> Sequence[str]:
    names = body.get(key)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise errors.bad_body(f"body must have required property '{key}'")
    return names


def _seconds(body: dict[str, Any]) -> int:
    text = str(body.get("expiresIn", ""))
    if not text.isdecimal() or not 1 <= int(text) <= MAX_SIGNED_SECONDS:
        raise errors.bad_body("body/expiresIn must be >= 1")
    return int(text)


def _file(request: web.Request, stored: StoredObject) -> web.Response:
    metadata = stored.row["metadata"]
    headers = {"ETag": metadata["eTag"], "Cache-Control": metadata["cacheControl"]}
    if request.headers.get("If-None-Match") == metadata["eTag"]:
        return web.Response(status=304, headers=headers)
    if "download" in request.query:
        name = request.query["download"] or stored.row["name"].rsplit("/", 1)[-1]
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return web.Response(body=stored.content, headers={**headers, "Content-Type": metadata["mimetype"]})


def _described(stored: StoredObject) -> dict[str, Any]:
    row, metadata = stored.row, stored.row["metadata"]
    return {
        "id": row["id"],
        "name": row["name"],
        "bucket_id": row["bucket_id"],
        "version": row["version"],
        "size": metadata["size"],
        "content_type": metadata["mimetype"],
        "cache_control": metadata["cacheControl"],
        "etag": metadata["eTag"],
        "metadata": row["user_metadata"] or {},
        "last_modified": row["updated_at"],
        "created_at": row["created_at"],
    }


def _json(body: dict[str, Any] | list[dict[str, Any]] | list[DictRow]) -> web.Response:
    return web.Response(body=orjson.dumps(body, option=orjson.OPT_UTC_Z), content_type="application/json")
