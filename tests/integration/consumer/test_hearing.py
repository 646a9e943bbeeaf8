"""The consumer against PostgreSQL, PostgREST and Realtime: what goes wrong with hearing costs seconds, no work."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest
from psycopg.rows import TupleRow

from aura.settings import ReconcileSettings
from sandbox import Sandbox
from tests.integration.consumer.conftest import Listening, a_photo, listening
from tests.support.accounts import People, Person

Database = psycopg.AsyncConnection[TupleRow]
UNTIL_CLEARED = 300.0
FOUR_UPLOADS = """
insert into clothing_items (user_id, name, image_url)
select %(person)s, 'shirt', %(photo)s || n from generate_series(1, 4) n returning id"""


async def uploaded(person: Person) -> str:
    return str((await person.add_item(image_url=a_photo()))["id"])


@pytest.fixture(autouse=True)
async def _mended(sandbox: Sandbox) -> AsyncIterator[None]:
    """Whatever a test broke is whole before the next one, also when the test fails."""
    yield
    await sandbox.faults.clear()


async def live(heard: Listening) -> None:
    await heard.until(lambda: heard.live)


@pytest.mark.parametrize("form", ["service_key", "secret_key"])
async def test_it_becomes_live_with_either_form_of_key(sandbox: Sandbox, form: str) -> None:
    async with listening(sandbox, key=getattr(sandbox, form)) as heard:
        await live(heard)
        assert heard.consumer.health().ready


async def test_an_upload_is_heard(sandbox: Sandbox, people: People) -> None:
    person = await people.sign_up()
    async with listening(sandbox) as heard:
        await live(heard)
        item = await uploaded(person)
        await heard.until_worked("analyze_item", item)
        await heard.until_worked("style_dna", person.id)
        assert heard.count("aura_changes_total", table="clothing_items", type="INSERT") >= 1


async def test_what_the_machine_settled_itself_is_no_work(sandbox: Sandbox, people: People, db: Database) -> None:
    person = await people.sign_up()
    async with listening(sandbox) as heard:
        await live(heard)
        photo = a_photo()
        tags = {"status": "done", "source": {"photo": photo}}
        settled = await person.add_item(image_url=photo, ai_tags=tags)
        bare = await person.add_item()
        marker = await uploaded(person)
        await heard.until_worked("analyze_item", marker)
        analysed = {work.key for work in heard.worked if work.kind == "analyze_item"}
        assert not analysed & {settled["id"], bare["id"]}


async def test_what_happened_before_it_listened_is_found(sandbox: Sandbox, people: People) -> None:
    item = await uploaded(await people.sign_up())
    async with listening(sandbox) as heard:
        await heard.until_worked("analyze_item", item)


async def test_a_delete_reaches_the_style_of_its_owner(sandbox: Sandbox, people: People, db: Database) -> None:
    person = await people.sign_up()
    item = await uploaded(person)
    async with listening(sandbox) as heard:
        await live(heard)
        await heard.until_worked("style_dna", person.id)
        heard.worked.clear()
        await person.client.table("clothing_items").delete().eq("id", item).execute()
        await heard.until_worked("style_dna", person.id)


async def test_cut_sockets_are_a_gap_and_it_is_live_again(sandbox: Sandbox, people: People) -> None:
    person = await people.sign_up()
    async with listening(sandbox) as heard:
        await live(heard)
        await sandbox.faults.cut_sockets()
        await heard.until(lambda: heard.gaps("socket_lost") == 1)
        item = await uploaded(person)
        await heard.until_worked("analyze_item", item)
        await live(heard)


async def test_a_realtime_that_is_away_for_seconds_costs_no_work(sandbox: Sandbox, people: People) -> None:
    person = await people.sign_up()
    async with listening(sandbox) as heard:
        await live(heard)
        await sandbox.faults.restart_realtime(UNTIL_CLEARED)
        items = [await uploaded(person) for _ in range(5)]
        for item in items:
            await heard.until_worked("analyze_item", item)
        assert not heard.live, "the lists were read while nothing was heard"
        await sandbox.faults.clear()
        await live(heard)


async def test_a_half_open_socket_is_noticed_by_its_canary(sandbox: Sandbox, people: People) -> None:
    person = await people.sign_up()
    async with listening(sandbox) as heard:
        await live(heard)
        await sandbox.faults.half_open(6)
        item = await uploaded(person)
        await heard.until(lambda: not heard.live)
        assert heard.gaps("canary_late") >= 1
        await heard.until_worked("analyze_item", item)
        await heard.until(lambda: heard.live)


async def test_a_subscription_that_died_silently_is_replaced(sandbox: Sandbox, people: People) -> None:
    """Heartbeats are answered, the socket is open, and no change ever comes."""
    person = await people.sign_up()
    async with listening(sandbox) as heard:
        await live(heard)
        await sandbox.faults.swallow_changes(100_000)
        item = await uploaded(person)
        await heard.until_worked("analyze_item", item)
        await heard.until(lambda: heard.count("aura_subscription_attempts_total", outcome="replaced") >= 1)
        await sandbox.faults.clear()
        await heard.until(lambda: heard.live)


async def test_a_swallowed_change_is_found_and_counted_as_missed(
    sandbox: Sandbox, people: People, db: Database
) -> None:
    """Four in one transaction: of the three that are lost, one at most is the canary's."""
    person = await people.sign_up()
    often = ReconcileSettings(while_deaf_seconds=1, marks_seconds=600, full_seconds=3, full_jitter_seconds=0.1)
    async with listening(sandbox, reconcile=often) as heard:
        await live(heard)
        await heard.until(lambda: heard.count("aura_reconcile_runs_total", cause="live") >= 1)
        begun = heard.count("aura_reconcile_seconds_count")
        await heard.until(lambda: heard.count("aura_reconcile_seconds_count") > begun)  # what it lists is no loss
        await sandbox.faults.swallow_changes(3)
        inserted = await db.execute(FOUR_UPLOADS, {"person": person.id, "photo": a_photo()})
        for (item,) in await inserted.fetchall():
            await heard.until_worked("analyze_item", str(item))
        await heard.until(lambda: heard.count("aura_events_missed_total", kind="analyze_item") >= 2)
        assert heard.gaps("missed_found") >= 1


async def test_a_second_subscribed_is_a_gap_that_is_reconciled(sandbox: Sandbox) -> None:
    async with listening(sandbox) as heard:
        await live(heard)
        await sandbox.faults.resubscribed()
        await heard.until(lambda: heard.gaps("resubscribed") == 1)
        await heard.until(lambda: heard.count("aura_reconcile_runs_total", cause="resubscribed") == 1)
        assert heard.live


async def test_a_database_that_is_away_is_told_apart_from_deafness(sandbox: Sandbox, people: People) -> None:
    person = await people.sign_up()
    async with listening(sandbox) as heard:
        await live(heard)
        await sandbox.faults.stop_postgres(UNTIL_CLEARED)
        await heard.until(lambda: not heard.live)
        reasons = " ".join(heard.consumer.health().reasons)
        await sandbox.faults.clear()
        await live(heard)
        item = await uploaded(person)
        await heard.until_worked("analyze_item", item)
        assert "database" in reasons.lower()
        assert heard.count("aura_subscription_attempts_total", outcome="replaced") == 0


@pytest.mark.parametrize("how", ["503", "hang", "reset"])
async def test_a_broken_rest_api_is_survived(sandbox: Sandbox, people: People, how: Any) -> None:
    person = await people.sign_up()
    async with listening(sandbox) as heard:
        await live(heard)
        item = await uploaded(person)
        await sandbox.faults.break_path("/rest/v1", how, UNTIL_CLEARED)
        await heard.until(lambda: not heard.consumer.health().ready)
        await sandbox.faults.clear()
        await heard.until(lambda: heard.consumer.health().ready)
        await heard.until_worked("analyze_item", item)


async def test_a_wrong_key_is_named_and_tried_again(sandbox: Sandbox) -> None:
    async with listening(sandbox, key="sb_secret_that_nobody_issued") as heard:
        await heard.until(lambda: "SERVICE_ROLE_KEY" in " ".join(heard.consumer.health().reasons))
        await heard.until(lambda: heard.count("aura_subscription_attempts_total", outcome="connect_failed") >= 2)
        assert "nobody_issued" not in str(heard.consumer.health())
