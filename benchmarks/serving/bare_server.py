"""The least that an aiohttp server can do: one handler that serialises one object. No caller, no limit, no database."""

from __future__ import annotations

import os

import orjson
from aiohttp import web

ANSWER = orjson.loads(os.environ["BARE_BODY"])


async def handle(_request: web.Request) -> web.Response:
    """The same object each time."""
    return web.Response(body=orjson.dumps(ANSWER), content_type="application/json")


if __name__ == "__main__":
    app = web.Application()
    app.router.add_get("/", handle)
    web.run_app(app, host="127.0.0.1", port=int(os.environ["PORT"]), print=None, access_log=None)
