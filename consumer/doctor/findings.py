"""What a check found, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warning", "failure", "skipped"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's.

    ``text``: what is so. ``remedy``: what a person does about it. ``sql``: the statements that mend it, to be run as
    the database's owner (the dashboard's SQL editor, or psql with SUPABASE_DB_URL).
    """

    level: Level
    text: str
    remedy: str | None = None
    sql: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What one check found."""

    check: str
    findings: tuple[Finding, ...]

    @property
    def failed(self) -> bool:
        """Whether something does not work."""
        return any(finding.level == "failure" for finding in self.findings)

    @property
    def skipped(self) -> bool:
        """Whether nothing was looked at."""
        return all(finding.level == "skipped" for finding in self.findings)


def ok(text: str) -> Finding:
    """All is well."""
    return Finding("ok", text)


def warning(text: str, remedy: str | None = None, sql: str | None = None) -> Finding:
    """It works, but not as well or as safely as it could."""
    return Finding("warning", text, remedy, sql)


def failure(text: str, remedy: str | None = None, sql: str | None = None) -> Finding:
    """It does not work."""
    return Finding("failure", text, remedy, sql)


def skipped(text: str, remedy: str | None = None) -> Finding:
    """Nothing was looked at, and why."""
    return Finding("skipped", text, remedy)


def unless_wrong(found: list[Finding], text: str) -> list[Finding]:
    """What was found wrong, or one line that says that nothing was."""
    return found or [ok(text)]
