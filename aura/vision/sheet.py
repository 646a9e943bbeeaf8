"""A contact sheet: one HTML file, with nothing outside it, that shows each photo beside what was said about it."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files
from statistics import median
from string import Template
from typing import Any

from aura.errors import Failure
from aura.vision.analyzer import Analysis
from aura.vision.batch import FileResult, Picture
from aura.vision.garment import GarmentTags, Judged
from aura.vision.wording import plain, said


def contact_sheet(results: Sequence[FileResult], analyzer: str) -> str:
    """The page. ``analyzer`` is the version of whoever said it; results want their pictures."""
    page = Template((files("aura.vision") / "sheet.html").read_text(encoding="utf-8"))
    cards = "\n".join(map(_card, results))
    return page.substitute(title=escape(f"Photos seen by {analyzer}"), summary=escape(_summary(results)), cards=cards)


def _summary(results: Sequence[FileResult]) -> str:
    kinds = [_kind(result) for result in results]
    counted = ((kind, kinds.count(kind)) for kind in ("done", "unsure", "no_garment", "failed"))
    parts = [f"{count} {plain(kind)}" for kind, count in counted if count]
    times = [result.milliseconds for result in results]
    return ", ".join([f"{len(results)} photos", *parts, *([f"median {median(times):.0f} ms"] if times else [])])


def _kind(result: FileResult) -> str:
    outcome = result.outcome
    if isinstance(outcome, Failure):
        return "failed"
    return "unsure" if outcome.tags.candidates else outcome.status


def _card(result: FileResult) -> str:
    lines = "".join(_lines(result.outcome))
    return (
        f'<article class="{_kind(result)}">{_figure(result.picture)}<div>'
        f"<h2>{escape(_title(result.outcome))}<small>{result.milliseconds} ms</small></h2>"
        f'<div class="file">{escape(result.path.name)}</div>{lines}</div></article>'
    )


def _figure(picture: Picture | None) -> str:
    if picture is None:
        return ""
    mask = f'<img class="mask" alt="mask" src="{_data(picture.mask, "png")}">' if picture.mask else ""
    return f'<figure><img alt="photo" src="{_data(picture.jpeg, "jpeg")}">{mask}</figure>'


def _data(image: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(image).decode()}"


def _title(outcome: Analysis | Failure) -> str:
    if isinstance(outcome, Failure):
        return plain(outcome.code)
    if outcome.status == "no_garment":
        return "no garment"
    tags = outcome.tags
    if tags.candidates:
        return "unsure: " + " or ".join(plain(each.subcategory) for each in tags.candidates)
    named = tags.subcategory or tags.category
    return said(named) if named else "garment"


def _lines(outcome: Analysis | Failure) -> Iterator[str]:
    if isinstance(outcome, Failure):
        yield f"<p>{escape(outcome.message)}</p>"
    elif outcome.tags.to_ai_tags():
        yield _palette(outcome.tags)
        yield f"<ul>{''.join(_statements(outcome.tags))}</ul>"


def _palette(tags: GarmentTags) -> str:
    parts = (f'<span style="flex:{colour.share:.3f};background:{colour.hex}"></span>' for colour in tags.colors)
    return f'<div class="palette">{"".join(parts)}</div>' if tags.colors else ""


def _statements(tags: GarmentTags) -> Iterator[str]:
    for colour in tags.colors:
        swatch = f'<i class="swatch" style="background:{colour.hex}"></i>'
        note = f"{colour.hex} · {colour.share:.0%} · {colour.confidence:.0%} sure"
        yield f"<li><span>{swatch}{escape(plain(colour.name))}</span><small>{note}</small></li>"
    for guess in tags.candidates:
        yield _line("perhaps", plain(guess.subcategory), guess.confidence)
    singles = ("category", tags.category), ("pattern", tags.pattern), ("material", tags.material)
    for name, judged in (*singles, ("formality", tags.formality), ("warmth", tags.warmth)):
        yield from _judged(name, judged)
    for season in tags.seasons:
        yield from _judged("season", season)
    for style in tags.styles:
        yield from _judged("style", style)


def _judged(name: str, judged: Judged[Any] | None) -> Iterator[str]:
    if judged is not None:
        yield _line(name, plain(judged.value), judged.confidence, judged.source or "")


def _line(name: str, value: str, confidence: float, source: str = "") -> str:
    note = f"{confidence:.0%}" + (f" · {source}" if source else "")
    return f'<li class="{source}"><span>{name}: {escape(value)}</span><small>{note}</small></li>'
