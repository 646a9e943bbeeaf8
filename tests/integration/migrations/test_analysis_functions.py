"""Leases, failures, daily limits and the canary: exact under concurrency."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.support.databases import Database, Row, rows

TAKE = "select * from aura_take_lease(%s, 'photo', %s, %s)"
RESERVE = "select granted, scope, resets_at from aura_reserve_call(%s, %s, %s)"


async def test_of_fifty_takers_at_once_exactly_one_has_the_lease(db: Database) -> None:
    item = uuid4()
    connections = [await db.connect() for _ in range(50)]
    try:
        for _ in range(5):
            answers = [
                found[0]
                for found in await asyncio.gather(
                    *(rows(each, TAKE, item, f"holder {n}", 60.0) for n, each in enumerate(connections))
                )
            ]
            (winner,) = [held_by for taken, held_by, _ in answers if taken]
            assert {held_by for _, held_by, _ in answers} == {winner}
            assert await db.value("select aura_release_lease(%s, %s)", item, winner) is True
    finally:
        await asyncio.gather(*(connection.close() for connection in connections))


async def test_a_lease_is_extended_by_its_holder_and_refused_to_others(db: Database) -> None:
    item = uuid4()
    ((_, _, first),) = await db.rows(TAKE, item, "me", 60.0)
    ((taken, held_by, second),) = await db.rows(TAKE, item, "me", 120.0)
    assert (taken, held_by) == (True, "me")
    assert second - first > timedelta(seconds=50)
    assert await db.rows(TAKE, item, "you", 60.0) == [(False, "me", second)]
    assert await db.value("select aura_release_lease(%s, 'you')", item) is False
    assert await db.value("select aura_release_lease(%s, 'me')", item) is True
    assert await db.value("select aura_release_lease(%s, 'me')", item) is False
    assert (await db.rows(TAKE, item, "you", 60.0))[0][0] is True


async def test_an_expired_lease_is_taken_over(db: Database) -> None:
    item = uuid4()
    await db.rows(TAKE, item, "dead", 0.0)
    assert (await db.rows(TAKE, item, "me", 60.0))[0][:2] == (True, "me")
    assert (await db.rows(TAKE, item, "dead", 60.0))[0][:2] == (False, "me")
    assert await db.value("select aura_release_lease(%s, 'dead')", item) is False


async def test_known_answers_are_shown_to_who_gets_the_lease_alone(db: Database) -> None:
    item, digest = uuid4(), f"sha256:{uuid4().hex}"
    for version in ("a/1", "a/2", "b/1"):
        await db.rows(
            "insert into analysis_cache (content_hash, analyzer, version, answer) values (%s, %s, %s, %s) returning 1",
            digest,
            version[0],
            version,
            f'{{"said": "{version}"}}',
        )
    opening = "select taken, held_by, answers from aura_open_analysis(%s, 'photo', %s, 60, %s, %s)"
    assert await db.rows(opening, item, "me", digest, ["a/1", "b/1", "c/1"]) == [
        (True, "me", {"a/1": {"said": "a/1"}, "b/1": {"said": "b/1"}})
    ]
    assert await db.rows(opening, item, "me", "sha256:other", ["a/1"]) == [(True, "me", {})]
    assert await db.rows(opening, item, "you", digest, ["a/1"]) == [(False, "me", None)]


async def test_attempts_are_counted_for_one_photo(db: Database) -> None:
    item, owner = uuid4(), uuid4()
    query = "select aura_record_failure(%s, %s, %s, %s, 'm', %s, now())"
    attempts = [
        await db.value(query, item, owner, photo, code, permanent)
        for photo, code, permanent in (("a", "x", False), ("a", "y", False), ("b", "z", False), ("b", "z", True))
    ]
    assert attempts == [1, 2, 1, 2]
    assert await db.rows("select photo, code, permanent, attempts from analysis_failures") == [("b", "z", True, 2)]
    ((first, last),) = await db.rows("select first_failed_at, updated_at from analysis_failures")
    assert first < last  # the first of photo b, the third of all
    await db.rows("select aura_clear_failure(%s)", item)
    assert await db.value("select count(*) from analysis_failures") == 0


async def test_a_person_reads_only_their_own_failures(db: Database) -> None:
    owner, other = await db.user(), await db.user()
    for user in (owner, other):
        await db.rows("select aura_record_failure(%s, %s, 'p', 'c', 'm', true, now())", await db.item(user), user)
    async with db.acting("authenticated", owner) as app:
        assert await rows(app, "select user_id from analysis_failures") == [(owner,)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await app.execute("delete from analysis_failures")


@pytest.mark.parametrize(
    ("project_limit", "user_limit", "granted", "scope"), [(30, 100, 30, "project"), (1000, 7, 21, "user")]
)
async def test_limits_are_exact_under_concurrency(
    db: Database, project_limit: int, user_limit: int, granted: int, scope: str
) -> None:
    people = [uuid4() for _ in range(3)]
    connections = [await db.connect() for _ in range(20)]
    try:
        tries = [reserve(each, people[n % 3], project_limit, user_limit) for n, each in enumerate(connections)]
        answers = [answer for found in await asyncio.gather(*tries) for answer in found]
    finally:
        await asyncio.gather(*(connection.close() for connection in connections))
    assert Counter(answer[:2] for answer in answers) == {(True, None): granted, (False, scope): 100 - granted}
    counted: dict[UUID, int] = dict(await db.rows("select user_id, calls from analysis_usage"))
    assert counted.pop(UUID(int=0)) == granted == sum(counted.values())
    assert all(calls <= user_limit for calls in counted.values())


async def reserve(connection: psycopg.AsyncConnection[Row], user: UUID, project: int, person: int) -> list[Row]:
    return [(await rows(connection, RESERVE, user, project, person))[0] for _ in range(5)]


async def test_a_limit_ends_with_the_utc_day(db: Database) -> None:
    user = uuid4()
    ((granted, scope, resets_at),) = await db.rows(RESERVE, user, 0, 5)
    assert (granted, scope) == (False, "project")
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    assert abs(resets_at - tomorrow) <= timedelta(days=1)
    assert resets_at.astimezone(UTC).time() == tomorrow.time()
    assert await db.value("select sum(calls) from analysis_usage") == 0
    await db.rows("update analysis_usage set day = day - 1, calls = 1000")
    assert (await db.rows(RESERVE, user, 1, 1))[0][:2] == (True, None)


async def test_no_limit_and_no_person_are_allowed(db: Database) -> None:
    assert (await db.rows(RESERVE, uuid4(), None, None))[0][0] is True
    assert (await db.rows(RESERVE, None, 2, 0))[0][0] is True
    assert (await db.rows(RESERVE, None, 2, 0))[0][:2] == (False, "project")


async def test_the_canary_counts_its_beats_and_forgets_the_dead(db: Database) -> None:
    mine, dead, other = uuid4(), uuid4(), uuid4()
    for canary in (dead, other):
        await db.rows("select aura_beat(%s)", canary)
    await db.rows("update aura_canary set at = now() - interval '61 min' where id = %s", dead)
    assert [await db.value("select aura_beat(%s)", mine) for _ in range(3)] == [1, 2, 3]
    assert set(await db.rows("select id, beat from aura_canary")) == {(mine, 3), (other, 1)}
    await db.rows("update aura_canary set at = now() - interval '61 min' where id = %s", mine)
    assert await db.value("select aura_beat(%s)", mine) == 4
