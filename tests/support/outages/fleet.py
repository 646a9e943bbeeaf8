"""Many processes on one project, as a seed says which of them end when: by kill -9, or by SIGTERM as at a deploy.

Pure script first, then who plays it. All of a role's processes may be down at once; what ended starts again soon.
"""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random

import httpx

from tests.support.daemon_process import DaemonProcess
from tests.support.outages.patient import PatientPerson
from tests.support.outages.stage import Stage
from tests.support.outages.world import World

ROLES = ("worker", "worker", "worker", "consumer", "consumer", "api", "api")
ANALYZE, HINT = "/api/v1/ai/analyze-clothing-item", "/webhooks/supabase"
SECRET = "a-webhook-secret-of-some-length"
SETTINGS = {
    "AURA__QUEUE__ENGINE": "procrastinate",
    "AURA__REALTIME__LEASE_SECONDS": "5",
    "AURA__WEBHOOK__SECRET": SECRET,
    "AURA__RATE_LIMITS__AI": "100000/minute",
    "AURA__RATE_LIMITS__PER_IP": "100000/minute",
}
KILLED, STOPPED = "killed", "stopped"
DEPLOYS = 0.25  # of the ends
SECONDS_BETWEEN_ENDS = (3.0, 8.0)
SECONDS_BETWEEN_REQUESTS = 1.0
# Besides 200: still under way, gone meanwhile, somebody else is at it, the photo or the project is away, shutting down.
EXPECTED = frozenset({200, 202, 404, 409, 422, 429, 503, 504})


@dataclass(frozen=True, slots=True)
class End:
    """At ``at`` seconds the process of that place in ``ROLES`` ends, to be started again after ``seconds``."""

    at: float
    place: int
    how: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.at:6.2f} {ROLES[self.place]} {self.place} {self.how} for {self.seconds:.2f} s"


def write_ends(seed: int, seconds: float) -> list[End]:
    """The ends of a seed; every process ends once before any ends twice, in random order."""
    return list(_ends(Random(seed), seconds))


def _ends(random: Random, seconds: float) -> Iterator[End]:
    at, bag = random.uniform(*SECONDS_BETWEEN_ENDS), list[int]()
    while at < seconds:
        bag = bag or random.sample(range(len(ROLES)), len(ROLES))
        how = STOPPED if random.random() < DEPLOYS else KILLED
        yield End(at, bag.pop(), how, random.uniform(0, 3))
        at += random.uniform(*SECONDS_BETWEEN_ENDS)


@dataclass
class Fleet:
    """The processes of ``world``, one for each of ``ROLES``. ``refused`` counts what requests were answered besides
    200; ``cut_off`` those that a dying API did not answer; ``exits`` the codes after SIGTERM."""

    world: World
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[int] = field(default_factory=Counter)
    answered: int = 0
    cut_off: int = 0
    exits: list[int] = field(default_factory=list)
    processes: list[DaemonProcess] = field(init=False)

    def __post_init__(self) -> None:
        self.processes = list(self.world.daemons)

    def of(self, role: str) -> list[DaemonProcess]:
        """The present processes of a role."""
        return [process for name, process in zip(ROLES, self.processes, strict=True) if name == role]

    async def until_ready(self) -> None:
        """Wait until all of them are."""
        await asyncio.gather(*(process.until_ready() for process in self.processes))

    async def leaders(self) -> list[int]:
        """The places of the consumers that hear."""
        told = [await process.readiness() for process in self.of("consumer")]
        return [place for place, each in enumerate(told) if each["roles"]["consumer"].get("leader")]

    async def play(self, ends: Sequence[End], stage: Stage) -> None:
        """End processes and ask the APIs while ``stage`` plays; all run again afterwards."""
        playing = asyncio.create_task(stage.play())
        async with asyncio.TaskGroup() as acts:
            for place in range(len(ROLES)):
                acts.create_task(
                    self._end([end for end in ends if end.place == place], asyncio.get_running_loop().time())
                )
            for number, person in enumerate(self.world.people):
                acts.create_task(self._ask(person, stage, Random(number), playing))
            await playing

    async def _end(self, ends: Sequence[End], began: float) -> None:
        loop = asyncio.get_running_loop()
        for end in ends:
            await asyncio.sleep(max(0.0, began + end.at - loop.time()))
            await self._end_one(end)
            await asyncio.sleep(end.seconds)
            self.processes[end.place] = await self.world.start_daemon(ROLES[end.place])

    async def _end_one(self, end: End) -> None:
        process = self.processes[end.place]
        if end.how == STOPPED:
            process.assert_running()
            young = not process.said("started")  # it does not listen to signals yet
            code = await process.stop()
            self.exits += [] if young and code == -signal.SIGTERM else [code]
        else:
            await self.world.kill_daemon(process)
        self.done[f"{ROLES[end.place]} {end.how}"] += 1

    async def _ask(self, person: PatientPerson, stage: Stage, random: Random, playing: asyncio.Task[None]) -> None:
        """Somebody who has photos analysed by whichever API, and a webhook that tells it of them, until it is over."""
        async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
            while not playing.done():
                await asyncio.wait([playing], timeout=random.expovariate(1 / SECONDS_BETWEEN_REQUESTS))
                items = stage.items.get(person.id)
                if items and (url := self._api(random)):
                    await self._request(client, url, person, random.choice(items))

    def _api(self, random: Random) -> str:
        """The address of an API that has said where it listens, as a load balancer would know it."""
        opened = [said[0]["port"] for each in self.of("api") if each.running and (said := each.said("api_listening"))]
        return f"http://127.0.0.1:{random.choice(opened)}" if opened else ""

    async def _request(self, client: httpx.AsyncClient, url: str, person: PatientPerson, item: str) -> None:
        change = {"type": "INSERT", "table": "clothing_items", "schema": "public", "old_record": None}
        record = {"id": item, "user_id": person.id, "image_url": "https://elsewhere.example/a.jpg"}
        try:
            token = await person.person.token()
            asked = await client.post(
                url + ANALYZE, json={"clothing_item_id": item}, headers={"Authorization": f"Bearer {token}"}
            )
            told = await client.post(url + HINT, json=change | {"record": record}, headers={"x-webhook-secret": SECRET})
        except httpx.TransportError:
            self.cut_off += 1
            return
        for answer in (asked, told):
            self.answered += answer.is_success
            if answer.status_code != 200:
                self.refused[answer.status_code] += 1
