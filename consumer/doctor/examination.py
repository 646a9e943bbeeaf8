"""Runs the checks in their order, and skips what builds on something that is not in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime

import aiohttp
import psycopg

from aura.errors import AuraError
from aura.migrations.session import reason
from aura.settings import Settings
from consumer.doctor.context import Context
from consumer.doctor.findings import Finding, Result, failure, skipped

SECONDS = 90.0  # the longest is Realtime's: a join, and two canaries


@dataclass(frozen=True, slots=True)
class Check:
    """One check.

    ``needs``: checks that must have been made and passed; ``after``: checks that must not have failed.
    """

    name: str
    look: Callable[[Context], Awaitable[list[Finding]]]
    needs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


async def examine(
    settings: Settings,
    checks: Sequence[Check],
    clock: Callable[[], datetime],
    *,
    processes: int = 1,
    with_ai: bool = False,
    begin: Callable[[str], None] | None = None,
) -> AsyncIterator[Result]:
    """The result of each check as it comes; ``begin`` is told the name of each that starts."""
    timeout = aiohttp.ClientTimeout(total=settings.supabase.timeout_seconds)
    results: dict[str, Result] = {}
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession(timeout=timeout))
        context = Context(settings, http, stack, clock, processes, with_ai)
        for check in checks:
            if begin is not None:
                begin(check.name)
            obstacle = _obstacle(check, results)
            found = [obstacle] if obstacle else await _look(check, context)
            yield results.setdefault(check.name, Result(check.name, tuple(found)))


def _obstacle(check: Check, results: Mapping[str, Result]) -> Finding | None:
    for name in (*check.needs, *check.after):
        if results[name].failed:
            return skipped(f"Not looked at: first mend {name}.")
    for name in check.needs:
        if results[name].skipped:
            return skipped(results[name].findings[0].text.partition(":")[0] + ".")
    return None


async def _look(check: Check, context: Context) -> list[Finding]:
    try:
        async with asyncio.timeout(SECONDS):
            return await check.look(context)
    except AuraError as error:
        return [failure(str(error))]
    except psycopg.Error as error:
        return [failure(f"The database refuses: {reason(error)}.")]
    except aiohttp.ClientError as error:
        return [failure(f"The project does not answer ({type(error).__name__}).", "Try again in a minute.")]
    except TimeoutError:
        return [failure("There was no answer in time.", "Try again in a minute.")]
