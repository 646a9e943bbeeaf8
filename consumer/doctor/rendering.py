"""Shows results: lines for people, one JSON document for programs. Nothing that looks like a secret is in either."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from aura import __version__
from aura.telemetry.logs import mask
from consumer.doctor.findings import Finding, Level, Result

COLOURS: Mapping[Level, str] = {"ok": "green", "warning": "yellow", "failure": "red", "skipped": "bright_black"}
INDENT = " " * 9


def lines(result: Result) -> Iterator[str]:
    """The lines of one check: what is so, then what mends it."""
    for finding in result.findings:
        level = click.style(f"{finding.level:<8}", fg=COLOURS[finding.level])
        yield f"{level} {click.style(result.check, bold=True)}: {mask(finding.text)}"
        if finding.remedy:
            yield f"{INDENT}→ {mask(finding.remedy)}"
        for line in (finding.sql or "").splitlines():
            yield f"{INDENT}  {line}"


def summary(results: Sequence[Result]) -> str:
    """The last line."""
    levels = Counter(finding.level for result in results for finding in result.findings)
    counted = ", ".join(f"{levels[level]} {level}" for level in COLOURS if levels[level])
    return f"{counted}."


def document(results: Sequence[Result]) -> dict[str, Any]:
    """``{"version", "ok", "findings": [{"check", "level", "text", "remedy", "sql"}]}``."""
    findings = [_entry(result.check, finding) for result in results for finding in result.findings]
    return {"version": __version__, "ok": not any(result.failed for result in results), "findings": findings}


def _entry(check: str, finding: Finding) -> dict[str, str | None]:
    return {
        "check": check,
        "level": finding.level,
        "text": mask(finding.text),
        "remedy": mask(finding.remedy) if finding.remedy else None,
        "sql": finding.sql,
    }
