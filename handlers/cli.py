"""``aura failures`` and ``aura backfill``: what a person decides about analyses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import islice
from uuid import UUID

import click
import orjson
from rich.console import Console
from rich.progress import Progress

from aura.gateway.analyses import FailureRecord, list_failures
from aura.gateway.rest import Gateway
from aura.gateway.work import WorkLedger
from aura.settings import Settings, load_settings
from aura.vision.analyzer import Analyzer, build_analyzer
from handlers.backfill import Plan, admit, plan_backfill
from handlers.failures import as_json, as_table, retry_all


@click.group()
def failures() -> None:
    """Photos that could not be tagged."""


@failures.command("list")
@click.option("--code", "codes", multiple=True, help="Only failures with this code, such as photo_gone; repeatable.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1), help="At most this many.")
@click.option("--json", "json", is_flag=True, help="One JSON object a line.")
def list_command(*, codes: tuple[str, ...], limit: int, json: bool) -> None:
    """List what could not be tagged, and when it is tried again.

    Needs SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY (or SUPABASE_SECRET_KEY).
    """
    found = asyncio.run(_list(load_settings(), codes, limit + 1))
    shown = list(islice(found, limit))
    if json:
        for failure in shown:
            click.echo(orjson.dumps(as_json(failure)).decode())
    else:
        _show(shown)
    if len(found) > limit:
        click.echo(f"There are more than {limit}; --limit shows more.", err=True)


def _show(shown: list[FailureRecord]) -> None:
    if shown:
        Console().print(as_table(shown, datetime.now(UTC)))
    else:
        click.echo("Nothing has failed.")


async def _list(settings: Settings, codes: tuple[str, ...], most: int) -> list[FailureRecord]:
    found: list[FailureRecord] = []
    async with Gateway.from_settings(settings) as gateway:
        async for failure in list_failures(gateway, codes=codes):
            found.append(failure)
            if len(found) == most:
                break
    return found


@failures.command("retry")
@click.argument("items", nargs=-1, type=click.UUID)
@click.option("--all", "everything", is_flag=True, help="Every failure, also those that are final.")
def retry_command(*, items: tuple[UUID, ...], everything: bool) -> None:
    """Try failed ITEMS (their ids) again now, also those that had failed for good.

    The running daemon takes them up within seconds to minutes.
    """
    if bool(items) == everything:
        raise click.UsageError("Name the items to try again, or say --all.")
    named = None if everything else [str(item) for item in items]
    click.echo(f"{asyncio.run(_retry(load_settings(), named))} will be tried again.")


async def _retry(settings: Settings, items: list[str] | None) -> int:
    async with Gateway.from_settings(settings) as gateway:
        return await retry_all(WorkLedger(gateway), items)


@click.command()
@click.option("--max-calls", required=True, type=click.IntRange(1), help="Admit at most this many photos.")
@click.option("--stale-version", is_flag=True, help="Also photos that another analyzer, model or vocabulary tagged.")
@click.option("--dry-run", is_flag=True, help="Only count and estimate.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def backfill(*, max_calls: int, stale_version: bool, dry_run: bool, yes: bool) -> None:
    """Have photos tagged that are older than the installation, newest first.

    Says first how many there are and about what they will cost. The running daemon works on them after
    everything live, within the daily limits. Needs the same settings as the daemon.
    """
    asyncio.run(_backfill(load_settings(), max_calls, stale_version=stale_version, dry_run=dry_run, yes=yes))


async def _backfill(settings: Settings, max_calls: int, *, stale_version: bool, dry_run: bool, yes: bool) -> None:
    async with _analyzer(settings) as analyzer, Gateway.from_settings(settings) as gateway:
        ledger = WorkLedger(gateway)
        plan = await plan_backfill(ledger, settings, analyzer, max_calls=max_calls, stale_version=stale_version)
        click.echo(describe(plan, analyzer))
        if dry_run or plan.calls == 0:
            return
        if not yes:
            click.confirm("Admit them?", abort=True)
        total = 0
        with Progress(transient=True) as progress:
            task = progress.add_task("Admitting", total=plan.calls)
            async for admitted in admit(ledger, analyzer, max_calls=plan.calls, stale_version=stale_version):
                total += admitted
                progress.advance(task, admitted)
    click.echo(f"Admitted {total:,}. The running daemon takes them up within minutes.")


@asynccontextmanager
async def _analyzer(settings: Settings) -> AsyncIterator[Analyzer]:
    analyzer = build_analyzer(settings)
    try:
        yield analyzer
    finally:
        await analyzer.aclose()


def describe(plan: Plan, analyzer: Analyzer) -> str:
    """The plan in a sentence or two."""
    if plan.candidates == 0:
        return "There is nothing to backfill."
    cost = f"about ${plan.cost_usd:,.2f} (estimate)" if analyzer.paid else "at no cost"
    days = f" At the project's daily limit that takes {plan.days} days." if plan.days > 1 else ""
    return f"{plan.candidates:,} photos wait; {plan.calls:,} would be analysed by {analyzer.version}, {cost}.{days}"
