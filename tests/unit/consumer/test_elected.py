"""Several processes and one lease, in virtual time: one hears, the others stand by, whatever fails and ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar

import pytest

from aura.errors import AuraError, ConfigurationError
from aura.gateway.leadership import Grant
from aura.telemetry.metrics import Metrics
from consumer.elected import ElectedConsumer
from consumer.health import ConsumerHealth
from consumer.leadership import Terms
from consumer.wake import WakeHints
from tests.unit.consumer.fakes import database_away
from tests.unit.consumer.virtual_time import run_virtually

T = TypeVar("T")
LEASE = 10.0
CLOSING = 1.5


def now() -> float:
    return asyncio.get_running_loop().time()


@dataclass
class Project:
    """The lease as the migration keeps it, and who hears."""

    holder: str | None = None
    expires_at: float = 0.0
    hearing: list[str] = field(default_factory=list)
    heard: list[tuple[str, float, float]] = field(default_factory=list)
    woken: int = 0

    def began(self, name: str) -> None:
        assert not self.hearing, f"{name} hears beside {self.hearing}"
        self.hearing.append(name)


@dataclass
class Link:
    """One process's way to the database. ``trouble``: what it answers instead; ``hangs``: not at all."""

    project: Project
    trouble: AuraError | None = None
    hangs: bool = False
    delay: Callable[[], float] = lambda: 0.01
    asked: int = 0

    async def take_leadership(self, _task: str, holder: str, seconds: float) -> Grant:
        self.asked += 1
        await self._way()
        project = self.project
        if project.holder not in (None, holder) and project.expires_at > now():
            return Grant(False, project.holder, project.expires_at - now())
        project.holder, project.expires_at = holder, now() + seconds
        await self._way()
        return Grant(True, holder, seconds)

    async def release_leadership(self, _task: str, holder: str) -> bool:
        await self._way()
        mine = self.project.holder == holder
        if mine:
            self.project.holder = None
        return mine

    async def wake(self) -> bool:
        self.project.woken += 1
        return True

    async def _way(self) -> None:
        await asyncio.sleep(1e6 if self.hangs else self.delay())
        if self.trouble is not None:
            raise self.trouble


@dataclass
class FakeHearing:
    """Takes its time to close its socket."""

    name: str
    project: Project
    ends: asyncio.Event = field(default_factory=asyncio.Event)
    closing: bool = False
    offered: list[Mapping[str, Any]] = field(default_factory=list)

    async def run(self) -> None:
        self.project.began(self.name)
        began = now()
        try:
            await self.ends.wait()
            raise ConfigurationError("something that a person must mend")
        finally:
            self.closing = True
            await asyncio.sleep(CLOSING)
            self.project.hearing.remove(self.name)
            self.project.heard.append((self.name, began, now()))

    async def offer(self, change: Mapping[str, Any]) -> None:
        self.offered.append(change)

    def health(self) -> ConsumerHealth:
        return ConsumerHealth(True, (), {"state": "live"})


class Process:
    """One process with its role; ``killed`` ends it without a word to the database."""

    def __init__(self, name: str, project: Project) -> None:
        self.link, self.metrics = Link(project), Metrics()
        self.hearings: list[FakeHearing] = []
        self._name, self._project = name, project
        self.role = ElectedConsumer(
            self.link,
            self._hearing,
            WakeHints(self.link, Random(0)),
            self.metrics,
            holder=name,
            terms=Terms.of(LEASE),
            clock=now,
        )
        self.task = asyncio.create_task(self.role.run(), name=name)

    def _hearing(self) -> FakeHearing:
        self.hearings.append(FakeHearing(self._name, self._project))
        return self.hearings[-1]

    async def end(self) -> None:
        """SIGTERM."""
        self.task.cancel()
        await asyncio.wait([self.task])

    async def kill(self) -> None:
        self.link.hangs = True
        await self.end()

    def shown(self, gauge: str) -> float | None:
        return self.metrics.registry.get_sample_value(gauge)


@asynccontextmanager
async def processes(project: Project, *names: str) -> AsyncIterator[list[Process]]:
    started = [Process(name, project) for name in names]
    try:
        yield started
    finally:
        for each in started:
            await each.end()


def virtually(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    return run_virtually(main())


async def until_one_hears(project: Project, seconds: float) -> float:
    """After how long somebody heard."""
    began = now()
    while not project.hearing:
        assert now() - began < seconds, f"nobody hears after {seconds} s"
        await asyncio.sleep(0.05)
    return now() - began


def test_one_hears_and_the_other_stands_by_ready() -> None:
    async def main() -> None:
        project = Project()
        async with processes(project, "a", "b") as (a, b):
            await asyncio.sleep(600)
            assert project.hearing == ["a"]
            assert len(a.hearings) == 1, "one tenure for as long as nothing happens"
            assert a.role.health().details == {"state": "live", "leader": True}
            assert b.role.health().ready
            assert b.role.health().details == {"state": "standby", "leader": False, "led_by": "a"}
            assert (a.shown("aura_consumer_leader"), b.shown("aura_consumer_leader")) == (1, 0)
            assert 190 <= a.link.asked <= 210
            assert b.link.asked <= 650

    virtually(main)


def test_an_end_that_is_told_hands_over_within_a_second() -> None:
    async def main() -> float:
        project = Project()
        async with processes(project, "a", "b") as (a, _b):
            await asyncio.sleep(60)
            await a.end()
            took = await until_one_hears(project, 2)
            assert project.hearing == ["b"]
            assert a.shown("aura_consumer_leader") == 0
            return took

    assert virtually(main) <= 1.1


def test_an_end_in_the_middle_of_giving_way_waits_for_the_socket_to_be_closed() -> None:
    async def main() -> None:
        project = Project()
        async with processes(project, "a") as (a,):
            await asyncio.sleep(60)
            a.link.trouble = database_away()
            while a.shown("aura_consumer_leader") and not a.hearings[0].closing:
                await asyncio.sleep(0.1)
            await a.end()
            assert project.hearing == []
            assert a.shown("aura_consumer_leader") == 0

    virtually(main)


def test_an_end_in_the_middle_of_a_question_frees_the_lease_it_may_have_got() -> None:
    async def main() -> None:
        project = Project()
        async with processes(project, "a") as (a,):
            await asyncio.sleep(0.015)
            assert project.holder == "a", "granted, and the answer is on its way"
            await a.end()
            assert project.holder is None

    virtually(main)


def test_a_kill_hands_over_when_the_lease_is_over() -> None:
    async def main() -> None:
        project = Project()
        async with processes(project, "a", "b") as (a, _b):
            await asyncio.sleep(60)
            killed_at = now()
            await a.kill()
            await until_one_hears(project, LEASE + 1)
            assert now() - killed_at <= LEASE + 1
            assert project.hearing == ["b"]

    virtually(main)


@pytest.mark.parametrize("hangs", [True, False])
def test_a_database_that_is_away_leaves_nobody_hearing_and_one_afterwards(hangs: bool) -> None:
    async def main() -> None:
        project = Project()
        async with processes(project, "a", "b") as (a, b):
            await asyncio.sleep(60)
            for each in (a, b):
                each.link.trouble, each.link.hangs = database_away(), hangs
            last_renewal = project.expires_at - LEASE
            await asyncio.sleep(LEASE + 0.1)
            assert project.hearing == []
            assert project.heard[-1][2] <= last_renewal + LEASE, "silent before the lease is anybody's"
            await asyncio.sleep(60)
            assert not a.role.health().ready
            assert "lease" in a.role.health().reasons[0]
            for each in (a, b):
                each.link.trouble, each.link.hangs = None, False
            assert await until_one_hears(project, 5) <= 3.1
            await asyncio.sleep(30)
            assert len(project.hearing) == 1
            assert a.role.health().ready
            assert b.role.health().ready

    virtually(main)


def test_a_short_trouble_changes_nothing() -> None:
    async def main() -> None:
        project = Project()
        async with processes(project, "a", "b") as (a, _b):
            await asyncio.sleep(60)
            for _ in range(20):
                a.link.hangs = True
                await asyncio.sleep(3.5)
                a.link.hangs = False
                await asyncio.sleep(3.5)
            assert len(a.hearings) == 1

    virtually(main)


def test_who_lost_touch_while_the_other_did_not_gives_way() -> None:
    async def main() -> None:
        project = Project()
        async with processes(project, "a", "b") as (a, _b):
            await asyncio.sleep(60)
            a.link.trouble = database_away()
            await asyncio.sleep(LEASE + 1)
            assert project.hearing == ["b"]
            a.link.trouble = None
            await asyncio.sleep(60)
            assert project.hearing == ["b"], "who has it keeps it"

    virtually(main)


def test_hints_go_to_who_hears_here_and_through_the_database_otherwise() -> None:
    async def main() -> None:
        project = Project()
        async with processes(project, "a", "b") as (a, b):
            await asyncio.sleep(5)
            await a.role.offer({"table": "likes"})
            await b.role.offer({"table": "likes"})
            await asyncio.sleep(1)
            assert a.hearings[0].offered == [{"table": "likes"}]
            assert project.woken == 1

    virtually(main)


def test_what_ends_the_hearing_ends_the_role_and_frees_the_lease() -> None:
    async def main() -> None:
        project = Project()
        async with processes(project, "a", "b") as (a, _b):
            await asyncio.sleep(5)
            a.hearings[0].ends.set()
            await asyncio.wait([a.task])
            assert isinstance(a.task.exception(), ConfigurationError)
            await until_one_hears(project, 2)
            assert project.hearing == ["b"]

    virtually(main)


def test_what_a_tenure_showed_is_not_shown_after_it() -> None:
    async def main() -> None:
        project = Project()
        async with processes(project, "a", "b") as (a, _b):
            await asyncio.sleep(5)
            a.metrics.live.set(1)
            a.metrics.oldest_outstanding.labels("analyze_item").set(900)
            a.link.trouble = database_away()
            await asyncio.sleep(LEASE)
            assert a.shown("aura_subscription_live") == 0
            value = a.metrics.registry.get_sample_value
            assert value("aura_oldest_outstanding_seconds", {"kind": "analyze_item"}) is None

    virtually(main)


@pytest.mark.parametrize("seed", range(8))
def test_never_two_and_in_the_end_one_under_troubles_at_random(seed: int) -> None:
    """``Project.began`` objects to two. Slow answers, lost ones, outages of one or all, ends and kills."""

    async def main() -> None:
        random, project = Random(seed), Project()
        async with processes(project, "a", "b", "c") as started:
            for number in range(120):
                victim = random.randrange(3)
                link = started[victim].link
                link.delay = lambda: random.uniform(0.01, 3.0)
                link.trouble = random.choice([None, None, database_away()])
                link.hangs = random.random() < 0.2
                if random.random() < 0.1:
                    await (started[victim].end() if random.random() < 0.5 else started[victim].kill())
                    started[victim] = Process(f"{number}", project)
                await asyncio.sleep(random.uniform(0.1, 12))
            for each in started:
                each.link.trouble, each.link.hangs, each.link.delay = None, False, lambda: 0.01
            await until_one_hears(project, LEASE + 4)
            await asyncio.sleep(60)
            assert len(project.hearing) == 1

    virtually(main)
