"""The day's budget: set aside before a call, settled after it, exact for any number of processes."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from tests.support.databases import Database, rows

PROJECT = UUID(int=0)
RESERVE = """select granted, scope, unit, resets_at, day
             from aura_reserve_call(%s, %s, %s, %s::numeric, %s::numeric, %s::numeric)"""
SETTLE = "select aura_settle_call(%s, %s, %s::numeric, %s::numeric)"


async def reserve(
    db: Database, user: UUID, hold: float, project_usd: float | None, user_usd: float | None = None
) -> tuple[Any, ...]:
    (found,) = await db.rows(RESERVE, user, None, None, hold, project_usd, user_usd)
    return found


async def booked(db: Database, user: UUID = PROJECT) -> tuple[int, Decimal, Decimal]:
    ((calls, spent, held),) = await db.rows(
        "select calls, spent_usd, held_usd from analysis_usage where user_id = %s", user
    )
    return calls, spent, held


async def test_what_is_set_aside_counts_until_it_is_settled(db: Database) -> None:
    ada, bob = uuid4(), uuid4()
    granted, *_, day = await reserve(db, ada, 0.4, 1.0)
    assert granted
    assert (await reserve(db, bob, 0.4, 1.0))[0]
    assert (await reserve(db, bob, 0.4, 1.0))[:3] == (False, "project", "usd")
    await db.rows(SETTLE, ada, day, 0.4, 0.1)
    assert await booked(db) == (2, Decimal("0.1"), Decimal("0.4"))
    assert await booked(db, ada) == (1, Decimal("0.1"), Decimal(0))
    assert (await reserve(db, bob, 0.4, 1.0))[0]


async def test_money_that_may_come_back_is_worth_asking_for_again_soon(db: Database) -> None:
    user = uuid4()
    *_, day = await reserve(db, user, 0.9, 1.0)
    soon = (await reserve(db, user, 0.9, 1.0))[3]
    assert soon <= datetime.now(UTC) + timedelta(minutes=1, seconds=5)
    await db.rows(SETTLE, user, day, 0.9, 0.9)
    refused = await reserve(db, user, 0.9, 1.0)
    assert refused[3] == datetime.combine(day + timedelta(days=1), datetime.min.time(), UTC)


async def test_one_persons_budget_is_not_anothers(db: Database) -> None:
    ada, bob = uuid4(), uuid4()
    assert (await reserve(db, ada, 0.5, 10.0, 0.5))[0]
    assert (await reserve(db, ada, 0.5, 10.0, 0.5))[:3] == (False, "user", "usd")
    assert (await reserve(db, bob, 0.5, 10.0, 0.5))[0]


async def test_nothing_stops_a_budget_of_nothing_but_a_call_that_is_free(db: Database) -> None:
    assert (await reserve(db, uuid4(), 0.01, 0.0))[:2] == (False, "project")
    assert (await reserve(db, uuid4(), 0.0, 0.0))[0]
    assert (await reserve(db, uuid4(), 5.0, None))[0]


async def test_a_call_that_ends_after_midnight_is_booked_on_its_day(db: Database) -> None:
    user, yesterday = uuid4(), date.today() - timedelta(days=1)  # noqa: DTZ011 - any day
    *_, day = await reserve(db, user, 0.4, 1.0)
    await db.rows("update analysis_usage set day = %s", yesterday)
    await reserve(db, user, 0.4, 1.0)
    await db.rows(SETTLE, user, yesterday, 0.4, 0.3)
    found = await db.rows("select day, spent_usd, held_usd from analysis_usage where user_id = %s order by day", user)
    assert found == [(yesterday, Decimal("0.3"), Decimal(0)), (day, Decimal(0), Decimal("0.4"))]


async def test_processes_at_once_never_pass_the_budget(db: Database) -> None:
    """Twenty connections reserve 5 cents and settle 1 to 5: what is spent and set aside never exceeds a dollar."""
    people = [uuid4() for _ in range(4)]
    connections = [await db.connect() for _ in range(20)]

    async def work(number: int) -> int:
        mine, user, granted = connections[number], people[number % 4], 0
        for _ in range(6):
            ((ok, *_, day),) = await rows(mine, RESERVE, user, None, None, 0.05, 1.0, None)
            ((total,),) = await rows(
                mine, "select spent_usd + held_usd from analysis_usage where user_id = %s", PROJECT
            )
            assert total <= Decimal("1.0")
            if ok:
                granted += 1
                await rows(mine, SETTLE, user, day, 0.05, 0.01 * (number % 5 + 1))
        return granted

    try:
        granted = sum(await asyncio.gather(*(work(number) for number in range(20))))
    finally:
        await asyncio.gather(*(connection.close() for connection in connections))
    calls, spent, held = await booked(db)
    assert (calls, held) == (granted, Decimal(0))
    assert Decimal("0.5") < spent <= Decimal("1.0")
    assert sum([(await booked(db, user))[1] for user in people]) == spent


async def test_an_older_process_reserves_as_it_always_did(db: Database) -> None:
    ((granted,),) = await db.rows(
        "select granted from aura_reserve_call(target_user => %s, project_limit => 1, user_limit => 1)", uuid4()
    )
    assert granted
