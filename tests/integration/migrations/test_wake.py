"""The word between processes: one row, one write a second, and never older than what it stands for."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

from tests.support.databases import Database

NOBODY = UUID(int=0)
A_SECOND_AGO = "update aura_canary set at = at - interval '1.1 s' where id = %s"


async def test_a_wake_is_one_row_written_at_most_once_a_second(db: Database) -> None:
    assert await db.value("select aura_woken()") is None
    assert await db.value("select aura_wake()") is True
    first = await db.value("select aura_woken()")
    assert await db.value("select aura_wake()") is False
    assert await db.value("select aura_woken()") == first
    await db.rows(A_SECOND_AGO, NOBODY)
    assert await db.value("select aura_wake()") is True
    assert await db.value("select aura_woken()") > first
    assert await db.rows("select id, beat from aura_canary") == [(NOBODY, 2)]


async def test_many_at_once_write_once_and_none_waits_for_long(db: Database) -> None:
    async with asyncio.timeout(10):
        answers = await asyncio.gather(*(db.value("select aura_wake()") for _ in range(20)))
    assert answers.count(True) == 1


async def test_who_was_refused_and_calls_again_a_second_later_has_been_spoken_for(db: Database) -> None:
    assert await db.value("select aura_wake()") is True
    mine = await db.value("select clock_timestamp()")
    assert await db.value("select aura_wake()") is False
    await db.rows(A_SECOND_AGO, NOBODY)
    answers = [await db.value("select aura_wake()") for _ in range(2)]
    assert answers == [True, False]
    assert await db.value("select aura_woken()") > mine


async def test_a_clock_that_was_set_back_does_not_silence_it(db: Database) -> None:
    await db.rows("select aura_wake()")
    await db.rows("update aura_canary set at = now() + interval '1 day' where id = %s", NOBODY)
    assert await db.value("select aura_wake()") is True
    assert await db.value("select aura_woken() <= clock_timestamp()") is True


async def test_it_is_cleared_away_with_silent_canaries_and_comes_again(db: Database) -> None:
    await db.rows("select aura_wake()")
    await db.rows("update aura_canary set at = now() - interval '61 min' where id = %s", NOBODY)
    await db.rows("select aura_beat(%s)", uuid4())
    assert await db.value("select aura_woken()") is None
    assert await db.value("select aura_wake()") is True
