"""``aura outfits``: what the stylist would propose to somebody, in the terminal or as a page with the photos."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path

import click
import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from aura.settings import load_settings
from aura.stylist.advice import Outfit
from aura.stylist.speech import DEFAULT, languages, speech
from aura.stylist.wishes import Occasion, Wish
from aura.vision.vocabulary import Season
from handlers.lookbook import Lookbook, lookbook
from handlers.lookbook_page import page
from handlers.terminal import as_written

OUTPUT = click.Path(dir_okay=False, writable=True, path_type=Path)
REASONS = 3


@click.command()
@click.option("--user", "who", required=True, metavar="WHO", help="Whose wardrobe: an e-mail address or an id.")
@click.option("--html", type=OUTPUT, metavar="FILE", help="Write a page: photos side by side, and why.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list, one object per outfit.")
@click.option("--limit", default=10, show_default=True, type=click.IntRange(1, 50), help="How many at most.")
@click.option("--occasion", type=click.Choice([each.value for each in Occasion]), help="What they are for.")
@click.option("--season", type=click.Choice([each.value for each in Season]), help="The season to dress for.")
@click.option("--temperature", type=click.FloatRange(-60, 60), metavar="CELSIUS", help="The temperature to dress for.")
@click.option("--anchor", type=click.UUID, metavar="ITEM", help="An item that is to be in every outfit.")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="The day to dress for; today (UTC) where not given.")
@click.option(
    "--language", default=DEFAULT, show_default=True, type=click.Choice(languages()), help="Of names and why."
)
def outfits(
    who: str,
    html: Path | None,
    limit: int,
    occasion: str | None,
    season: str | None,
    temperature: float | None,
    anchor: object | None,
    day: datetime | None,
    language: str,
    *,
    as_json: bool,
) -> None:
    """Show the outfits that the API would propose to a person, and why.

    Needs SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY (or SUPABASE_SECRET_KEY), and for private photos what the daemon
    signs tokens with.
    """
    wish = Wish(
        day=_today(day),
        occasion=None if occasion is None else Occasion(occasion),
        season=None if season is None else Season(season),
        temperature_c=temperature,
        anchor=None if anchor is None else str(anchor),
    )
    book = asyncio.run(lookbook(load_settings(), who, wish, language, limit, pictures=html is not None))
    if html is not None:
        html.write_text(page(book, speech(language).name("book", who=who), language), encoding="utf-8")
    if as_json:
        click.echo(orjson.dumps([_told(each) for each in book.outfits], option=orjson.OPT_INDENT_2).decode())
    elif html is None:
        _show(book)


def _today(day: datetime | None) -> date:
    return (day or datetime.now(UTC)).date()


def _told(outfit: Outfit) -> dict[str, object]:
    return {**asdict(outfit), "why": [reason._asdict() for reason in outfit.why]}


def _show(book: Lookbook) -> None:
    table, line = Table("outfit", "score", "pieces", "why"), Text("\n")
    for outfit in book.outfits:
        pieces = line.join(as_written(book.garments[item].name) for item in outfit.items if item in book.garments)
        why = line.join(as_written(reason.text) for reason in outfit.why[:REASONS])
        table.add_row(as_written(outfit.name), f"{outfit.score:.2f}", pieces, why)
    console = Console()
    if book.outfits:
        console.print(table)
    for text in book.missing:
        console.print(text, markup=False)
