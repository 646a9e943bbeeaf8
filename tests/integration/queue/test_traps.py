"""What is known to go wrong with procrastinate, each with the way around it held in place."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import psycopg
import pytest
import structlog
from procrastinate import PsycopgConnector
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Job
from procrastinate.manager import JobManager
from psycopg import conninfo

from aura.errors import ConfigurationError
from aura.migrations import load_migrations
from consumer.engines.connections import NAME, Connections
from consumer.engines.shared import Rhythm
from consumer.queue import QueueClosed, WorkQueue
from handlers.work import Work
from tests.integration.queue.conftest import RHYTHM, Bench, put, running, shared_queue, taken, work
from tests.support.databases import Database
from tests.support.transaction_pooler import TransactionPooler
from tests.support.waiting import wait_for

ROOT = Path(__file__).parents[3]
JOBS = "select lock, status::text from procrastinate.procrastinate_jobs order by id"


@pytest.fixture
def bench(db: Database) -> Bench:
    """For the helpers that the conformance tests have too."""
    return Bench("procrastinate", lambda size: shared_queue(db.dsn, size))


async def test_procrastinates_own_retry_fails_beside_a_newer_job_and_ours_does_not(db: Database, bench: Bench) -> None:
    """Upstream issues 1446 and 1543: a retry is an update to `todo`, where the queueing lock is unique."""
    queue = shared_queue(db.dsn)
    async with running(queue):
        await put(bench, queue, [work("a")])
        claim = await taken(queue)
        await put(bench, queue, [work("a")])
        ((first, _),) = [
            row for row in await db.rows("select id, status from procrastinate.procrastinate_jobs") if row[1] == "doing"
        ]
        connector = PsycopgConnector(conninfo=db.dsn, kwargs={"options": "-c search_path=procrastinate"})
        await connector.open_async()
        with pytest.raises(UniqueViolation):
            await JobManager(connector).retry_job_by_id_async(first, datetime.now(UTC))
        await connector.close_async()
        queue.done(claim, retry_in=600)
        again = await taken(queue)
        assert (again.work.key, again.failures) == ("a", 1)
        queue.done(again)
        await wait_for(lambda: none_left(db))


async def none_left(db: Database) -> bool:
    """Whether no job is left, finished or not: finished ones are not kept."""
    return await db.rows(JOBS) == []


async def test_a_job_that_a_shutdown_interrupts_is_not_aborted_but_waits_again(db: Database, bench: Bench) -> None:
    queue = shared_queue(db.dsn)
    async with running(queue):
        await put(bench, queue, [work("in hand"), work("waits")])
        claim = await taken(queue)
        assert await queue.drain(0.1) == 1
    assert sorted(await db.rows(JOBS)) == [("analyze_item:in hand", "todo"), ("analyze_item:waits", "todo")]
    assert await db.value("select count(*) from procrastinate.procrastinate_workers") == 0
    other = shared_queue(db.dsn)
    async with running(other):
        assert {(await taken(other)).work.key, (await taken(other)).work.key} == {"in hand", "waits"}
    assert claim.work.key == "in hand"


async def test_what_a_killed_process_had_in_hand_is_given_back(db: Database, bench: Bench) -> None:
    """Its successor first finds nothing: the jobs are locked, and nobody says that their worker is dead."""
    queue = shared_queue(db.dsn)
    async with running(queue):
        await put(bench, queue, [work("a"), work("b")])
        victim = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.support.taker", db.dsn, cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        assert victim.stdout is not None
        async with asyncio.timeout(60):
            assert sorted([await victim.stdout.readline() for _ in range(2)]) == [b"a\n", b"b\n"]
        await put(bench, queue, [work("b")])  # changed while it was in the victim's hands
        os.kill(victim.pid, signal.SIGKILL)
        await victim.wait()
        claims = [await taken(queue), await taken(queue)]
        assert sorted(claim.work.key for claim in claims) == ["a", "b"]
        for claim in claims:
            queue.done(claim)
        await wait_for(lambda: none_left(db))
    assert await db.value("select count(*) from procrastinate.procrastinate_workers") == 0


async def test_a_job_whose_hand_over_was_lost_is_given_back(db: Database, bench: Bench) -> None:
    """The database had committed, and the connection died before it said so: nobody knows that the job is theirs."""
    queue = shared_queue(db.dsn)
    async with running(queue):
        await put(bench, queue, [work("mine")])
        claim = await taken(queue)
        await db.rows(
            "insert into procrastinate.procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args, status, "
            "worker_id) select queue_name, task_name, 'analyze_item:lost', 'analyze_item:lost', "
            """args || '{"key": "lost"}', 'doing', worker_id from procrastinate.procrastinate_jobs"""
        )
        lost = await taken(queue)
        assert lost.work.key == "lost"
        assert ("analyze_item:mine", "doing") in await db.rows(JOBS)
        queue.done(claim)
        queue.done(lost)
        await wait_for(lambda: none_left(db))


async def test_a_worker_that_was_taken_for_dead_settles_nothing_of_its_successors(db: Database, bench: Bench) -> None:
    queue, other = shared_queue(db.dsn), shared_queue(db.dsn)
    async with running(queue), running(other):
        await put(bench, queue, [work("a")])
        slow = await taken(queue)
        await db.rows("delete from procrastinate.procrastinate_workers")  # as after a long silence
        successor = await taken(other)
        assert successor.work.key == "a"
        queue.done(slow)
        await put(bench, queue, [work("b")])
        assert (await taken(queue)).work.key == "b"  # under a new number
        assert ("analyze_item:a", "doing") in await db.rows(JOBS)
        other.done(successor)
        await wait_for(lambda: one_left(db))


async def one_left(db: Database) -> bool:
    """Whether b alone is left."""
    return await db.rows(JOBS) == [("analyze_item:b", "doing")]


async def test_a_process_that_its_work_kills_every_time_is_given_the_job_less_and_less_often(db: Database) -> None:
    await db.rows(
        "insert into procrastinate.procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args, status, "
        "attempts) values ('aura_live', 'aura_work', 'l', 'l', '{}', 'doing', 10)"
    )
    await db.rows("select * from procrastinate.aura_beat(null, '{}', 20)")
    wait = await db.value("select extract(epoch from scheduled_at - now()) from procrastinate.procrastinate_jobs")
    assert 90 < wait <= 100


async def test_nothing_but_ids_reaches_a_job_or_a_log(
    db: Database, bench: Bench, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = "https://cdn.example/private-photo.jpg?token=s3cret"
    secret = Work("analyze_item", "a", owner="me", photo=photo)
    with caplog.at_level(logging.DEBUG), structlog.testing.capture_logs() as logs:
        queue = shared_queue(db.dsn)
        async with running(queue):
            await put(bench, queue, [secret])
            for retry_in in (0.0, None):
                claim = await taken(queue)
                queue.done(claim, retry_in=retry_in)
                (args,) = (await db.rows("select args from procrastinate.procrastinate_jobs limit 1") or [({},)])[0]
                assert set(args) <= {"kind", "key", "owner", "again", "failures", "since", "rests"}
            await wait_for(lambda: none_left(db))
    password = str(conninfo.conninfo_to_dict(db.dsn)["password"])
    said = caplog.text + str(logs) + "".join(capsys.readouterr())
    assert "private-photo" not in said
    assert password not in said


async def test_a_transaction_pooler_is_refused_by_its_port(db: Database) -> None:
    for dsn in (conninfo.make_conninfo(db.dsn, port=6543), "postgresql://postgres.x:pw@pooler.example:6543/postgres"):
        with pytest.raises(ConfigurationError, match=r"transaction pooler \(port 6543\).*listen.*session pooler"):
            Connections(dsn)


async def test_a_transaction_pooler_is_found_out_whatever_its_port(db: Database) -> None:
    parts = conninfo.conninfo_to_dict(db.dsn)
    pooler = TransactionPooler(str(parts["host"]), int(str(parts["port"])))
    async with pooler.listening() as port:
        queue = shared_queue(conninfo.make_conninfo(db.dsn, host="127.0.0.1", port=port))
        with pytest.raises(
            ConfigurationError, match=r"SUPABASE_DB_URL is a pooler in transaction mode.*session pooler"
        ):
            async with asyncio.timeout(60):
                await queue.run()


async def test_a_process_holds_two_connections_at_most(db: Database, bench: Bench) -> None:
    feeding, working = shared_queue(db.dsn), shared_queue(db.dsn)
    async with running(feeding):
        await put(bench, feeding, [work(f"w{n}") for n in range(200)])
        await asyncio.gather(*(feeding.known([work(f"w{n}")]) for n in range(50)))
        assert await connections(db) == 1
    await wait_for(lambda: connected(db, 0))
    async with running(working):
        workers = [asyncio.create_task(work_off(working)) for _ in range(20)]
        most = 0
        while not await none_left(db):
            most = max(most, await connections(db))
        assert most == 2
        await working.drain(10)
        await asyncio.gather(*workers)
    await wait_for(lambda: connected(db, 0))


async def connections(db: Database) -> int:
    """How many connections the queue has open, by the server's account."""
    query = "select count(*) from pg_stat_activity where datname = current_database() and application_name = %s"
    return int(await db.value(query, NAME))


async def connected(db: Database, count: int) -> bool:
    """Whether there are so many."""
    return await connections(db) == count


async def work_off(queue: WorkQueue) -> None:
    """A worker that is done at once."""
    while True:
        try:
            queue.done(await queue.take())
        except QueueClosed:
            return


@pytest.mark.parametrize(
    ("damage", "match"),
    [
        ("drop schema procrastinate cascade", "lacks its tables: run `aura migrate`"),
        ("drop function procrastinate.aura_put_jobs", "cannot be used .*run `aura migrate`"),
    ],
)
async def test_missing_tables_are_named_with_their_remedy(db: Database, damage: str, match: str) -> None:
    await db.rows(damage)
    queue = shared_queue(db.dsn)
    queue.add(work("a"))
    with pytest.raises(ConfigurationError, match=match):
        async with asyncio.timeout(60):
            await queue.run()


async def test_a_wrong_password_is_named_and_not_repeated(db: Database) -> None:
    queue = shared_queue(conninfo.make_conninfo(db.dsn, password="hunter2"))
    with pytest.raises(ConfigurationError, match=r"refuses the queue: .*password authentication failed") as refused:
        async with asyncio.timeout(60):
            await queue.run()
    assert "hunter2" not in str(refused.value)


async def test_a_connection_that_is_cut_is_opened_again_and_listens_again(db: Database, bench: Bench) -> None:
    queue = shared_queue(db.dsn, rhythm=Rhythm(beat=RHYTHM.beat, silent=60, poll=600))
    async with running(queue):
        taking = asyncio.create_task(taken(queue))
        await wait_for(lambda: connected(db, 2))
        for _ in range(2):
            before = await backends(db)
            await db.rows("select pg_terminate_backend(pid) from pg_stat_activity where application_name = %s", NAME)
            await wait_for(partial(all_new, db, before))
        other = shared_queue(db.dsn)
        async with running(other):
            await put(bench, other, [work("a")])
            assert (await taking).work.key == "a"


async def backends(db: Database) -> set[int]:
    """The queue's sessions."""
    query = "select pid from pg_stat_activity where datname = current_database() and application_name = %s"
    return {pid for (pid,) in await db.rows(query, NAME)}


async def all_new(db: Database, before: set[int]) -> bool:
    """Whether two sessions are open, neither of them one of those before."""
    now = await backends(db)
    return len(now) == 2 and not now & before


async def test_the_tables_are_nobodys_but_the_owners(db: Database) -> None:
    for role in ("anon", "authenticated", "service_role"):
        async with db.acting(role) as connection:
            for statement in (
                b"select * from procrastinate.procrastinate_jobs",
                b"select procrastinate.aura_put_jobs('{}', 10)",
                b"select procrastinate.procrastinate_fetch_job_v2(null, 1)",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    await connection.execute(statement)


def test_jobs_are_what_procrastinate_takes_them_for() -> None:
    """The fields that are read of a job are there in the pinned version."""
    assert {"id", "queue", "task_kwargs", "scheduled_at"} <= {field.name for field in Job.__attrs_attrs__}


async def test_a_person_may_empty_it_from_anywhere_and_applying_it_again_keeps_what_waits(
    db: Database, bench: Bench
) -> None:
    queue = shared_queue(db.dsn)
    async with running(queue):
        await put(bench, queue, [work("a"), work("b")])
        (migration,) = (each for each in load_migrations() if each.name == "aura_queue")
        await db.rows(migration.sql)
        assert len(await db.rows(JOBS)) == 2
        await db.rows("delete from procrastinate.procrastinate_jobs where lock = 'analyze_item:a'")
        assert (await taken(queue)).work.key == "b"
