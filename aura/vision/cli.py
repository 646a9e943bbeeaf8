"""``aura analyze``: what an analyzer says about local photos, as a table or as JSON."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import get_args

import click
import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from aura.errors import Failure
from aura.settings import Settings, load_settings
from aura.settings.model import AnalyzerName
from aura.vision.analyzer import Analysis, build_analyzer
from aura.vision.batch import FileResult, analyze_files, photo_files
from aura.vision.garment import GarmentTags
from aura.vision.image import DecodeLimits

FEW = 3


@click.command()
@click.argument("photos", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="PHOTO...")
@click.option(
    "--analyzer",
    type=click.Choice(get_args(AnalyzerName)),
    help="Which analyzer looks at them; without it, the one in analysis.analyzer.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list, one object per photo.")
@click.pass_context
def analyze(ctx: click.Context, photos: tuple[Path, ...], analyzer: str | None, *, as_json: bool) -> None:
    """Tag local photo files (folders work too) and print the result; nothing is stored.

    Exits with 1 if any photo could not be analysed. With vertexai every photo is a paid call.
    """
    settings = _with_analyzer(load_settings(), analyzer)
    results = asyncio.run(_analyze(list(photo_files(photos)), settings))
    if as_json:
        listed = [result.to_json() for result in results]
        click.echo(orjson.dumps(listed, option=orjson.OPT_INDENT_2).decode())
    else:
        Console().print(_table(results))
    ctx.exit(1 if any(result.failed for result in results) else 0)


def _with_analyzer(settings: Settings, analyzer: str | None) -> Settings:
    if analyzer is None:
        return settings
    analysis = settings.analysis.model_copy(update={"analyzer": (analyzer,)})
    return settings.model_copy(update={"analysis": analysis})


async def _analyze(paths: Sequence[Path], settings: Settings) -> list[FileResult]:
    limits = DecodeLimits(settings.photos.max_bytes, settings.photos.max_pixels, settings.analysis.max_side_px)
    analyzer = build_analyzer(settings)
    columns = TextColumn(analyzer.version), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    try:
        with Progress(*columns, console=Console(stderr=True), transient=True, disable=len(paths) <= FEW) as progress:
            task = progress.add_task("", total=len(paths))
            return await analyze_files(paths, analyzer, limits, lambda _: progress.advance(task))
    finally:
        await analyzer.aclose()


def _table(results: Sequence[FileResult]) -> Table:
    table = Table("Photo", "Garment", "Colours", "More", box=None, pad_edge=False, header_style="bold")
    table.add_column("ms", justify="right")
    for result in results:
        table.add_row(result.path.name, *_cells(result.outcome), str(result.milliseconds))
    return table


def _cells(outcome: Analysis | Failure) -> tuple[Text, Text, Text]:
    if isinstance(outcome, Failure):
        return Text(outcome.code, style="red"), Text(""), Text(outcome.message, style="red")
    if outcome.status == "no_garment":
        return Text("no garment", style="yellow"), Text(""), Text("")
    tags = outcome.tags
    return Text("\n".join(_garment(tags))), _colours(tags), Text(", ".join(_more(tags)))


def _garment(tags: GarmentTags) -> Iterator[str]:
    for judged in (tags.category, tags.subcategory):
        if judged is not None:
            yield _said(judged.value, judged.confidence)


def _colours(tags: GarmentTags) -> Text:
    lines = (
        Text.assemble(("██ ", colour.hex), _said(colour.name, colour.confidence), f", {colour.share:.0%} of it")
        for colour in tags.colors
    )
    return Text("\n").join(lines)


def _more(tags: GarmentTags) -> Iterator[str]:
    for judged in (tags.pattern, tags.material, *tags.seasons, tags.formality, *tags.styles, tags.warmth):
        if judged is not None:
            yield _said(judged.value, judged.confidence)


def _said(value: str, confidence: float) -> str:
    return f"{value.replace('_', ' ')} ({confidence:.0%})"
