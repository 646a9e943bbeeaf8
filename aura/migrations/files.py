"""Reads the migration files, and finds in them the indexes that are better built concurrently.

The files are the single source: ``supabase db push`` runs them as they are. PostgreSQL refuses CREATE INDEX
CONCURRENTLY inside a transaction, so the files say the plain ``create index if not exists`` and ``aura migrate``
builds the same index concurrently just before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from aura.errors import ConfigurationError

_PACKAGE = Path(__file__).resolve().parents[1]
# In an installed wheel, then in the source tree.
_PLACES = (_PACKAGE / "_migrations", _PACKAGE.parent / "supabase" / "migrations")
_FILE = re.compile(r"^(?P<version>\d{14})_(?P<name>\w+)\.sql$")
_OWN_TABLE = re.compile(r"^create table if not exists public\.(\w+)", re.MULTILINE)
_INDEX = re.compile(
    r"^ *(?P<sql>create index if not exists (?P<name>\w+)\s+on public\.(?P<table>\w+)[^;]*)", re.MULTILINE
)


@dataclass(frozen=True)
class Migration:
    """One file: its version (14 digits, as the Supabase CLI names them), its name and its text."""

    version: str
    name: str
    sql: str

    @property
    def title(self) -> str:
        """The file's name without its ending."""
        return f"{self.version}_{self.name}"


@dataclass(frozen=True)
class Index:
    """An index on one of the app's tables; ``statement`` builds it without blocking writes."""

    name: str
    table: str
    statement: str


def migrations_directory() -> Path:
    """The folder of the files; raises ConfigurationError when the installation lacks it."""
    for place in _PLACES:
        if place.is_dir():
            return place
    raise ConfigurationError("The migration files are missing from this installation: reinstall aura-backend.")


def load_migrations(directory: Path | None = None) -> tuple[Migration, ...]:
    """All migrations, oldest first."""
    folder = directory or migrations_directory()
    found = [(_FILE.match(path.name), path) for path in sorted(folder.glob("*.sql"))]
    return tuple(
        Migration(version=match["version"], name=match["name"], sql=path.read_text(encoding="utf-8"))
        for match, path in found
        if match is not None
    )


def own_tables(migrations: tuple[Migration, ...]) -> frozenset[str]:
    """The tables that these migrations create: empty when they are created, so any index is built at once."""
    return frozenset(table for migration in migrations for table in _OWN_TABLE.findall(migration.sql))


def concurrent_indexes(migration: Migration, own: frozenset[str]) -> tuple[Index, ...]:
    """The indexes of ``migration`` on the app's tables."""
    return tuple(
        Index(match["name"], match["table"], match["sql"].replace("create index", "create index concurrently", 1))
        for match in _INDEX.finditer(migration.sql)
        if match["table"] not in own
    )
