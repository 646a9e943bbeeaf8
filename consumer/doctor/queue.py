"""Whether the queue's engine has what it needs, and whether its connections fit into the database."""

from __future__ import annotations

from importlib.util import find_spec

from aura.migrations import load_migrations
from consumer.doctor.context import Context
from consumer.doctor.findings import Finding, failure, ok
from consumer.doctor.installed import AGAIN, unbook

_TABLES = "select to_regprocedure('procrastinate.aura_next_due()') is not null"
CONNECTIONS = 2  # of each process: one for statements, one that listens


async def queue_engine(context: Context) -> list[Finding]:
    """Looks at the engine that ``queue.engine`` names."""
    if context.settings.queue.engine == "memory":
        return [ok("Work waits in the process (queue.engine: memory): consumer and worker run in one, and once.")]
    if find_spec("procrastinate") is None:
        return [failure("queue.engine is procrastinate, and the package is missing.", "Install aura-backend[scale].")]
    from consumer.engines.connections import Connections

    connections = Connections(context.settings.required("supabase", "db_url"))
    if not (await context.rows(_TABLES))[0][0]:
        return [failure("The schema procrastinate lacks tables or functions of the queue.", AGAIN, _unbook_queue())]
    await connections.examine()
    return [ok("The queue is in PostgreSQL (queue.engine: procrastinate): it has its tables, and sessions.")]


def _unbook_queue() -> str:
    return unbook(next(each.version for each in load_migrations() if each.name == "aura_queue"))
