"""The database's limits, where they can be read, against what runs and what is meant to run."""

from __future__ import annotations

from dataclasses import dataclass

from consumer.doctor.context import Context
from consumer.doctor.findings import Finding, failure, ok, warning
from consumer.doctor.queue import CONNECTIONS

NEARLY = 0.8
_FIGURES = """
select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
  (select count(*) from pg_catalog.pg_stat_activity where backend_type = 'client backend'),
  (select rolconnlimit from pg_catalog.pg_roles where rolname = current_user),
  current_setting('wal_level'),
  current_setting('max_replication_slots')::int,
  (select count(*) from pg_catalog.pg_replication_slots)"""


@dataclass(frozen=True, slots=True)
class Figures:
    """``role_limit``: connections that the role of SUPABASE_DB_URL may have; -1 for no limit of its own."""

    connections: int
    connections_used: int
    role_limit: int
    wal_level: str
    slots: int
    slots_used: int

    @property
    def limit(self) -> int:
        """Connections that the role may have."""
        return self.connections if self.role_limit < 0 else min(self.connections, self.role_limit)


async def capacity(context: Context) -> list[Finding]:
    """Whether there is room for the processes, and whether Realtime can read the WAL."""
    figures = Figures(*(await context.rows(_FIGURES))[0])
    requests = context.settings.supabase.max_connections
    held = CONNECTIONS if context.settings.queue.engine == "procrastinate" else 0
    return [*judge(figures), processes(figures, context.processes, held, requests)]


def judge(figures: Figures) -> list[Finding]:
    """What the figures say."""
    return [_connections(figures), _wal(figures)]


def _connections(figures: Figures) -> Finding:
    limit = figures.limit
    said = f"{figures.connections_used} of {limit} database connections are in use"
    if figures.connections_used >= limit:
        remedy = "End idle ones (pg_stat_activity), use a pooler for other programs, or take a larger compute size."
        return failure(f"{said}: nobody else gets one.", remedy)
    if figures.connections_used > NEARLY * limit:
        return warning(f"{said}.", "Use a pooler for other programs, or take a larger compute size.")
    return ok(f"{said}.")


def _wal(figures: Figures) -> Finding:
    if figures.wal_level != "logical":
        sql = "alter system set wal_level = 'logical';"
        return failure(f"wal_level is {figures.wal_level}: Realtime cannot read changes.", "Then restart it.", sql)
    if figures.slots_used >= figures.slots:
        text = f"All {figures.slots} replication slots are taken: Realtime cannot begin to read changes."
        return warning(text, "Drop the ones that nobody reads (pg_replication_slots where not active).")
    return ok(f"{figures.slots_used} of {figures.slots} replication slots are taken.")


def processes(figures: Figures, count: int, held: int, requests: int) -> Finding:
    """What ``count`` processes take: ``held`` database connections and up to ``requests`` requests at once, each. The
    rest of what they do goes over HTTP, and touches no pooler."""
    load = f"the data API gets up to {count * requests} requests at once, {requests} each (supabase.max_connections)"
    if not held:
        return ok(f"Processes meant to run: {count}. They hold no database connection; {load}.")
    said = f"Processes meant to run: {count}. They hold up to {count * held} of {figures.limit} database connections"
    if count * held > figures.limit:
        return failure(f"{said}: there are not enough.", "Run fewer, or take a larger compute size.")
    if count * held > NEARLY * figures.limit:
        return warning(f"{said}; {load}.", "The app's own need some too: run fewer, or take a larger compute size.")
    return ok(f"{said} (the session pooler's own limit, Pool Size in the dashboard, is not seen from here); {load}.")
