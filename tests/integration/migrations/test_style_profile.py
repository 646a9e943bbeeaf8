"""Saving style DNA under Row Level Security beside an app that writes the same column, and the audit."""

from __future__ import annotations

import asyncio
import random
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from aura.stylist.dna import VERSION
from tests.support.databases import Database
from tests.support.styles import kept_dna

SAVE = "select save_style_dna(%s, %s, %s)"


async def save(
    db: Database, user: UUID, dna: dict[str, Any], fingerprint: str = "f", *, role: str = "authenticated"
) -> bool:
    async with db.acting(role, user) as connection:
        found = await (await connection.execute(SAVE, [user, Jsonb(dna), fingerprint])).fetchone()
    assert found is not None
    return bool(found[0])


async def choices(db: Database, user: UUID) -> Any:
    """``preferred_style``, and in it the DNA without what is said about it."""
    found = await db.value("select preferred_style from profiles where user_id = %s", user)
    shown = found.get("style_dna") if isinstance(found, dict) else None
    return {**found, "style_dna": kept_dna(shown)} if isinstance(shown, dict) else found


async def said(db: Database, user: UUID) -> dict[str, Any]:
    """What is said about the DNA in the mirror."""
    shown = await db.value("select preferred_style -> 'style_dna' from profiles where user_id = %s", user)
    return {key: value for key, value in shown.items() if key not in kept_dna(shown)}


async def with_profile(db: Database, preferred_style: Any) -> UUID:
    user = await db.user()
    value = None if preferred_style is None else Jsonb(preferred_style)
    await db.rows("insert into profiles (user_id, preferred_style) values (%s, %s)", user, value)
    return user


@pytest.mark.parametrize("role", ["authenticated", "service_role"])
async def test_it_is_kept_and_mirrored_beside_the_persons_own_keys(db: Database, role: str) -> None:
    user = await with_profile(db, {"styles": ["casual"], "colors": ["blue"]})
    assert await save(db, user, {"a": 1}, role=role) is True
    assert await choices(db, user) == {"styles": ["casual"], "colors": ["blue"], "style_dna": {"a": 1}}
    assert await db.rows("select user_id, dna, fingerprint from ai_profiles") == [(user, {"a": 1}, "f")]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, {"style_dna": {"a": 1}}),
        ({}, {"style_dna": {"a": 1}}),
        ({"style_dna": "old"}, {"style_dna": {"a": 1}}),
        (["casual"], ["casual"]),
        ("casual", "casual"),
    ],
)
async def test_any_preferred_style_is_tolerated(db: Database, before: Any, after: Any) -> None:
    user = await with_profile(db, before)
    assert await save(db, user, {"a": 1}) is True
    assert await choices(db, user) == after
    assert await save(db, user, {"a": 1}) is False
    assert await db.rows("select last_user, checked from aura_audit_style(10)") == [(user, 1)]


async def test_a_json_null_is_no_choice(db: Database) -> None:
    user = await db.user()
    await db.rows("insert into profiles (user_id, preferred_style) values (%s, 'null')", user)
    await save(db, user, {"a": 1})
    assert await choices(db, user) == {"style_dna": {"a": 1}}


async def test_a_missing_profile_is_made(db: Database) -> None:
    user = await db.user()
    assert await save(db, user, {"a": 1}) is True
    assert await choices(db, user) == {"style_dna": {"a": 1}}
    assert await db.value("select count(*) from style_dirty") == 0


async def test_what_is_there_is_not_written_again(db: Database) -> None:
    user = await with_profile(db, {"styles": []})
    await save(db, user, {"a": 1})
    written = "select p.xmin::text, a.dna, a.fingerprint, p.updated_at, a.computed_at from profiles p, ai_profiles a"
    before = await db.rows(written)
    assert await save(db, user, {"a": 1}) is False
    assert await db.rows(written) == before
    assert await save(db, user, {"a": 1}, "another fingerprint") is True
    assert await save(db, user, {"a": 2}, "another fingerprint") is True


KEEP = "select aura_keep_style_dna(%s, %s, %s, %s)"


async def keep(db: Database, user: UUID, dna: dict[str, Any], *, over: int) -> str:
    async with db.acting("authenticated", user) as connection:
        found = await (await connection.execute(KEEP, [user, Jsonb(dna), "f", over])).fetchone()
    assert found is not None
    return str(found[0])


async def test_it_is_kept_over_the_revision_that_was_read_alone(db: Database) -> None:
    user = await with_profile(db, {"styles": []})
    outcomes = [
        await keep(db, user, {"a": a}, over=over) for a, over in ((1, 1), (1, 0), (2, 0), (2, 1), (2, 2), (3, 2))
    ]
    assert outcomes == ["superseded", "written", "superseded", "written", "unchanged", "superseded"]
    assert await choices(db, user) == {"styles": [], "style_dna": {"a": 2}}
    assert await save(db, user, {"a": 4}) is True, "older processes name no revision"
    assert await keep(db, user, {"a": 5}, over=3) == "superseded"
    assert await choices(db, user) == {"styles": [], "style_dna": {"a": 4}}


@pytest.mark.parametrize("revision", [2**63 - 1, -(2**63), 0])
async def test_what_a_person_writes_into_their_row_stops_no_later_save(db: Database, revision: int) -> None:
    user = await with_profile(db, {"styles": []})
    await save(db, user, {"a": 1})
    async with db.acting("authenticated", user) as connection:
        await connection.execute("update ai_profiles set revision = %s, computed_at = 'infinity'", [revision])
    assert await db.rows("select revision, isfinite(computed_at) from ai_profiles") == [(1, True)]
    assert [await keep(db, user, {"a": a}, over=a) for a in (1, 2)] == ["written", "written"]
    assert (await choices(db, user))["style_dna"] == {"a": 2}


async def test_of_many_at_once_one_keeps_its_dna(db: Database) -> None:
    user = await with_profile(db, {"styles": []})
    for revision in range(3):
        outcomes = await asyncio.gather(
            *(keep(db, user, {"by": who, "at": revision}, over=revision) for who in range(8))
        )
        assert sorted(outcomes) == ["superseded"] * 7 + ["written"]
        assert (await choices(db, user))["style_dna"] == {"by": outcomes.index("written"), "at": revision}


async def test_what_is_known_before_the_reading(db: Database) -> None:
    user, opening = await with_profile(db, {"styles": []}), "select * from aura_open_style(%s, 2)"
    await db.rows("delete from style_dirty")
    await db.rows("insert into style_dirty (user_id) select %s from generate_series(1, 3)", user)
    ((known, marks, fingerprint, revision),) = await db.rows(opening, user)
    assert (known, len(marks), revision) == (True, 2, 0)
    assert fingerprint == await db.value("select aura_style_fingerprint(%s)", user)
    await keep(db, user, {"a": 1}, over=0)
    assert (await db.rows(opening, user))[0][3] == 1
    assert (await db.rows(opening, uuid4()))[0][:2] == (False, [])


async def test_saving_leaves_no_mark(db: Database) -> None:
    user = await with_profile(db, {"styles": []})
    await db.rows("delete from style_dirty")
    await save(db, user, {"a": 1})
    await save(db, user, {"a": 2})
    assert await db.value("select count(*) from style_dirty") == 0


async def test_nobody_saves_for_another_person(db: Database) -> None:
    user, other = await with_profile(db, {"styles": []}), await db.user()
    async with db.acting("authenticated", other) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await connection.execute(SAVE, [user, Jsonb({}), "f"])
    await save(db, user, {"a": 1})
    async with db.acting("authenticated", other) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await connection.execute(SAVE, [user, Jsonb({}), "f"])
        assert await (await connection.execute("select * from ai_profiles")).fetchall() == []
        assert (await connection.execute("update ai_profiles set dna = '{}'")).rowcount == 0
    assert await choices(db, user) == {"styles": [], "style_dna": {"a": 1}}


async def test_for_a_person_who_left_it_says_so_and_keeps_nothing(db: Database) -> None:
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        await save(db, uuid4(), {"a": 1}, role="service_role")
    assert await db.value("select count(*) from ai_profiles") == 0


async def test_two_hundred_interleavings_with_the_app_lose_nothing(db: Database) -> None:
    """The app sets its own keys one by one while DNA is saved: every key and the last DNA are there."""
    dice = random.Random(7)
    user = await db.user()
    async with db.acting("authenticated", user) as app, db.acting("authenticated", user) as backend:
        await app.execute("insert into profiles (user_id) values (%s)", [user])
        for turn in range(200):
            await asyncio.gather(
                app_sets_key(app, user, turn, dice.random() / 500), save_soon(backend, user, turn, dice.random() / 500)
            )
    kept = await choices(db, user)
    assert kept.pop("style_dna") == {"turn": 199}
    assert kept == {f"key{turn}": turn for turn in range(200)}


async def app_sets_key(app: psycopg.AsyncConnection[Any], user: UUID, turn: int, pause: float) -> None:
    change = "update profiles set preferred_style = coalesce(preferred_style, '{}') || %s where user_id = %s"
    async with app.transaction():
        await app.execute(change, [Jsonb({f"key{turn}": turn}), user])
        await asyncio.sleep(pause)  # holds the row's lock for a while, so that saves fall before, into and after it


async def save_soon(backend: psycopg.AsyncConnection[Any], user: UUID, turn: int, pause: float) -> None:
    await asyncio.sleep(pause)
    await backend.execute(SAVE, [user, Jsonb({"turn": turn}), "f"])


async def test_a_profile_made_by_the_app_in_the_same_moment_keeps_its_choices(db: Database) -> None:
    user = await db.user()
    async with await db.connect(autocommit=False) as app:
        await app.execute("insert into profiles (user_id, preferred_style) values (%s, '{\"styles\": [1]}')", [user])
        saving = asyncio.create_task(save(db, user, {"a": 1}))
        async with asyncio.timeout(60):
            while not await db.value("select count(*) from pg_locks where not granted"):
                await asyncio.sleep(0.01)
        await app.commit()
    assert await saving is True
    assert await choices(db, user) == {"styles": [1], "style_dna": {"a": 1}}


async def audit(db: Database, size: int = 100) -> tuple[int, int]:
    """(checked, marked) over all pages."""
    checked = marked = 0
    last: UUID | None = None
    while True:
        ((last, some, wrong),) = await db.rows("select * from aura_audit_style(%s, %s)", size, last)
        if last is None:
            return checked, marked
        checked, marked = checked + some, marked + wrong


async def settle(db: Database, user: UUID) -> None:
    fingerprint = await db.value("select aura_style_fingerprint(%s)", user)
    await save(db, user, {"version": VERSION}, fingerprint)
    await db.rows("delete from style_dirty")


async def test_the_audit_passes_who_has_nothing_and_who_is_current(db: Database) -> None:
    await db.user()
    user = await with_profile(db, {"styles": ["casual"]})
    await settle(db, user)
    assert await audit(db) == (2, 0)


async def test_the_edition_of_the_algorithm_is_the_databases(db: Database) -> None:
    assert await db.value("select aura_style_version()") == VERSION


async def test_the_audit_finds_a_dna_of_another_edition(db: Database) -> None:
    old, odd = await with_profile(db, {"styles": ["casual"]}), await with_profile(db, {"styles": ["modern"]})
    for user, dna in ((old, {"version": "1"}), (odd, {"a": 1})):
        await save(db, user, dna, await db.value("select aura_style_fingerprint(%s)", user))
    await db.rows("delete from style_dirty")
    assert await audit(db) == (2, 2)


async def test_the_mirror_says_what_it_is_made_from_when_and_what_changed(db: Database) -> None:
    user = await with_profile(db, {"styles": []})
    await save(db, user, {"a": 1, "change": None}, "first")
    first = await said(db, user)
    assert (first["inputs"], first["change"]) == ("first", None)
    moved = {"since": "then", "colors": [{"name": "red", "by": 0.2}]}
    await save(db, user, {"a": 2, "change": moved}, "second")
    second = await said(db, user)
    assert (second["inputs"], second["change"]) == ("second", moved)
    assert datetime.fromisoformat(second["computed_at"]) > datetime.fromisoformat(first["computed_at"])
    await save(db, user, {"a": 2, "change": {"since": "now"}}, "third")
    assert (await said(db, user))["change"] == moved, "nothing changed in the DNA since"
    assert await save(db, user, {"a": 2, "change": {"since": "later"}}, "third") is False
    assert await db.rows("select dna, change from ai_profiles") == [({"a": 2}, moved)]


async def test_the_audit_marks_who_differs_once(db: Database) -> None:
    users = [await with_profile(db, {"styles": ["casual"]}) for _ in range(5)]
    for user in users:
        await settle(db, user)
    await db.item(users[0])
    await db.rows("update profiles set preferred_style = '{\"styles\": []}' where user_id = %s", users[1])
    await db.rows("delete from style_dirty")
    assert await audit(db, size=2) == (5, 2)
    assert {row[0] for row in await db.rows("select user_id from style_dirty")} == set(users[:2])
    assert await audit(db, size=2) == (5, 0)


async def test_the_audit_finds_a_mirror_that_the_app_dropped(db: Database) -> None:
    user = await with_profile(db, {"styles": ["casual"]})
    await settle(db, user)
    await db.rows("update profiles set preferred_style = preferred_style - 'style_dna' where user_id = %s", user)
    assert await audit(db) == (1, 1)


async def test_the_audit_finds_a_profile_whose_inputs_are_all_gone(db: Database) -> None:
    user = await db.user()
    item = await db.item(user)
    await settle(db, user)
    await db.rows("delete from clothing_items where id = %s", item)
    await db.rows("delete from style_dirty")
    assert await audit(db) == (1, 1)
