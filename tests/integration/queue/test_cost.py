"""What the queue's statements read, by PostgreSQL's own count: not more where more waits."""

from __future__ import annotations

from consumer.engines.connections import Connections
from consumer.engines.jobs import Jobs, Placing, Settlement
from consumer.keyed_queue import Priority
from tests.integration.queue.conftest import work
from tests.support.databases import Database

FETCHES = 20
# Rows and index entries: the job, those that its lock is compared with, the marks of rows that died just now.
EACH = 60
READ = """
select (select seq_tup_read + idx_tup_fetch from pg_stat_all_tables where relid = c.oid)
       + (select sum(idx_tup_read) from pg_stat_all_indexes where relid = c.oid)
from pg_class c where c.oid = 'procrastinate.procrastinate_jobs'::regclass"""


async def read(db: Database, jobs: Jobs) -> int:
    """Rows and index entries of jobs that were read so far."""
    await jobs._connector.execute_query_async("select pg_stat_force_next_flush()")
    await jobs.next_due()  # whose end flushes
    return int(await db.value(READ))


async def test_fetching_and_settling_read_as_little_with_thousands_waiting(db: Database) -> None:
    """Nothing has told the planner of them: it would read 12,000 rows for each job with 3,000 waiting."""
    async with Connections(db.dsn).opened() as connector:
        jobs = Jobs(connector)
        worker = await jobs.register()
        for batch in range(6):
            names = (f"{batch}-{n}" for n in range(500))
            await jobs.put((Placing(work(name, owner=name[-2:]), Priority.LIVE, 0.0) for name in names), 10_000)
        before = await read(db, jobs)
        for _ in range(FETCHES):
            job = await jobs.fetch(tuple(Priority), worker)
            assert job is not None
            await jobs.settle([Settlement(job, None, 0.0, 0)])
        assert await read(db, jobs) - before < FETCHES * EACH
