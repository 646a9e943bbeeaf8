"""What the demonstration does, step by step, and what it measures on the way.

Two people sign up and upload their wardrobes; Realtime is cut off while they go on; one tries to get at the
other's things. Nothing here knows how it is shown: a ``Stage`` is told, and may be a live screen or silent.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from demo.daemon import Daemon, Samples, by_label, run_aura, running_daemon, total
from demo.people import Person, Tagged
from demo.report import Report
from sandbox import Sandbox
from sandbox.ports import free_port

OUTAGE_SECONDS = 8.0
CALM_SHARE = 0.7  # of the photos; the others are uploaded during the outage
TAGGED_WITHIN = 120.0  # many photos at once, each a second of a core that has other things to do
LOOK_EVERY = 0.25
PHOTO_EVERY = 0.3  # a person with a phone, in a hurry


class Stage(Protocol):
    """Who is told what happens."""

    def step(self, text: str) -> None:
        """A new step of the story began."""

    def show(self, wardrobes: Sequence[tuple[str, Sequence[Tagged]]], daemon: str) -> None:
        """The people's wardrobes and the daemon's state, as they are now."""


@dataclass(slots=True)
class Scene:
    """What one telling of the story needs."""

    sandbox: Sandbox
    daemon: Daemon
    people: tuple[Person, ...]
    stage: Stage
    report: Report = field(default_factory=Report)

    async def look(self) -> list[list[Tagged]]:
        """Look at every wardrobe and show it."""
        wardrobes = await asyncio.gather(*(person.wardrobe() for person in self.people))
        shown = [(person.name, items) for person, items in zip(self.people, wardrobes, strict=True)]
        self.stage.show(shown, await self.daemon.state())
        return wardrobes


async def tell(photos: Sequence[Sequence[Path]], names: Sequence[str], folder: Path, stage: Stage) -> Report:
    """Tell the whole story with one wardrobe of photos for each person, and report."""
    async with _scene(names, folder, stage) as scene, _watched(scene):
        calm, rest = zip(*(_split(wardrobe) for wardrobe in photos), strict=True)
        stage.step("Uploading photos; tags appear by themselves")
        await _upload(scene, calm)
        await _until_tagged(scene)
        await _outage(scene, rest)
        stage.step(f"Can {names[0]} get at {names[1]}'s wardrobe?")
        await _isolation(scene)
        _count(scene.report, await scene.look(), await scene.daemon.samples())
        return scene.report


@asynccontextmanager
async def _scene(names: Sequence[str], folder: Path, stage: Stage) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        stage.step("Starting PostgreSQL, PostgREST, Auth, Storage and Realtime")
        sandbox = await stack.enter_async_context(Sandbox())
        stage.step("Applying the migrations, starting the daemon")
        environment = _settings(sandbox)
        await run_aura("migrate", environment=environment, folder=folder)
        daemon = await stack.enter_async_context(running_daemon(environment, free_port(), folder))
        await daemon.wait_until_live()
        stage.step(f"{' and '.join(names)} sign up")
        joined = [await Person.sign_up(name, sandbox.url, sandbox.publishable_key) for name in names]
        for person in joined:
            stack.push_async_callback(person.sign_out)
        yield Scene(sandbox, daemon, tuple(joined), stage)


def _settings(sandbox: Sandbox) -> dict[str, str]:
    """Development chooses the analyzer: the local tagger, where it is installed."""
    return {
        "AURA_ENVIRONMENT": "development",
        "AURA__OPS__HOST": "127.0.0.1",
        "SUPABASE_URL": sandbox.url,
        "SUPABASE_PUBLISHABLE_KEY": sandbox.publishable_key,
        "SUPABASE_SECRET_KEY": sandbox.secret_key,
        "SUPABASE_JWT_SECRET": sandbox.jwt_secret,
        "SUPABASE_DB_URL": sandbox.db_url,
    }


def _split(wardrobe: Sequence[Path]) -> tuple[Sequence[Path], Sequence[Path]]:
    calm = max(1, min(len(wardrobe) - 1, round(CALM_SHARE * len(wardrobe))))
    return wardrobe[:calm], wardrobe[calm:]


async def _upload(scene: Scene, photos: Sequence[Sequence[Path]]) -> int:
    await asyncio.gather(*(_fill(*pair) for pair in zip(scene.people, photos, strict=True)))
    uploaded = sum(map(len, photos))
    scene.report.items_uploaded += uploaded
    return uploaded


async def _fill(person: Person, photos: Sequence[Path]) -> None:
    for photo in photos:
        await person.upload(photo)
        await asyncio.sleep(PHOTO_EVERY)


@asynccontextmanager
async def _watched(scene: Scene) -> AsyncIterator[None]:
    """Somebody looks at the wardrobes all the while."""

    async def watch() -> None:
        while True:
            await scene.look()
            await asyncio.sleep(LOOK_EVERY)

    watching = asyncio.create_task(watch())
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.wait([watching])
    if not watching.cancelled():
        watching.result()


async def _until_tagged(scene: Scene) -> bool:
    try:
        async with asyncio.timeout(TAGGED_WITHIN):
            while any(not item.is_tagged for items in await scene.look() for item in items):
                await asyncio.sleep(LOOK_EVERY)
    except TimeoutError:
        return False
    return True


async def _outage(scene: Scene, photos: Sequence[Sequence[Path]]) -> None:
    report, stage = scene.report, scene.stage
    before = {item.id for items in await scene.look() for item in items}
    report.latencies = [item.seconds for items in await scene.look() for item in items if item.is_tagged]
    stage.step(f"Realtime is down for {OUTAGE_SECONDS:.0f} s, the uploads go on")
    began = time.monotonic()
    await scene.sandbox.faults.restart_realtime(OUTAGE_SECONDS)
    report.uploaded_during = await _upload(scene, photos)
    await asyncio.sleep(max(0.0, began + OUTAGE_SECONDS - time.monotonic()))
    report.outage_seconds = time.monotonic() - began
    stage.step("Realtime is back: what was missed is found")
    back = time.monotonic()
    if await _until_tagged(scene):
        report.seconds_to_converge = time.monotonic() - back
    after = [item for items in await scene.look() for item in items if item.id not in before]
    report.tagged_after = sum(item.is_tagged for item in after)


async def _isolation(scene: Scene) -> None:
    for person in scene.people:
        for other in scene.people:
            if other is not person:
                scene.report.cross_user_rows_read += await person.rows_read_of(other)
                scene.report.cross_user_rows_written += await person.rows_written_of(other)


def _count(report: Report, wardrobes: Sequence[Sequence[Tagged]], samples: Samples) -> None:
    report.items_tagged = sum(item.is_tagged for items in wardrobes for item in items)
    report.duplicates_analyzed = max(0, total(samples, "aura_analyzer_calls_total") - report.items_uploaded)
    report.gaps = by_label(samples, "aura_gaps_total", "cause")
