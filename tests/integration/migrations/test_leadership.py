"""The lease of the one consumer: one holder at a time, by the database's clock, free when it is over or given up."""

from __future__ import annotations

import asyncio
from collections import Counter

import psycopg

from tests.support.databases import Database

TAKE = "select leads, held_by, free_in from aura_take_leadership('consumer', %s, %s)"
RELEASE = "select aura_release_leadership('consumer', %s)"
LATER = "update aura_leadership set expires_at = expires_at - interval '11 s'"


async def test_the_first_has_it_and_the_second_learns_who_and_for_how_long(db: Database) -> None:
    assert await db.rows(TAKE, "a", 10) == [(True, "a", 10)]
    ((leads, held_by, free_in),) = await db.rows(TAKE, "b", 10)
    assert (leads, held_by) == (False, "a")
    assert 0 < free_in <= 10


async def test_its_holder_renews_it_and_has_had_it_since_the_first_time(db: Database) -> None:
    await db.rows(TAKE, "a", 10)
    ((since, first),) = await db.rows("select since, expires_at from aura_leadership")
    await db.rows(TAKE, "a", 10)
    ((still, second),) = await db.rows("select since, expires_at from aura_leadership")
    assert still == since
    assert second > first


async def test_one_that_is_over_is_anybodys_and_one_that_nobody_took_meanwhile_its_old_holders(db: Database) -> None:
    await db.rows(TAKE, "a", 10)
    await db.rows(LATER)
    assert await db.rows(TAKE, "a", 10) == [(True, "a", 10)]
    await db.rows(LATER)
    assert await db.rows(TAKE, "b", 10) == [(True, "b", 10)]
    assert (await db.rows(TAKE, "a", 10))[0][:2] == (False, "b")


async def test_given_up_it_is_free_at_once_and_only_its_holder_can_give_it_up(db: Database) -> None:
    await db.rows(TAKE, "a", 10)
    assert await db.value(RELEASE, "b") is False
    assert (await db.rows(TAKE, "b", 10))[0][:2] == (False, "a")
    assert await db.value(RELEASE, "a") is True
    assert await db.rows(TAKE, "b", 10) == [(True, "b", 10)]
    assert await db.value(RELEASE, "a") is False, "a late word of who had it before takes nothing from the next"


async def test_other_tasks_have_leases_of_their_own(db: Database) -> None:
    await db.rows(TAKE, "a", 10)
    assert await db.value("select leads from aura_take_leadership('another', 'b', 10)") is True


async def test_of_many_at_once_one_gets_it(db: Database) -> None:
    for _ in range(5):
        answers = await asyncio.gather(*(db.rows(TAKE, f"p{n}", 10) for n in range(12)))
        assert Counter(leads for ((leads, _, _),) in answers) == {True: 1, False: 11}
        await db.rows(LATER)


async def test_who_stands_by_writes_nothing_and_waits_for_nobody(db: Database) -> None:
    """Asking every second must cost the database nothing, also while a transaction has the row."""
    await db.rows(TAKE, "a", 60)
    before = await db.value("select xmin::text || ctid::text from aura_leadership")
    async with await psycopg.AsyncConnection.connect(db.dsn) as busy:
        await busy.execute("select from aura_leadership for update")
        async with asyncio.timeout(10):
            assert (await db.rows(TAKE, "b", 10))[0][0] is False
    assert await db.value("select xmin::text || ctid::text from aura_leadership") == before
