"""The life of a daemon process: start, live, and die without losing or repeating anything.

What it promises: the ops port answers from the first second, so that a process that waits for an outage to
end can say so; an essential task that ends takes the process with it, because half a daemon looks alive and
does nothing; SIGTERM ends readiness first, then nothing new is taken in, hearing stops, and what is in hand
finishes within the grace period; the process exits 0. A second signal exits at once (what was in hand is
outstanding in the database and is found again).
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

import structlog

from aura.errors import AuraError, ConfigurationError
from aura.roles import Role, RoleHealth

log = structlog.get_logger(__name__)


class RoleEnded(AuraError):
    """An essential part of the process stopped by itself."""


class Life:
    """Runs roles until ``stop`` is set or one of them ends.

    They are started in the order of ``roles`` and stopped in reverse: what feeds others comes after them. Before the
    first is stopped, all are closed.
    """

    def __init__(self, roles: Sequence[Role], stop: asyncio.Event, grace_seconds: float) -> None:
        self._roles = roles
        self._stop = stop
        self._grace = grace_seconds
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def health(self) -> Mapping[str, RoleHealth]:
        """Each role's health; while stopping, no role is ready."""
        if self._stop.is_set():
            return {role.name: RoleHealth(False, ("The process is stopping.",)) for role in self._roles}
        return {role.name: role.health() for role in self._roles}

    async def run(self) -> None:
        """Live.

        Raises:
            RoleEnded: an essential role ended by itself; the process should exit with a non-zero code.
            ConfigurationError: it did so because of something that a person must mend.
        """
        for role in self._roles:
            self._tasks[role.name] = asyncio.create_task(_run(role), name=role.name)
        stopping = asyncio.create_task(self._stop.wait(), name="stop")
        try:
            await asyncio.wait([*self._tasks.values(), stopping], return_when=asyncio.FIRST_COMPLETED)
            ended = [name for name, task in self._tasks.items() if task.done()]
        finally:
            stopping.cancel()
            await self._wind_down()
        if ended and not self._stop.is_set():
            raise self._epitaph(ended[0])

    async def _wind_down(self) -> None:
        for role in reversed(self._roles):
            if not self._tasks[role.name].done():
                await self._within_grace(role, role.close)
        for role in reversed(self._roles):
            task = self._tasks[role.name]
            if not task.done():
                await self._within_grace(role, role.finish)
            task.cancel()
            await asyncio.wait([task])
            self._note_end(role.name, task)

    async def _within_grace(self, role: Role, step: Callable[[], Awaitable[None]]) -> None:
        try:
            async with asyncio.timeout(self._grace if role.grace_seconds is None else role.grace_seconds):
                await step()
        except TimeoutError:
            log.warning("role_given_up", role=role.name)
        except Exception:  # the others have work in hand too
            log.exception("role_not_finished", role=role.name)

    def _note_end(self, name: str, task: asyncio.Task[None]) -> None:
        """Also of a role that failed while it was being stopped: nobody else would hear of it."""
        error = _error_of(task)
        if error is not None and not isinstance(error, AuraError):
            log.error("role_died", role=name, exc_info=error)
        log.info("role_stopped", role=name, **({} if error is None else {"reason": str(error)}))

    def _epitaph(self, name: str) -> AuraError:
        error = _error_of(self._tasks[name])
        if isinstance(error, ConfigurationError):
            return error
        return RoleEnded(f"The {name} role ended: {error or 'it returned'}.")


async def _run(role: Role) -> None:
    await role.run()


def _error_of(task: asyncio.Task[None]) -> BaseException | None:
    """What an ended task ended of."""
    return None if task.cancelled() else task.exception()


@asynccontextmanager
async def stopped_by_signals(exit_now: Callable[[int], None] = os._exit) -> AsyncIterator[asyncio.Event]:
    """An event that SIGTERM and SIGINT set; a second signal exits the process at once with 128 + its number."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()

    def received(number: signal.Signals) -> None:
        if stop.is_set():
            exit_now(128 + number)
            return
        log.info("stopping", signal=number.name)
        stop.set()

    signals = (signal.SIGTERM, signal.SIGINT)
    for number in signals:
        loop.add_signal_handler(number, received, number)
    try:
        yield stop
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


async def until_stopped(stop: asyncio.Event, seconds: float) -> bool:
    """Wait, but no longer than until ``stop`` is set; whether it is."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
    return stop.is_set()
