"""Plays a script of chaos: people, breakages and kills, each in their own time, until everything was tried."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from sandbox.errors import SandboxError
from sandbox.fault_client import FaultClient
from tests.support.outages.chaos import KILL, Breakage, Deed, Script
from tests.support.outages.patient import PatientPerson
from tests.support.outages.world import World

RETRY_SECONDS = 0.1
Begin: TypeAlias = Callable[[FaultClient, float], Awaitable[object]]
FAULTS: Mapping[str, Begin] = {
    "cut_sockets": lambda faults, _: faults.cut_sockets(),
    "refuse_connections": lambda faults, seconds: faults.refuse_connections(seconds),
    "half_open": lambda faults, seconds: faults.half_open(seconds),
    "swallow_changes": lambda faults, _: faults.swallow_changes(25),
    "delay_delivery": lambda faults, seconds: faults.delay_delivery(seconds),
    "resubscribed": lambda faults, _: faults.resubscribed(),
    "restart_realtime": lambda faults, seconds: faults.restart_realtime(seconds),
    "stop_postgres": lambda faults, seconds: faults.stop_postgres(seconds),
    "crash_postgres": lambda faults, seconds: faults.stop_postgres(seconds, crash=True),
    "rest_503": lambda faults, seconds: faults.break_path("/rest/v1", "503", seconds),
    "rest_hang": lambda faults, seconds: faults.break_path("/rest/v1", "hang", seconds),
    "rest_reset": lambda faults, seconds: faults.break_path("/rest/v1", "reset", seconds),
    "storage_503": lambda faults, seconds: faults.break_path("/storage/v1", "503", seconds),
    "storage_hang": lambda faults, seconds: faults.break_path("/storage/v1", "hang", seconds),
    "storage_reset": lambda faults, seconds: faults.break_path("/storage/v1", "reset", seconds),
    "expire_tokens": lambda faults, _: faults.expire_tokens(),
}


@dataclass
class Stage:
    """``done`` counts what happened; ``items`` holds everybody's living items."""

    world: World
    script: Script
    done: Counter[str] = field(default_factory=Counter)
    items: dict[str, list[str]] = field(default_factory=dict)

    async def play(self) -> None:
        """Play all of it, mend everything, and leave a running daemon."""
        began = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as acts:
            for number, person in enumerate(self.world.people):
                deeds = [deed for deed in self.script.deeds if deed.person == number]
                acts.create_task(self._live(person, deeds, began))
            for breakage in self.script.breakages:
                if breakage.what != KILL:
                    acts.create_task(self._break(breakage, began))
            acts.create_task(self._kill(began))
        await self.world.sandbox.faults.settled()
        await self.world.sandbox.faults.clear()

    async def _live(self, person: PatientPerson, deeds: list[Deed], began: float) -> None:
        self.items[person.id] = []
        for deed in deeds:
            await _until(began + deed.at)
            await self._do(person, deed)
            self.done[deed.what] += 1

    async def _do(self, person: PatientPerson, deed: Deed) -> None:
        items = self.items[person.id]
        match deed.what:
            case "like":
                await person.like(f"outfit {deed.which}")
            case "add" | "add_private":
                category = f"own {deed.which}" if deed.which % 4 == 0 else None
                items.append(await person.add(private=deed.what == "add_private", category=category))
            case "delete" if items:
                await person.delete(items.pop(deed.which % len(items)))
            case _ if items:
                await self._change(person, items[deed.which % len(items)], deed)

    async def _change(self, person: PatientPerson, item: str, deed: Deed) -> None:
        match deed.what:
            case "replace":
                await person.replace_photo(item, private=deed.which % 2 == 0)
            case "replace_twice":
                first, second = await person.upload(), await person.upload()
                await asyncio.gather(person.edit(item, image_url=first), person.edit(item, image_url=second))
            case "edit_category":
                await person.edit(item, category=f"own {deed.which}")
            case "clear_category":
                await person.edit(item, category=None)
            case "edit_tags":
                await person.edit(item, tags=["own", f"tag {deed.which}"])
            case "resign":
                await person.resign(item)

    async def _break(self, breakage: Breakage, began: float) -> None:
        await _until(began + breakage.at)
        self.done[breakage.what] += 1
        if breakage.what == "analyzer_down":
            self.world.break_analyzer(broken=True)
            await _until(began + breakage.at + breakage.seconds)
            self.world.break_analyzer(broken=False)
            return
        await self._insist(FAULTS[breakage.what], breakage.seconds)
        if breakage.what == "delay_delivery":
            await _until(began + breakage.at + breakage.seconds)
            await self._insist(FAULTS["delay_delivery"], 0)

    async def _insist(self, begin: Begin, seconds: float) -> None:
        """The sandbox's own port may be what is broken just now."""
        while True:
            try:
                await begin(self.world.sandbox.faults, seconds)
            except SandboxError:
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return

    async def _kill(self, began: float) -> None:
        for kill in sorted((each for each in self.script.breakages if each.what == KILL), key=lambda each: each.at):
            await _until(began + kill.at)
            await self.world.kill_daemon()
            self.done[KILL] += 1
            await _until(began + kill.at + kill.seconds)
            await self.world.start_daemon()


async def _until(moment: float) -> None:
    """Wait for a moment of the script; one that has passed is not waited for."""
    await asyncio.sleep(max(0.0, moment - asyncio.get_running_loop().time()))
