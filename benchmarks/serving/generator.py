"""Closed-loop load: each connection sends its next request when it has the answer to the last.

A process of its own, told what to do on stdin, so that making requests takes no time from the process that answers.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Mapping
from typing import Any

import aiohttp

Case = Mapping[str, Any]


async def _generate(url: str, seconds: float, case: Case) -> dict[str, Any]:
    latencies: list[float] = []
    refused = 0
    end = time.perf_counter() + seconds

    async def connection(token: str, session: aiohttp.ClientSession) -> None:
        nonlocal refused
        while (began := time.perf_counter()) < end:
            refused += await _request(session, url, case, token) != 200
            latencies.append(time.perf_counter() - began)

    connector = aiohttp.TCPConnector(limit=len(case["tokens"]))
    async with aiohttp.ClientSession(connector=connector) as session:
        await asyncio.gather(*(connection(token, session) for token in case["tokens"]))
    return {"latencies": latencies, "refused": refused}


async def _request(session: aiohttp.ClientSession, url: str, case: Case, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    method = "GET" if case["body"] is None else "POST"
    async with session.request(method, f"{url}{case['path']}", data=case["body"], headers=headers) as answer:
        await answer.read()
        return answer.status


def _told(text: str) -> tuple[str, float, Case]:
    told: Mapping[str, Any] = json.loads(text)
    return told["url"], told["seconds"], told["case"]


if __name__ == "__main__":
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {1})
    sys.stdout.write(json.dumps(asyncio.run(_generate(*_told(sys.stdin.read())))))
