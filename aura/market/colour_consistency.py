"""Compares the colour that a listing names with the colours of the item that it offers.

Photos are taken in any light and people's words for colours differ, so only what nobody would mix up counts: a red
dress is not navy, a black one may well be.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from aura.market.consistency import SURE
from aura.market.data import load
from aura.market.describing import describe
from aura.market.findings import Finding, Severity
from aura.market.garments import Mention, mentions, plain_words
from aura.market.listing import Listing
from aura.vision.vocabulary import Pattern

_SENTENCE = re.compile(r"[.!?;\n]")
MAIN_SHARE = 0.5  # of the garment that its first colour covers, for it to be the colour of the garment
MANY_COLOURED = frozenset(pattern.value for pattern in Pattern) - {Pattern.PLAIN.value}
# Colours that one photo, one light or one person takes for another; each pair within a family is alike.
FAMILIES = tuple(
    frozenset(family.split())
    for family in (
        "black charcoal navy gray dark_green brown burgundy purple",
        "charcoal gray light_gray silver white lavender light_blue",
        "white cream beige light_gray silver mint light_blue lavender pink yellow",
        "cream beige camel gold mustard yellow brown rust olive gray light_gray",
        "brown rust camel burgundy red orange olive mustard gold beige",
        "navy blue light_blue teal turquoise purple lavender gray charcoal",
        "teal turquoise green dark_green mint light_blue blue navy olive gray",
        "green dark_green olive mint yellow mustard camel beige",
        "yellow mustard gold orange camel coral",
        "orange rust coral red pink camel",
        "red coral burgundy pink magenta rust orange purple",
        "pink coral magenta lavender purple beige cream red",
        "magenta purple lavender burgundy red pink",
    )
)


def check_colour(listing: Listing) -> list[Finding]:
    """A finding where every colour that the text gives the item is far from every colour that the item has.

    Photos are taken in any light and people's words for colours differ, so only what nobody would mix up counts: what
    is named first thing, in title or opening (later on a description speaks of linings, too), an analysis that is sure
    of its main colour and tells of no pattern, and colours that neither light nor taste makes one.
    """
    in_title = _colours(mentions(_without_names(listing.title or "")))
    opening = describe("", " ".join(_without_names(_first_sentence(listing.description or ""))))
    said = in_title or _colours(opening.sure)
    known = _known_colours(listing)
    if not said or not known or any(_alike(each, other) for each in said for other in known):
        return []
    return [Finding("inconsistent.color", "title" if in_title else "description", Severity.FIX)]


def _colours(found: Iterable[Mention]) -> set[str]:
    return {mention.value for mention in found if mention.kind == "color"}


def _first_sentence(text: str) -> str:
    return _SENTENCE.split(text.strip(), maxsplit=1)[0]


def _without_names(text: str) -> tuple[str, ...]:
    """The words of a text, but for names of brands and bands that hold a colour's word."""
    words = f" {' '.join(plain_words(text))} "
    for name in _names():
        words = words.replace(f" {name} ", " ")
    return tuple(words.split())


@cache
def _names() -> tuple[str, ...]:
    """Names with a colour's word in them, as plain words."""
    return tuple(" ".join(plain_words(name)) for name in load("any", "colour_names"))


def _alike(said: str, known: str) -> bool:
    return any(said in family and known in family for family in FAMILIES)


def _known_colours(listing: Listing) -> set[str]:
    """The colours of the item; none where they are unsure or the photo shows a pattern, whose colours are many."""
    if listing.item is None or any(value in MANY_COLOURED for value in _patterns(listing)):
        return set()
    owned = _colours(mentions(plain_words(listing.item.color or "")))
    ai_tags = listing.item.ai_tags or {}
    colours = ai_tags.get("colors") if ai_tags.get("status") == "done" else None
    statements = [each for each in colours if isinstance(each, Mapping)] if isinstance(colours, list) else []
    if not statements or not _is_sure(statements[0]):
        return set()
    return owned | {str(each.get("name")) for each in statements}


def _is_sure(statement: Mapping[str, Any]) -> bool:
    confidence, share = statement.get("confidence"), statement.get("share")
    if not isinstance(confidence, int | float) or not isinstance(share, int | float):
        return False
    return confidence >= SURE and share >= MAIN_SHARE


def _patterns(listing: Listing) -> set[str]:
    """What patterns the item has, by its analysis and by what its owner calls it and the listing says."""
    item = listing.item
    statement = (item.ai_tags or {}).get("pattern") if item else None
    analysed = {str(statement.get("value"))} if isinstance(statement, Mapping) else set()
    texts = (item.pattern if item else None, listing.title, listing.description)
    named = {each.value for text in texts for each in mentions(plain_words(text or "")) if each.kind == "pattern"}
    return analysed | named
