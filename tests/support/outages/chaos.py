"""A script of chaos from a seed: who does what and what breaks when. Pure; ``stage`` plays it.

The same seed gives the same script. What the machine's own timing makes of it differs from run to run, which is
why a failure prints the script and a second run of the same seed need not fail again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

# What people do, and how often in proportion.
DEEDS = {
    "add": 30,
    "add_private": 10,
    "replace": 15,
    "replace_twice": 10,
    "edit_category": 8,
    "clear_category": 6,
    "edit_tags": 6,
    "delete": 6,
    "resign": 5,
    "like": 4,
}
# What breaks; for those with a duration, at most so many seconds of it.
BREAKAGES: dict[str, float] = {
    "cut_sockets": 0,
    "refuse_connections": 4,
    "half_open": 5,
    "swallow_changes": 0,
    "delay_delivery": 5,
    "resubscribed": 0,
    "restart_realtime": 5,
    "stop_postgres": 6,
    "crash_postgres": 4,
    "rest_503": 5,
    "rest_hang": 5,
    "rest_reset": 5,
    "storage_503": 5,
    "storage_hang": 5,
    "storage_reset": 5,
    "expire_tokens": 0,
    "analyzer_down": 5,
}
KILL = "kill_daemon"
SECONDS_BETWEEN_DEEDS = 0.8  # of one person, on average
SECONDS_BETWEEN_BREAKAGES = (2.0, 6.0)
SECONDS_BETWEEN_KILLS = (10.0, 20.0)


@dataclass(frozen=True, slots=True)
class Deed:
    """At ``at`` seconds a person does something, to the item that ``which`` picks among theirs."""

    at: float
    person: int
    what: str
    which: int

    def __str__(self) -> str:
        return f"{self.at:6.2f} person {self.person}: {self.what} ({self.which})"


@dataclass(frozen=True, slots=True)
class Breakage:
    """At ``at`` seconds something breaks for ``seconds`` (for ``kill_daemon``: until it is started again)."""

    at: float
    what: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.at:6.2f} {self.what} {self.seconds:.2f} s"


@dataclass(frozen=True, slots=True)
class Script:
    """Everything that happens in ``seconds`` seconds."""

    seed: int
    seconds: float
    deeds: Sequence[Deed]
    breakages: Sequence[Breakage]

    def __str__(self) -> str:
        lines = sorted(map(str, [*self.deeds, *self.breakages]))  # they begin with their time
        return "\n".join([f"chaos of seed {self.seed} for {self.seconds:g} s:", *lines])


def write_script(seed: int, seconds: float, people: int) -> Script:
    """The script of a seed. Every kind of breakage comes once before any comes twice, in random order."""
    random = Random(seed)
    deeds = [deed for person in range(people) for deed in _deeds(random, person, seconds)]
    return Script(seed, seconds, deeds, [*_breakages(random, seconds), *_kills(random, seconds)])


def _deeds(random: Random, person: int, seconds: float) -> Iterator[Deed]:
    at = random.expovariate(1 / SECONDS_BETWEEN_DEEDS)
    while at < seconds:
        what = random.choices(list(DEEDS), weights=list(DEEDS.values()))[0]
        yield Deed(at, person, what, random.randrange(1000))
        at += random.expovariate(1 / SECONDS_BETWEEN_DEEDS)


def _breakages(random: Random, seconds: float) -> Iterator[Breakage]:
    at, bag, database_until = random.uniform(*SECONDS_BETWEEN_BREAKAGES), list[str](), 0.0
    while at < seconds:
        bag = bag or random.sample(list(BREAKAGES), len(BREAKAGES))
        what = bag.pop()
        longest = BREAKAGES[what]
        breakage = Breakage(at, what, random.uniform(1, longest) if longest else 0.0)
        if what.endswith("_postgres"):
            # One outage of the database at a time: a stopped server cannot crash.
            breakage = Breakage(max(at, database_until), what, breakage.seconds)
            database_until = breakage.at + breakage.seconds + 3
        yield breakage
        at += random.uniform(*SECONDS_BETWEEN_BREAKAGES)


def _kills(random: Random, seconds: float) -> Iterator[Breakage]:
    at = random.uniform(*SECONDS_BETWEEN_KILLS)
    while at < seconds:
        yield Breakage(at, KILL, random.uniform(0, 2))
        at += random.uniform(*SECONDS_BETWEEN_KILLS)
