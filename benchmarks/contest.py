"""One contestant on a project of its own, to which things happen one after another."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from benchmarks.programs import Program
from benchmarks.settling import settled
from benchmarks.stage import Contestant, Stage, until
from sandbox.fault_client import FaultClient

PROBE_SECONDS = 10.0
_UPLOAD = """
  insert into clothing_items (user_id, name, image_url)
  select %s, 'new', url from unnest(%s::text[]) url"""


@dataclass(slots=True)
class Contest:
    """``program`` is the present process of the contestant; ``owner`` the person whose rows these are."""

    at: Stage
    contestant: Contestant
    owner: str = ""
    _running: AsyncExitStack = field(default_factory=AsyncExitStack)
    _program: Program | None = None

    @property
    def program(self) -> Program:
        """The running process."""
        if self._program is None:
            raise RuntimeError("the contestant was not started")
        return self._program

    @property
    def faults(self) -> FaultClient:
        """The faults of its project."""
        return self.at.sandbox.faults

    async def start(self) -> None:
        """Start its process; returns at once."""
        self._program = await self._running.enter_async_context(self.at.program(self.contestant))

    async def kill(self) -> None:
        """End it as a power cut would."""
        self.program.process.kill()
        await self.stop()

    async def stop(self) -> None:
        """End it."""
        await self._running.aclose()

    async def upload(self, count: int) -> None:
        """So many new rows, in one transaction, straight into the database."""
        if not self.owner:
            (self.owner,) = await self.at.people(1)
        await self.at.execute(_UPLOAD, self.owner, [self.at.photos.new_photo() for _ in range(count)])

    async def hears(self) -> bool:
        """Whether one more row is tagged soon."""
        await self.upload(1)
        return await settled(self.at.untagged, self.contestant, PROBE_SECONDS) is not None

    async def clean(self) -> None:
        """Take everything away and have it live again, by a new process if it does not hear any more."""
        await self.at.execute("delete from clothing_items")
        if not await self.hears():
            await self.stop()
            await self.start()
            await self.program.until_live()
        await self.at.execute("delete from clothing_items")
        await until(self._quiet, seconds=PROBE_SECONDS)

    async def _quiet(self) -> bool:
        return await self.at.marks() == 0
