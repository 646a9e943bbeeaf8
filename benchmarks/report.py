"""Prints what a benchmark measured: tables for people on stderr, one JSON object as the last line of stdout.

Every benchmark measures what it is compared with in the same run on the same machine, so the ratios hold where
the absolute figures do not; the machine is part of the report.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table as RichTable


@dataclass(frozen=True)
class Table:
    """Rows of figures under one title; every row has the same keys, which are the columns."""

    title: str
    rows: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Report:
    """What one benchmark found; ``parameters`` are its own, such as the number of rows."""

    name: str
    parameters: Mapping[str, Any]
    tables: Sequence[Table]

    def as_json(self) -> dict[str, Any]:
        """The report with the machine it was made on."""
        figures = {table.title: list(table.rows) for table in self.tables}
        return {"benchmark": self.name, "machine": machine(), "parameters": dict(self.parameters), "figures": figures}


def machine() -> dict[str, Any]:
    """What the figures were measured on; ``load`` is the average of the last 1, 5 and 15 minutes, this run included."""
    return {
        "cores": os.cpu_count(),
        "load": [round(average, 1) for average in os.getloadavg()],
        "python": platform.python_version(),
        "system": platform.platform(),
    }


def progress(text: str) -> None:
    """Say on stderr what happens now."""
    sys.stderr.write(f"· {text}\n")


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """Median, 99th percentile (nearest rank) and maximum in milliseconds."""
    ordered = sorted(seconds)
    at = {"p50_ms": 0.5, "p99_ms": 0.99, "max_ms": 1.0}
    return {name: milliseconds(ordered[min(int(q * len(ordered)), len(ordered) - 1)]) for name, q in at.items()}


def milliseconds(seconds: float) -> float:
    """Seconds as milliseconds, to the microsecond."""
    return round(seconds * 1000, 3)


def publish(name: str, parameters: Mapping[str, Any], tables: Sequence[Table]) -> dict[str, Any]:
    """Print the tables, and then everything as one line of JSON; returns that."""
    console = Console(stderr=True, width=None if sys.stderr.isatty() else 120)
    for table in tables:
        console.print(_drawn(table))
    report = Report(name, parameters, tables).as_json()
    sys.stdout.write(json.dumps(report, default=str) + "\n")
    return report


def _drawn(table: Table) -> RichTable:
    drawn = RichTable(title=table.title)
    for column in table.rows[0] if table.rows else ():
        drawn.add_column(column)
    for row in table.rows:
        drawn.add_row(*(f"{value:,}" if isinstance(value, int | float) else str(value) for value in row.values()))
    return drawn
