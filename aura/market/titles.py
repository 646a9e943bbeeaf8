"""Suggests a title where the person's says little: "Red" or "Nice!" finds no one to swap with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aura.market.describing import Description
from aura.market.fields import TITLE_MAX
from aura.market.garments import mentions, plain_words
from aura.market.known import brand_of, value_of
from aura.market.listing import Listing
from aura.vision.lexicon import lexicon
from aura.vision.vocabulary import Pattern

FEWEST_WORDS = 2
KINDS = ("color", "pattern", "material", "subcategory")


def suggest_title(listing: Listing, description: Description, language: str) -> str | None:
    """A title from what is known of the item, in a language; None where the title is good or nothing is known."""
    if not is_weak(listing):
        return None
    values = _values(listing, description)
    if "subcategory" not in values or values.keys() <= {"subcategory"}:
        return None
    parts = [_name(values[kind], language, kind) for kind in KINDS if kind in values]
    title = " ".join(filter(None, (brand_of(listing.item), *parts)))
    title = _capital(title[:1], language) + title[1:]
    return title if len(title) <= TITLE_MAX and title != listing.title else None


def _capital(letter: str, language: str) -> str:
    """The letter's capital; Turkish has one for each i."""
    return "İ" if (letter, language) == ("i", "tr") else letter.upper()


def is_weak(listing: Listing) -> bool:
    """Whether the title names no garment or has fewer than two words."""
    words = plain_words(listing.title or "")
    return len(words) < FEWEST_WORDS or not any(mention.category for mention in mentions(words))


def _values(listing: Listing, description: Description) -> dict[str, str]:
    """The item's colour, pattern, material and kind: what its analysis says, else what the text says."""
    written = {mention.kind: mention.value for mention in reversed(description.own)}
    analysed = _analysed(listing.item.ai_tags or {}) if listing.item else {}
    values = {kind: value for kind, value in (written | analysed).items() if kind in KINDS}
    return {kind: value for kind, value in values.items() if value != Pattern.PLAIN}


def _analysed(ai_tags: Mapping[str, Any]) -> dict[str, str]:
    if ai_tags.get("status") != "done":
        return {}
    colours = ai_tags.get("colors")
    said = {kind: ai_tags.get(kind) for kind in ("pattern", "material", "subcategory")}
    said["color"] = colours[0] if isinstance(colours, list) and colours else None
    return {kind: value for kind, each in said.items() if (value := value_of(kind, each)) is not None}


def _name(value: str, language: str, kind: str) -> str:
    """What a value is usually called: the first of a language's own words for it."""
    if language == "en":
        return value.replace("_", " ")
    phrases = lexicon(language).phrases(kind)
    own = value.replace("_", " ")
    others = (phrase for phrase, meant in phrases.items() if meant == value and phrase not in _forms(own))
    return next(others, own)


def _forms(word: str) -> tuple[str, ...]:
    """The vocabulary's own word, which every lexicon also has, with the plurals that it adds."""
    return word, f"{word}s", f"{word}es"
