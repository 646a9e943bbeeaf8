"""``python -m benchmarks``: runs the benchmarks one after another and prints what they found."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import click

from benchmarks.catalogue import BENCHMARKS, run
from benchmarks.report import progress, publish

NAMES = click.Choice(list(BENCHMARKS))


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--only", metavar="NAME", multiple=True, type=NAMES, help="Run this one; may be repeated.")
@click.option("--quick", is_flag=True, help="Small versions, in minutes: they show that it works, not how fast.")
@click.option(
    "--json",
    "path",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write all reports as one JSON list.",
)
@click.option("--list", "list_only", is_flag=True, help="Name the benchmarks and end.")
def main(only: tuple[str, ...], quick: bool, path: Path | None, list_only: bool) -> None:
    """Measure the backend, each figure beside what it is measured against. All of it takes about an hour.

    Tables and progress go to stderr, one line of JSON for each benchmark to stdout.
    """
    if list_only:
        for name, summary in BENCHMARKS.items():
            click.echo(f"{name:8} {summary}")
        return
    reports = [_measured(name, quick=quick) for name in only or BENCHMARKS]
    if path is not None:
        path.write_text(json.dumps(reports, default=str, indent=2) + "\n", encoding="utf-8")


def _measured(name: str, *, quick: bool) -> dict[str, object]:
    progress(f"{name}: {BENCHMARKS[name]}")
    report = asyncio.run(run(name, quick=quick))
    return publish(report.name, {"quick": quick, **report.parameters}, report.tables)


main()
