"""``aura doctor``: the command."""

from __future__ import annotations

import asyncio

import click
import orjson
from rich.console import Console

from aura.errors import ConfigurationError
from aura.settings import Settings, load_settings
from aura.settings.model import LogSettings
from aura.telemetry.logs import configure_logging
from consumer.doctor.checks import CHECKS
from consumer.doctor.examination import examine
from consumer.doctor.findings import Result, failure
from consumer.doctor.rendering import document, lines, summary
from handlers.services import utc_now


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of lines.")
@click.option("--with-ai", is_flag=True, help="Also make one paid call to Vertex AI (less than a cent).")
@click.option("--processes", default=1, show_default=True, type=click.IntRange(1), help="How many are to run.")
@click.pass_context
def doctor(ctx: click.Context, *, as_json: bool, with_ai: bool, processes: int) -> None:
    """Look at everything that the backend depends on, and say what mends what is wrong.

    Takes the settings that `aura run` takes. With SUPABASE_DB_URL (direct connection or session pooler) it also looks
    at what only the database can tell: tables, Row Level Security, triggers, the publication. Nothing is changed but a
    canary row, which is deleted again. Exits with 1 if anything fails, with 0 if there are at most warnings.
    """
    results = asyncio.run(_examined(with_ai=with_ai, processes=processes, show=not as_json))
    if as_json:
        click.echo(orjson.dumps(document(results), option=orjson.OPT_INDENT_2).decode())
    else:
        click.echo(summary(results))
    ctx.exit(1 if any(result.failed for result in results) else 0)


async def _examined(*, with_ai: bool, processes: int, show: bool) -> list[Result]:
    try:
        settings = load_settings()
    except ConfigurationError as error:
        return _shown([Result("settings", tuple(failure(line) for line in str(error).splitlines()))], show=show)
    configure_logging(LogSettings(level="error"), environment=settings.environment)
    return await _all(settings, with_ai=with_ai, processes=processes, show=show)


async def _all(settings: Settings, *, with_ai: bool, processes: int, show: bool) -> list[Result]:
    results: list[Result] = []
    with Console(stderr=True).status("") as status:

        def begin(name: str) -> None:
            status.update(f"looking at {name}")

        async for result in examine(settings, CHECKS, utc_now, processes=processes, with_ai=with_ai, begin=begin):
            results += _shown([result], show=show)
    return results


def _shown(results: list[Result], *, show: bool) -> list[Result]:
    for line in [line for result in results for line in lines(result)] if show else ():
        click.echo(line)
    return results
