"""The project that all contestants serve: a sandbox with people whose wardrobes are of equal size."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import psycopg

from aura.migrations import migrate
from benchmarks.report import progress
from demo.people import Person
from sandbox import Sandbox

CATEGORIES = ("T-Shirt", "Shirt", "Blouse", "Jeans", "Skirt", "Trousers", "Dress", "Sneakers", "Boots", "Coat", "Bag")
COLOURS = ("black", "white", "navy", "grey", "red", "green", "beige", "brown", "light blue", "pink")
# High enough to be out of the way: what a limit costs is measured, being refused is not.
LIMITS = {f"AURA__RATE_LIMITS__{kind}": "100000000/minute" for kind in ("PER_IP", "READ", "WRITE", "AI")}
_INSERT = """
  insert into clothing_items (user_id, name, category, color, last_worn_date)
  select %s, name, category, color, current_date - worn
  from unnest(%s::text[], %s::text[], %s::text[], %s::int[]) as t(name, category, color, worn)"""


@dataclass(frozen=True, slots=True)
class Project:
    """``tokens``: an access token of each person; ``items``: how many each of them owns."""

    sandbox: Sandbox
    tokens: tuple[str, ...]
    items: int

    @property
    def environment(self) -> Mapping[str, str]:
        """The settings of a server of this project."""
        return {
            **LIMITS,
            "AURA__ANALYSIS__ANALYZER": "palette",
            "AURA__API__HOST": "127.0.0.1",
            "AURA__LOG__LEVEL": "warning",
            "SUPABASE_URL": self.sandbox.url,
            "SUPABASE_PUBLISHABLE_KEY": self.sandbox.publishable_key,
            "SUPABASE_SECRET_KEY": self.sandbox.secret_key,
        }


@asynccontextmanager
async def project(*, people: int, items: int) -> AsyncIterator[Project]:
    """Until the block ends."""
    progress(f"a project with {people} people of {items} items each")
    async with Sandbox(profile="fast", token_seconds=24 * 3600) as sandbox:
        await migrate(sandbox.db_url)
        persons = [await Person.sign_up(f"person{n}", sandbox.url, sandbox.publishable_key) for n in range(people)]
        async with await psycopg.AsyncConnection.connect(sandbox.db_url, autocommit=True) as connection:
            for number, person in enumerate(persons):
                await connection.execute(_INSERT, (person.user_id, *_wardrobe(items, number)))
        tokens = [await _token(person) for person in persons]
        yield Project(sandbox, tuple(tokens), items)


def _wardrobe(items: int, seed: int) -> tuple[list[str], list[str], list[str], list[int]]:
    chance = random.Random(seed)
    categories = [chance.choice(CATEGORIES) for _ in range(items)]
    colours = [chance.choice(COLOURS) for _ in range(items)]
    return [f"piece {n}" for n in range(items)], categories, colours, [chance.randrange(400) for _ in range(items)]


async def _token(person: Person) -> str:
    session = await person.client.auth.get_session()
    if session is None:
        raise RuntimeError(f"{person.name} is not signed in")
    return session.access_token
