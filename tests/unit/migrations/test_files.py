"""The migration files as text: names, order, and the indexes that must be built concurrently."""

from __future__ import annotations

import re

from aura.migrations.files import Migration, concurrent_indexes, load_migrations, own_tables

MIGRATIONS = load_migrations()


def test_versions_rise_and_are_unique() -> None:
    versions = [migration.version for migration in MIGRATIONS]
    assert versions == sorted(set(versions))
    assert all(re.fullmatch(r"20\d{12}", version) for version in versions)


def test_every_index_on_a_table_of_the_app_is_built_concurrently() -> None:
    own = own_tables(MIGRATIONS)
    found = {index.name: index for migration in MIGRATIONS for index in concurrent_indexes(migration, own)}
    assert {name: index.table for name, index in found.items()} == {
        "clothing_items_aura_outstanding": "clothing_items",
        "comments_aura_user": "comments",
    }
    for name, index in found.items():
        assert index.statement.startswith(f"create index concurrently if not exists {name}")
        assert ";" not in index.statement


def test_no_index_is_written_in_a_way_that_would_be_overlooked() -> None:
    spelled = re.compile(r"create\s+(unique\s+)?index", re.IGNORECASE)
    for migration in MIGRATIONS:
        ours = without_comments(re.sub(r"\$procrastinate\$.*\$procrastinate\$", "", migration.sql, flags=re.DOTALL))
        assert len(spelled.findall(ours)) == ours.count("create index if not exists ")


def test_our_own_tables_are_not_the_apps() -> None:
    assert own_tables(MIGRATIONS) >= {"style_dirty", "analysis_admitted", "ai_profiles"}
    assert own_tables(MIGRATIONS).isdisjoint({"clothing_items", "comments", "likes"})


def test_nothing_alters_or_drops_a_table_of_the_app() -> None:
    own = own_tables(MIGRATIONS)
    for migration in MIGRATIONS:
        for kind, table in re.findall(r"\b(alter|drop|truncate)\s+table\s+public\.(\w+)", migration.sql):
            assert table in own, f"{migration.title}: {kind} table {table}"


def test_an_index_of_several_lines_is_read_to_its_end() -> None:
    sql = "create index if not exists a\n  on public.likes (user_id)\n  where true;\nselect 1;\n"
    (index,) = concurrent_indexes(Migration("20200101000000", "x", sql), frozenset())
    assert index.statement == "create index concurrently if not exists a\n  on public.likes (user_id)\n  where true"
    assert concurrent_indexes(Migration("20200101000000", "x", sql), frozenset({"likes"})) == ()


def without_comments(sql: str) -> str:
    return re.sub(r"--[^\n]*", "", sql)
