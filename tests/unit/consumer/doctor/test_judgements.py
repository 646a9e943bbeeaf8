"""What the doctor makes of figures, moments and keys, without asking anybody."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import jwt
import pytest

from aura.gateway.work_rows import OutstandingSummary
from aura.settings import load_settings
from consumer.doctor.capacity import Figures, judge, processes
from consumer.doctor.checks import CHECKS
from consumer.doctor.context import Context
from consumer.doctor.expected import APP_COLUMNS, PUBLISHED, made
from consumer.doctor.findings import Finding, Result, failure, ok, skipped
from consumer.doctor.keys import keys, url
from consumer.doctor.project import judge_clocks
from consumer.doctor.publication import nameless
from consumer.doctor.rendering import document, lines, summary
from consumer.doctor.work import judge_daemon, judge_work

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ROOMY = Figures(connections=57, connections_used=10, role_limit=-1, wal_level="logical", slots=10, slots_used=2)


def levels(found: list[Finding]) -> list[str]:
    return [finding.level for finding in found]


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        (ROOMY, ["ok", "ok"]),
        (replace(ROOMY, connections_used=50), ["warning", "ok"]),
        (replace(ROOMY, connections_used=57), ["failure", "ok"]),
        (replace(ROOMY, role_limit=10), ["failure", "ok"]),
        (replace(ROOMY, wal_level="replica"), ["ok", "failure"]),
        (replace(ROOMY, slots_used=10), ["ok", "warning"]),
    ],
)
def test_the_databases_limits(figures: Figures, expected: list[str]) -> None:
    assert levels(judge(figures)) == expected


@pytest.mark.parametrize(
    ("count", "held", "level", "said"),
    [
        (40, 0, "ok", "no database connection"),
        (20, 2, "ok", "up to 40 of 57 database connections"),
        (25, 2, "warning", "up to 50 of 57"),
        (30, 2, "failure", "up to 60 of 57 database connections: there are not enough"),
    ],
)
def test_what_the_processes_take_of_them(count: int, held: int, level: str, said: str) -> None:
    found = processes(ROOMY, count, held, 20)
    assert (found.level, said in found.text) == (level, True)


@pytest.mark.parametrize(
    ("seconds", "level"), [(0, "ok"), (2, "ok"), (-5, "warning"), (5, "warning"), (12, "failure"), (-3600, "failure")]
)
def test_clocks(seconds: float, level: str) -> None:
    assert judge_clocks(NOW, NOW + timedelta(seconds=seconds), leeway=10.0).level == level


def test_a_daemon_that_fell_silent_and_one_that_never_was() -> None:
    assert judge_daemon(NOW - timedelta(seconds=20), NOW).level == "ok"
    assert judge_daemon(NOW - timedelta(minutes=5), NOW).level == "warning"
    assert judge_daemon(None, NOW).level == "warning"


def test_work_that_lies_by_either_kind() -> None:
    old, new = NOW - timedelta(hours=1), NOW - timedelta(seconds=1)
    assert judge_work(OutstandingSummary(0, None, 0, None), NOW, 900).level == "ok"
    assert judge_work(OutstandingSummary(1, new, 1, new), NOW, 900).level == "ok"
    assert judge_work(OutstandingSummary(1, new, 1, old), NOW, 900).level == "warning"


def test_a_table_without_a_key_gets_one_before_its_identity() -> None:
    (found,) = nameless([("likes", "d", False), ("combinations", "f", True)])
    assert found.sql is not None
    assert found.sql.splitlines() == [
        "alter table public.likes add primary key (id);",
        "alter table public.likes replica identity default;",
    ]


async def examined(project: str, **more: str) -> tuple[list[Finding], list[Finding]]:
    """What the checks ``url`` and ``keys`` say."""
    settings = load_settings({"SUPABASE_URL": project, **more}, Path(__file__).parent)
    async with AsyncExitStack() as stack, aiohttp.ClientSession() as http:
        context = Context(settings, http, stack, lambda: NOW)
        return await url(context), await keys(context)


def legacy(**claims: object) -> str:
    return jwt.encode({"role": "service_role", "iss": "supabase", **claims}, "0" * 32, "HS256")


async def test_a_key_of_another_project_is_told_by_its_reference() -> None:
    key = legacy(ref="abcdefgh", exp=int((NOW + timedelta(days=900)).timestamp()))
    for project, level in (("https://abcdefgh.supabase.co", "ok"), ("https://zyxwvuts.supabase.co", "failure")):
        _, found = await examined(project, SUPABASE_SERVICE_ROLE_KEY=key, SUPABASE_ANON_KEY="sb_publishable_x")
        assert found[0].level == level


async def test_a_key_that_expires_soon_is_a_warning_with_the_day() -> None:
    key = legacy(exp=int((NOW + timedelta(days=10)).timestamp()))
    _, found = await examined("https://abcdefgh.supabase.co", SUPABASE_SERVICE_ROLE_KEY=key)
    assert levels(found) == ["warning", "warning"]  # the other: no publishable key
    assert "2026-12-03" in found[0].text


async def test_a_project_in_the_open_is_a_warning() -> None:
    found, _ = await examined("http://api.example.com")
    assert levels(found) == ["warning"]


def test_every_check_stands_after_those_it_builds_on() -> None:
    seen: set[str] = set()
    for check in CHECKS:
        assert {*check.needs, *check.after} <= seen, check.name
        assert check.name not in seen
        seen.add(check.name)


def test_what_the_migrations_make_is_read_from_them() -> None:
    wanted = made()
    assert {"aura_canary", "analysis_leases", "ai_profiles", "style_dirty"} <= set(wanted.tables)
    assert {"aura_beat", "aura_take_lease", "save_style_dna"} <= set(wanted.functions)
    assert len(wanted.triggers) == 20
    assert set(PUBLISHED) <= {*APP_COLUMNS, *wanted.tables}


def test_lines_and_document_say_the_same_and_no_secret() -> None:
    results = [
        Result("a", (ok("Fine."),)),
        Result("b", (failure("Bad: sb_secret_abc.", "Mend it.", "alter table x;\nalter table y;"),)),
        Result("c", (skipped("Not looked at: first mend b."),)),
    ]
    text = "\n".join(line for result in results for line in lines(result))
    assert "sb_secret_abc" not in text
    assert "→ Mend it." in text
    assert "alter table y;" in text
    assert summary(results) == "1 ok, 1 failure, 1 skipped."
    told = document(results)
    assert told["ok"] is False
    assert [entry["level"] for entry in told["findings"]] == ["ok", "failure", "skipped"]
    assert "sb_secret_abc" not in str(told)
