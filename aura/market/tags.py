"""Suggests tags in the project's vocabulary: from the item's analysis, its row, and what was written.

Each source says a value with some weight; what several say comes first. A listing that is about another garment
than the item is an error elsewhere; here the analysis of the photo simply weighs more than the words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from aura.market.describing import Description
from aura.market.garments import brands, mentions, plain_words, speech
from aura.market.known import brand_of, portion, value_of
from aura.market.listing import LinkedItem, Listing
from aura.vision.vocabulary import CATEGORY_OF, Category

MOST_TAGS = 12
LONGEST_BRAND = 3
LONGEST_CATEGORY, MOST_CLOSE, CLOSE = 40, 3, 0.7  # CLOSE is difflib's ratio: "shoos" is 0.8 from "shoes"
# How telling a kind of value is: what somebody searches for first comes first.
WEIGHTS: Mapping[str, float] = {
    "subcategory": 1.0,
    "color": 0.8,
    "brand": 0.75,
    "category": 0.7,
    "pattern": 0.6,
    "era": 0.6,
    "material": 0.55,
    "style": 0.45,
    "season": 0.4,
}
WRITTEN, OWN = 0.8, 0.9  # how far the text and the owner's own columns are believed, the analysis says it itself
PLAIN = frozenset({"plain"})  # tells nobody anything


def known_category(name: str) -> bool:
    """Whether a wanted category is one of the vocabulary, in the words of any language."""
    value = name.strip().lower().replace(" ", "_")
    known = value in CATEGORY_OF or value in list(Category)
    return known or any(mention.category for mention in mentions(plain_words(name)))


def closest_categories(name: str) -> tuple[str, ...]:
    """For an unknown category those it may be a slip of, else the main ones; nothing for a known one."""
    if known_category(name):
        return ()
    known = dict.fromkeys(str(value) for value in (*Category, *CATEGORY_OF))
    wanted = "_".join(name.lower().split())[:LONGEST_CATEGORY]
    return tuple(get_close_matches(wanted, known, MOST_CLOSE, CLOSE)) or tuple(map(str, Category))


def suggest_tags(listing: Listing, description: Description) -> tuple[str, ...]:
    """At most ``MOST_TAGS`` different tags, the most telling and best supported first."""
    weights: Counter[str] = Counter()
    for kind, value, belief in _all(listing, description):
        if value not in PLAIN:
            weights[value] += WEIGHTS[kind] * belief  # type: ignore[assignment]  # counts may be fractions
    ranked = sorted(weights, key=lambda value: (-weights[value], value))
    return tuple(ranked[:MOST_TAGS])


def _all(listing: Listing, description: Description) -> Iterator[tuple[str, str, float]]:
    if listing.item is not None:
        yield from _analysed(listing.item.ai_tags or {})
        yield from _owned(listing.item)
    text = f"{listing.title or ''} {listing.description or ''}"
    yield from _once((mention.kind, mention.value, WRITTEN) for mention in description.own)
    yield from _once(_named(plain_words(text)))


def _once(said: Iterable[tuple[str, str, float]]) -> list[tuple[str, str, float]]:
    """Saying a thing twice makes it no truer; what is said of a subcategory holds of its category."""
    listed = list(said)
    listed += [
        ("category", CATEGORY_OF[value], belief * 0.8) for kind, value, belief in listed if kind == "subcategory"
    ]
    return list(dict.fromkeys(listed))


def _analysed(ai_tags: Mapping[str, Any]) -> Iterator[tuple[str, str, float]]:
    if ai_tags.get("status") != "done":
        return
    for kind in ("subcategory", "category", "pattern", "material"):
        yield from _statements(kind, [ai_tags.get(kind)])
    for kind in ("color", "season", "style"):
        yield from _statements(kind, ai_tags.get(f"{kind}s"))


def _statements(kind: str, statements: Any) -> Iterator[tuple[str, str, float]]:
    for statement in statements if isinstance(statements, list) else ():
        value = value_of(kind, statement)
        belief = portion(statement.get("confidence")) if value else 0.0
        if value and belief:
            yield kind, value, belief * portion(statement.get("share", 1)) ** 0.5


def _owned(item: LinkedItem) -> Iterator[tuple[str, str, float]]:
    said = " ".join(filter(None, (item.color, item.pattern, item.category)))
    yield from _once((mention.kind, mention.value, OWN) for mention in mentions(plain_words(said)))
    brand = brand_of(item).lower()
    if brand:
        yield "brand", brand, OWN


def _named(words: tuple[str, ...]) -> Iterator[tuple[str, str, float]]:
    """Brands and eras among the words."""
    for place, word in enumerate(words):
        if word in speech().eras:
            yield "era", speech().eras[word], WRITTEN
        for length in range(LONGEST_BRAND, 0, -1):
            brand = brands().get(" ".join(words[place : place + length]))
            if brand is not None and len(words) >= place + length:
                yield "brand", brand, WRITTEN
                break
