"""A small world for outages: a project, a watched daemon, people with the app, and the judgement at the end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg.rows import class_row

from aura.migrations import migrate
from sandbox import Sandbox
from tests.support.daemon_process import DaemonProcess, daemon_environment
from tests.support.outages.journal import Journal
from tests.support.outages.patient import PatientPerson
from tests.support.outages.row_audit import ItemChange, install, item_changes, stored_answers, style_writes
from tests.support.outages.styled import styled_otherwise
from tests.support.outages.verdict import (
    applied_wrongly,
    paid_again,
    questions,
    styled_twice,
    unkept,
    worked_on_concurrently,
)
from tests.support.outages.watched_daemon import answer_about, down_file

# Every period of the daemon, shortened in proportion; no rule differs.
BRISK = {
    "AURA__REALTIME__CANARY_INTERVAL_SECONDS": "2",
    "AURA__REALTIME__CANARY_LATE_SECONDS": "2",
    "AURA__REALTIME__CANARY_DEAD_SECONDS": "5",
    "AURA__REALTIME__REBUILD_MIN_INTERVAL_SECONDS": "6",
    "AURA__REALTIME__JOIN_TIMEOUT_SECONDS": "8",
    "AURA__REALTIME__BACKOFF_MAX_SECONDS": "2",
    "AURA__RECONCILE__WHILE_DEAF_SECONDS": "1",
    "AURA__RECONCILE__MARKS_SECONDS": "2",
    "AURA__RECONCILE__FULL_SECONDS": "8",
    "AURA__RECONCILE__FULL_JITTER_SECONDS": "1",
    "AURA__RECONCILE__DEBOUNCE_SECONDS": "0.2",
    "AURA__WORKER__RETRY_MAX_SECONDS": "2",
    "AURA__SUPABASE__TIMEOUT_SECONDS": "3",
    "AURA__PHOTOS__TIMEOUT_SECONDS": "3",
    "AURA__ANALYSIS__LEASE_MARGIN_SECONDS": "4",
    "AURA__ANALYSIS__FAILURE_BACKOFF_SECONDS": "0.5",
    "AURA__ANALYSIS__FAILURE_BACKOFF_MAX_SECONDS": "4",
}
ENGINE = "AURA__QUEUE__ENGINE"
OUTSTANDING = """
select
  (select count(*) from clothing_items where user_id = any (%(people)s::uuid[]) and image_url is not null
     and (ai_tags -> 'source' ->> 'photo') is distinct from aura_photo_identity(image_url)) as items,
  (select count(*) from style_dirty where user_id = any (%(people)s::uuid[])) as marks,
  (select count(*) from unnest(%(people)s::uuid[]) person left join ai_profiles on user_id = person
     where fingerprint is distinct from aura_style_fingerprint(person)) as styles"""
FINAL = """
select 'NOW' as op, id::text as item, aura_photo_identity(image_url) as photo, category, color, pattern, tags, ai_tags
from clothing_items where user_id = any (%s::uuid[])"""


@dataclass
class World:
    """``people`` use the app of ``sandbox``; ``daemons`` work for them and write into one ``journal``."""

    sandbox: Sandbox
    folder: Path
    journal: Journal
    settings: Mapping[str, str]
    hold: float
    people: list[PatientPerson] = field(default_factory=list)
    daemons: list[DaemonProcess] = field(default_factory=list)

    @property
    def daemon(self) -> DaemonProcess:
        """The newest daemon."""
        return self.daemons[-1]

    async def start_daemon(self, roles: str = "consumer,worker") -> DaemonProcess:
        """Start a daemon beside those that run; returns at once."""
        folder = self.folder / f"daemon-{len(self.daemons)}"
        folder.mkdir()
        command = ("-m", "tests.support.outages.watched_daemon", str(self.journal.path), str(self.hold), roles)
        daemon = DaemonProcess(daemon_environment(self.sandbox, **self.settings), folder, command)
        self.daemons.append(daemon)
        await daemon.start()
        return daemon

    async def kill_daemon(self, daemon: DaemonProcess | None = None) -> None:
        """Kill -9 a daemon (the newest), which has not ended by itself."""
        victim = daemon or self.daemon
        victim.assert_running()
        await victim.kill()
        self.journal.killed(victim.pid)

    def break_analyzer(self, *, broken: bool) -> None:
        """Put the analyzer out of order, or in order again."""
        down = down_file(self.journal)
        down.touch() if broken else down.unlink(missing_ok=True)

    async def outstanding(self) -> str:
        """What the database still waits for, in words; empty when nothing."""
        try:
            async with await psycopg.AsyncConnection.connect(self.sandbox.db_url, connect_timeout=3) as db:
                row = await (await db.execute(OUTSTANDING, {"people": self._ids()})).fetchone()
        except psycopg.OperationalError as error:
            return f"the database is away: {error}"
        items, marks, styles = row or (0, 0, 0)
        return f"{items} items, {marks} marks, {styles} styles" if items or marks or styles else ""

    async def converged(self, seconds: float) -> float:
        """Wait until everything is done; after how many seconds it was."""
        began = time.monotonic()
        while left := await self.outstanding():
            self.daemon.assert_running()
            if time.monotonic() - began > seconds:
                raise AssertionError(f"not done after {seconds:.0f} s: {left}\n{self.daemon.tail()}")
            await asyncio.sleep(0.1)
        return time.monotonic() - began

    async def complaints(self) -> list[str]:
        """Everything that is not as promised; empty when all is well."""
        db_url, entries = self.sandbox.db_url, self.journal.entries()
        history = await item_changes(db_url, self._ids())
        return [
            *await self._wrongly_tagged(),
            *applied_wrongly(history),
            *styled_twice(await style_writes(db_url, self._ids())),
            *worked_on_concurrently(entries, shared=self.settings.get(ENGINE) == "procrastinate"),
            *paid_again(entries, await stored_answers(db_url)),
            *await styled_otherwise(self.sandbox, self._ids()),
        ]

    def asked_again(self) -> int:
        """How many questions to the analyzer were repetitions."""
        return sum(times - 1 for times in questions(self.journal.entries()).values())

    async def excused(self) -> int:
        """How many questions a kill may have cost: their answers had not been kept."""
        return len(unkept(self.journal.entries(), await stored_answers(self.sandbox.db_url)))

    async def items(self) -> list[ItemChange]:
        """Everybody's items as they are now."""
        async with await psycopg.AsyncConnection.connect(self.sandbox.db_url) as db:
            cursor = db.cursor(row_factory=class_row(ItemChange))
            return await (await cursor.execute(FINAL, [self._ids()])).fetchall()

    async def _wrongly_tagged(self) -> list[str]:
        return [f"{item.item}: {fault}" for item in await self.items() if (fault := self._fault_of(item))]

    def _fault_of(self, item: ItemChange) -> str:
        uploaded = {photo: content for person in self.people for photo, content in person.photos.items()}
        content = uploaded[item.photo or ""]
        ai_tags = item.ai_tags or {}
        if ai_tags.get("status") != "done" or item.tagged_photo != item.photo:
            return f"not tagged for its photo: {ai_tags}"
        if ai_tags["source"]["content_hash"] != content:
            return "tagged for another photo's content"
        told = {key: value for key, value in ai_tags.items() if key not in ("status", "source")}
        return "" if told == answer_about(content).tags.to_ai_tags() else f"tagged with another's tags: {told}"

    def _ids(self) -> list[str]:
        return [person.id for person in self.people]


async def prepare(sandbox: Sandbox) -> None:
    """Apply the migrations to a new sandbox, and begin to record."""
    await migrate(sandbox.db_url)
    await install(sandbox.db_url)


@asynccontextmanager
async def a_world(
    sandbox: Sandbox,
    folder: Path,
    *,
    people: int = 2,
    hold: float = 0.0,
    settings: Mapping[str, str] = BRISK,
    roles: Sequence[str] = ("consumer,worker",),
) -> AsyncIterator[World]:
    """A world with some people and a daemon (or one for each of ``roles``) that starts; whatever daemons were started
    are killed at the end."""
    async with AsyncExitStack() as stack:
        world = World(sandbox, folder, Journal(folder / "journal.jsonl"), settings, hold)
        stack.push_async_callback(_kill_all, world)
        for each in roles:
            await world.start_daemon(each)
        for _ in range(people):
            person = await PatientPerson.sign_up(sandbox)
            stack.push_async_callback(person.close)
            world.people.append(person)
        yield world


async def _kill_all(world: World) -> None:
    for daemon in world.daemons:
        await daemon.kill()
