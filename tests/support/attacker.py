"""What an attacker has on the open internet: a name server that says what they like, and a server that redirects."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

# Stands for the open internet: an address of this machine that tests let count as public.
OUTSIDE = "127.0.0.2"


class Names(AbstractResolver):
    """An attacker's name server: a name's answers in turn, the last one ever after. Other names as the system says."""

    def __init__(self, answers: Mapping[str, list[list[str]]]) -> None:
        self._answers = {name: list(turns) for name, turns in answers.items()}
        self._system = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        turns = self._answers.get(host)
        if turns is None:
            return await self._system.resolve(host, port, family)
        found = turns.pop(0) if len(turns) > 1 else turns[0]
        return [ResolveResult(hostname=host, host=a, port=port, family=_family(a), proto=0, flags=0) for a in found]

    async def close(self) -> None:
        await self._system.close()


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


@asynccontextmanager
async def attackers_server() -> AsyncIterator[int]:
    """A server outside; its port. ``/go`` redirects wherever ``to`` says; connections end after each answer."""
    app = web.Application()
    app.router.add_get("/go", _go)
    app.router.add_get("/{path:.*}", _page)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, OUTSIDE, 0).start()
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


async def _go(request: web.Request) -> web.Response:
    answer = web.Response(status=int(request.query.get("status", 302)), headers={"Location": request.query["to"]})
    answer.force_close()
    return answer


async def _page(request: web.Request) -> web.Response:
    answer = web.Response(body=b"<html>")
    answer.force_close()
    return answer
