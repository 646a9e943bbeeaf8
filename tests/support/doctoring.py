"""``aura doctor`` in tests: an examination of a sandbox with settings that differ in one thing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from aura.settings import load_settings
from consumer.doctor.checks import CHECKS
from consumer.doctor.examination import examine
from consumer.doctor.findings import Finding, Result
from handlers.services import utc_now
from sandbox import Sandbox
from tests.support.daemon_process import daemon_environment


class Diagnosis:
    """The results of one examination, by check."""

    def __init__(self, results: list[Result]) -> None:
        self.results = {result.check: result for result in results}

    def wrong(self, *, without: frozenset[str] = frozenset()) -> set[str]:
        """The checks that found something."""
        levels = ("warning", "failure")
        found = {name for name, result in self.results.items() if any(f.level in levels for f in result.findings)}
        return found - without

    def finding(self, check: str) -> Finding:
        """What this check found wrong, the first of it; else what it said."""
        findings = self.results[check].findings
        return next((found for found in findings if found.level in ("warning", "failure")), findings[0])

    def level(self, check: str) -> str:
        """The level of that finding."""
        return self.finding(check).level

    def __str__(self) -> str:
        return "\n".join(f"{name}: {f.level}: {f.text}" for name, r in self.results.items() for f in r.findings)


async def diagnosis(
    sandbox: Sandbox,
    folder: Path,
    changed: Mapping[str, str] | None = None,
    *,
    clock: Callable[[], datetime] = utc_now,
    with_ai: bool = False,
) -> Diagnosis:
    """Examine ``sandbox`` with a daemon's settings and the database's URL; ``changed`` are variables that differ."""
    environment = daemon_environment(sandbox, **{"SUPABASE_DB_URL": sandbox.db_url, **(changed or {})})
    settings = load_settings({name: value for name, value in environment.items() if value}, folder)
    return Diagnosis([result async for result in examine(settings, CHECKS, clock, with_ai=with_ai)])
