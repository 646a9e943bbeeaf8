"""What `aura migrate` refuses, in one readable line that never repeats the password."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from aura.errors import ConfigurationError
from aura.migrations import Report, migrate
from aura.migrations_cli import describe
from aura.migrations_cli import migrate as command

SECRET = "hunter2secret"


@pytest.mark.parametrize(
    ("db_url", "message"),
    [
        (None, "SUPABASE_DB_URL is not set"),
        ("", "SUPABASE_DB_URL is not set"),
        (f"postgresql://postgres.ref:{SECRET}@aws-0-eu.pooler.supabase.com:6543/postgres", "transaction pooler"),
        (f"host=pooler port=6543 password={SECRET}", "transaction pooler"),
        (f"just {SECRET}", "not a PostgreSQL URL"),
        (f"postgresql://postgres:{SECRET}%zz@db.ref.supabase.co:5432/postgres", "not a PostgreSQL URL"),
    ],
)
async def test_an_unusable_address_is_refused(db_url: str | None, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as refused:
        await migrate(db_url)
    assert SECRET not in str(refused.value)


def test_the_command_needs_a_database_address(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.delenv("SUPABASE_DB_URL", raising=False)
    monkeypatch.setenv("AURA_CONFIG_DIR", str(tmp_path))
    result = CliRunner().invoke(command, [])
    assert isinstance(result.exception, ConfigurationError)
    assert "SUPABASE_DB_URL" in str(result.exception)


@pytest.mark.parametrize(
    ("report", "lines"),
    [
        (Report((), ("a", "b"), (), dry_run=False), ["Up to date: all 2 migrations are applied."]),
        (Report(("b",), ("a",), (), dry_run=True), ["Would apply b."]),
        (Report(("b",), ("a",), (), dry_run=False), ["Applied 1 migration(s); 1 were there already."]),
    ],
)
def test_the_report_says_what_was_done(report: Report, lines: list[str]) -> None:
    assert describe(report) == lines
