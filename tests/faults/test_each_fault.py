"""Every way in which a project can fail, alone: uploads before, during and after it are all tagged, each once.

Meanwhile people like, unlike, edit and delete: in the end each one's style DNA is what their rows say, computed from
nothing. Nobody does anything about it: the fault ends, and the daemon is ready and done by itself. That the daemon met
the fault at all is read from what it counted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from sandbox.fault_client import FaultClient
from tests.support.outages.patient import PatientPerson
from tests.support.outages.world import World
from tests.support.waiting import wait_for

DONE_WITHIN = 120.0
UNTIL_MET = 90.0  # seconds: cleared as soon as the daemon and the people have met it


@dataclass(frozen=True)
class Count:
    """A metric that shows that the daemon met a fault, by any of the values of a label where some are given."""

    metric: str
    label: str = ""
    values: tuple[str, ...] = ()

    async def happened(self, world: World) -> bool:
        """Whether it was counted."""
        samples = await world.daemon.samples(self.metric)
        return any(value > 0 for labels, value in samples if not self.label or labels[self.label] in self.values)


def gap(*causes: str) -> Count:
    return Count("aura_gaps_total", "cause", causes)


Begin = Callable[[FaultClient], Awaitable[None]]
LISTING_FAILED = Count("aura_reconcile_failures_total")
NO_PHOTO = Count("aura_failures_total", "code", ("photo_unreachable",))
FAULTS: dict[str, tuple[Begin, Count]] = {
    "sockets cut": (lambda faults: faults.cut_sockets(), gap("socket_lost")),
    "connections refused": (lambda faults: faults.refuse_connections(4), gap("socket_lost")),
    "half-open sockets": (lambda faults: faults.half_open(5), gap("canary_late")),
    "changes swallowed": (
        lambda faults: faults.swallow_changes(30),
        gap("canary_late", "canary_skipped", "missed_found"),
    ),
    "changes delayed": (lambda faults: faults.delay_delivery(4), gap("canary_late")),
    "subscribed twice": (lambda faults: faults.resubscribed(), gap("resubscribed")),
    "Realtime restarted": (lambda faults: faults.restart_realtime(4), gap("socket_lost")),
    "PostgreSQL stopped": (lambda faults: faults.stop_postgres(UNTIL_MET), LISTING_FAILED),
    "PostgreSQL crashed": (lambda faults: faults.stop_postgres(UNTIL_MET, crash=True), LISTING_FAILED),
    "REST answers 503": (lambda faults: faults.break_path("/rest/v1", "503", UNTIL_MET), LISTING_FAILED),
    "REST hangs": (lambda faults: faults.break_path("/rest/v1", "hang", UNTIL_MET), LISTING_FAILED),
    "REST resets": (lambda faults: faults.break_path("/rest/v1", "reset", UNTIL_MET), LISTING_FAILED),
    "Storage answers 503": (lambda faults: faults.break_path("/storage/v1", "503", UNTIL_MET), NO_PHOTO),
    "Storage hangs": (lambda faults: faults.break_path("/storage/v1", "hang", UNTIL_MET), NO_PHOTO),
    "Storage resets": (lambda faults: faults.break_path("/storage/v1", "reset", UNTIL_MET), NO_PHOTO),
    "tokens expired": (
        lambda faults: faults.expire_tokens(),
        Count("aura_failures_total", "code", ("database_unavailable",)),
    ),
}
NOT_FOR_PEOPLE = {"changes delayed"}  # they notice nothing of it
LASTS_UNTIL_CLEARED = {
    *NOT_FOR_PEOPLE,
    *(name for name in FAULTS if name.startswith(("PostgreSQL", "REST", "Storage"))),
}


@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", FAULTS)
async def test_alone(world: World, name: str) -> None:
    begin, noticed = FAULTS[name]
    faults = world.sandbox.faults
    spare = await before(world.people)
    await begin(faults)
    meanwhile = asyncio.create_task(during(world.people, spare))
    await wait_for(lambda: noticed.happened(world), what=f"{noticed} of the daemon")
    if name in LASTS_UNTIL_CLEARED:
        if name not in NOT_FOR_PEOPLE:
            await wait_for(lambda: any(person.refusals for person in world.people), what="people who are refused")
        await faults.clear()
    await faults.settled()
    await meanwhile
    await asyncio.gather(*(person.add(private=True) for person in world.people))
    took = await world.converged(DONE_WITHIN)
    print(f"{name}: done {took:.2f} s after its end")
    await world.daemon.until_ready()
    assert await world.complaints() == []
    assert len(await world.items()) == 12
    assert not world.daemon.said("work_failed"), "an error that nobody foresaw"


@dataclass(frozen=True)
class Spare:
    """What somebody has from before: an item to change, one to give away, a photo in no row yet, and a like."""

    old_item: str
    unwanted: str
    photo: str
    like: str


async def before(people: list[PatientPerson]) -> dict[str, Spare]:
    """Everybody adds three items, likes something and goes on at once."""
    return {person.id: await _prepare(person) for person in people}


async def _prepare(person: PatientPerson) -> Spare:
    photo = await person.upload()
    unwanted, like = await person.add(category="mine"), await person.like("so romantic")
    await person.add(category="mine")
    return Spare(await person.add(), unwanted, photo, like)


async def during(people: list[PatientPerson], spare: dict[str, Spare]) -> None:
    """Everybody adds, replaces a photo, edits, deletes, likes and takes a like back."""
    await asyncio.gather(*(_go_on(person, spare[person.id]) for person in people))


async def _go_on(person: PatientPerson, spare: Spare) -> None:
    await person.add(photo=spare.photo)
    await person.replace_photo(spare.old_item)
    await asyncio.gather(
        person.add(private=True),
        person.add(),
        person.like("vintage linen"),
        person.unlike(spare.like),
        person.delete(spare.unwanted),
        person.edit(spare.old_item, is_favorite=True, brand="Ada", last_worn_date="2026-05-01"),
    )
