"""A process lives while its roles do, stops in order, and never outlives an essential part."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import dataclass, field
from typing import Any

import pytest
from structlog.testing import capture_logs

from aura.errors import ConfigurationError
from aura.roles import Role, RoleHealth, nothing_in_hand
from consumer.life import Life, RoleEnded, stopped_by_signals


@dataclass
class Part:
    """A role that writes down what happens to it."""

    name: str
    diary: list[str]
    ends_with: Exception | None = None
    finish_takes: asyncio.Event | None = None
    started: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        self.started.set()
        if self.ends_with is not None:
            raise self.ends_with
        try:
            await asyncio.Event().wait()
        finally:
            self.diary.append(f"{self.name} ended")

    async def finish(self) -> None:
        self.diary.append(f"{self.name} finishing")
        if self.finish_takes is not None:
            await self.finish_takes.wait()

    async def close(self) -> None:
        self.diary.append(f"{self.name} closing")

    def role(self, **more: Any) -> Role:
        return Role(self.name, self.run, self.finish, lambda: RoleHealth(True), **more)


async def test_stopping_goes_in_reverse_order_and_lets_each_finish() -> None:
    diary: list[str] = []
    stop = asyncio.Event()
    worker, consumer = Part("worker", diary), Part("consumer", diary)
    life = Life([worker.role(), consumer.role()], stop, grace_seconds=5)
    running = asyncio.create_task(life.run())
    await asyncio.gather(worker.started.wait(), consumer.started.wait())
    assert all(health.ready for health in life.health().values())
    stop.set()
    await running
    assert diary == ["consumer finishing", "consumer ended", "worker finishing", "worker ended"]


async def test_all_are_closed_before_the_first_is_finished() -> None:
    diary: list[str] = []
    stop = asyncio.Event()
    parts = [Part("api", diary), Part("worker", diary)]
    life = Life([part.role(close=part.close) for part in parts], stop, grace_seconds=5)
    running = asyncio.create_task(life.run())
    await asyncio.gather(*(part.started.wait() for part in parts))
    stop.set()
    assert not any(health.ready for health in life.health().values()), "readiness ends first of all"
    await running
    assert diary == ["worker closing", "api closing", "worker finishing", "worker ended", "api finishing", "api ended"]


async def test_a_role_may_have_a_grace_period_of_its_own() -> None:
    diary: list[str] = []
    stop = asyncio.Event()
    part = Part("api", diary, finish_takes=asyncio.Event())
    running = asyncio.create_task(Life([part.role(grace_seconds=0.01)], stop, grace_seconds=600).run())
    await part.started.wait()
    stop.set()
    await asyncio.wait_for(running, 5)
    assert diary == ["api finishing", "api ended"]


async def test_a_role_that_cannot_finish_keeps_no_other_from_it() -> None:
    diary: list[str] = []
    stop = asyncio.Event()
    worker, api = Part("worker", diary), Part("api", diary)

    async def fails() -> None:
        raise RuntimeError("a defect")

    broken = Role("api", api.run, fails, lambda: RoleHealth(True), close=fails)
    running = asyncio.create_task(Life([worker.role(), broken], stop, grace_seconds=5).run())
    await asyncio.gather(worker.started.wait(), api.started.wait())
    stop.set()
    with capture_logs() as logs:
        await running
    assert diary == ["api ended", "worker finishing", "worker ended"]
    assert [line["event"] for line in logs if line["log_level"] == "error"] == ["role_not_finished"] * 2


async def test_a_role_that_fails_while_it_is_stopped_is_told_of() -> None:
    stop, started = asyncio.Event(), asyncio.Event()

    async def run() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            raise RuntimeError("a defect")

    role = Role("worker", run, nothing_in_hand, lambda: RoleHealth(True))
    running = asyncio.create_task(Life([role], stop, grace_seconds=5).run())
    await started.wait()
    stop.set()
    with capture_logs() as logs:
        await running
    assert [(line["event"], line["role"]) for line in logs] == [("role_died", "worker"), ("role_stopped", "worker")]


async def test_what_a_person_must_mend_is_said_as_it_is() -> None:
    async def refuses() -> None:
        raise ConfigurationError("PORT 80 cannot be opened.")

    role = Role("api", refuses, nothing_in_hand, lambda: RoleHealth(True))
    with pytest.raises(ConfigurationError, match=r"^PORT 80 cannot be opened\.$"):
        await Life([role], asyncio.Event(), grace_seconds=1).run()


async def test_no_role_is_ready_while_stopping() -> None:
    stop = asyncio.Event()
    life = Life([Part("worker", []).role()], stop, grace_seconds=1)
    stop.set()
    assert life.health() == {"worker": RoleHealth(False, ("The process is stopping.",))}


@pytest.mark.parametrize("error", [RuntimeError("boom"), None])
async def test_a_role_that_ends_takes_the_process_with_it(error: Exception | None) -> None:
    diary: list[str] = []
    other = Part("worker", diary)

    async def returns() -> None:
        if error is not None:
            raise error

    ended = Role("consumer", returns, other.finish, lambda: RoleHealth(True))
    with pytest.raises(RoleEnded, match=r"The consumer role ended: (boom|it returned)"):
        await Life([other.role(), ended], asyncio.Event(), grace_seconds=1).run()
    assert diary[-1] == "worker ended"


async def test_the_grace_period_bounds_the_end() -> None:
    diary: list[str] = []
    stop = asyncio.Event()
    part = Part("worker", diary, finish_takes=asyncio.Event())
    running = asyncio.create_task(Life([part.role()], stop, grace_seconds=0.01).run())
    await part.started.wait()
    stop.set()
    await asyncio.wait_for(running, 5)
    assert diary == ["worker finishing", "worker ended"]


async def test_the_first_signal_stops_and_the_second_exits_at_once() -> None:
    codes: list[int] = []
    exited = asyncio.Event()

    def exit_now(code: int) -> None:
        codes.append(code)
        exited.set()

    async with stopped_by_signals(exit_now) as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(stop.wait(), 5)
        assert codes == []
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.wait_for(exited.wait(), 5)
    assert codes == [128 + signal.SIGINT]
