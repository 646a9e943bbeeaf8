"""``aura analyze``: what an analyzer says about local photos, as a table, as JSON or as a page to look at."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import get_args

import click
import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from aura.errors import Failure
from aura.settings import Settings, load_settings
from aura.settings.model import AnalyzerName
from aura.vision.analyzer import Analysis, build_analyzer
from aura.vision.batch import AT_ONCE, FileResult, analyze_files, photo_files
from aura.vision.garment import GarmentTags
from aura.vision.image import DecodeLimits
from aura.vision.progress import bar
from aura.vision.sheet import contact_sheet
from aura.vision.wording import said, with_confidence

OUTPUT = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.command()
@click.argument("photos", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="PHOTO...")
@click.option(
    "--analyzer",
    type=click.Choice(get_args(AnalyzerName)),
    help="Which analyzer looks at them; without it, the one in analysis.analyzer.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list, one object per photo.")
@click.option("--html", type=OUTPUT, metavar="FILE", help="Write a contact sheet: photos, masks, colours, tags, times.")
@click.pass_context
def analyze(
    ctx: click.Context, photos: tuple[Path, ...], analyzer: str | None, *, as_json: bool, html: Path | None
) -> None:
    """Tag local photo files (folders work too) and print the result; nothing is stored.

    Exits with 1 if any photo could not be analysed. With vertexai every photo is a paid call.
    """
    settings = _with_analyzer(load_settings(), analyzer)
    results, version = asyncio.run(_analyze(list(photo_files(photos)), settings, pictures=html is not None))
    if html is not None:
        html.write_text(contact_sheet(results, version), encoding="utf-8")
    if as_json:
        listed = [result.to_json() for result in results]
        click.echo(orjson.dumps(listed, option=orjson.OPT_INDENT_2).decode())
    elif html is None:
        Console().print(_table(results))
    ctx.exit(1 if any(result.failed for result in results) else 0)


def _with_analyzer(settings: Settings, analyzer: str | None) -> Settings:
    if analyzer is None:
        return settings
    analysis = settings.analysis.model_copy(update={"analyzer": (analyzer,)})
    return settings.model_copy(update={"analysis": analysis})


async def _analyze(paths: Sequence[Path], settings: Settings, *, pictures: bool) -> tuple[list[FileResult], str]:
    """The results, and the version of the analyzer that gave them."""
    limits = DecodeLimits(settings.photos.max_bytes, settings.photos.max_pixels, settings.analysis.max_side_px)
    analyzer = build_analyzer(settings)
    # What is computed here gains nothing by waiting in line, and its times would count the waiting.
    at_once = AT_ONCE if analyzer.paid else settings.local.workers
    try:
        with bar(analyzer.version, len(paths)) as advance:
            results = await analyze_files(paths, analyzer, limits, advance, at_once=at_once, pictures=pictures)
    finally:
        await analyzer.aclose()
    return results, analyzer.version


def _table(results: Sequence[FileResult]) -> Table:
    table = Table("Photo", "Garment", "Colours", "More", box=None, pad_edge=False, header_style="bold")
    table.add_column("ms", justify="right")
    for result in results:
        table.add_row(Text(result.path.name), *_cells(result.outcome), str(result.milliseconds))
    return table


def _cells(outcome: Analysis | Failure) -> tuple[Text, Text, Text]:
    if isinstance(outcome, Failure):
        return Text(outcome.code, style="red"), Text(""), Text(outcome.message, style="red")
    if outcome.status == "no_garment":
        return Text("no garment", style="yellow"), Text(""), Text("")
    tags = outcome.tags
    if tags.candidates:
        return (
            Text("unsure:\n" + "\n".join(_guesses(tags)), style="yellow"),
            _colours(tags),
            Text(", ".join(_more(tags))),
        )
    return Text("\n".join(_garment(tags))), _colours(tags), Text(", ".join(_more(tags)))


def _guesses(tags: GarmentTags) -> Iterator[str]:
    return (with_confidence(guess.subcategory, guess.confidence) for guess in tags.candidates)


def _garment(tags: GarmentTags) -> Iterator[str]:
    return (said(judged) for judged in (tags.category, tags.subcategory) if judged is not None)


def _colours(tags: GarmentTags) -> Text:
    lines = (
        Text.assemble(
            ("██ ", colour.hex), with_confidence(colour.name, colour.confidence), f", {colour.share:.0%} of it"
        )
        for colour in tags.colors
    )
    return Text("\n").join(lines)


def _more(tags: GarmentTags) -> Iterator[str]:
    singles = tags.pattern, tags.material, *tags.seasons, tags.formality, *tags.styles, tags.warmth
    return (said(judged) for judged in singles if judged is not None)
