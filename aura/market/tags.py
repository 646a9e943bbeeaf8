"""Tags for a listing in the project's vocabulary, from the item's analysis and from what was written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aura.market.listing import Listing
from aura.vision.lexicon import lexicon

MOST_TAGS = 12


def known_category(name: str) -> bool:
    """Whether a wanted category is one of the vocabulary, in whatever words."""
    return lexicon().category(name) is not None


def suggest_tags(listing: Listing) -> tuple[str, ...]:
    """At most ``MOST_TAGS`` different tags, what the analysis is surest of first."""
    analysed = listing.item.ai_tags if listing.item else None
    found = [*_analysed(analysed or {}), *_written(f"{listing.title or ''} {listing.description or ''}")]
    return tuple(dict.fromkeys(found))[:MOST_TAGS]


def _analysed(ai_tags: Mapping[str, Any]) -> Iterator[str]:
    for name in ("subcategory", "category", "pattern", "material"):
        yield from _values([ai_tags.get(name)], "value")
    yield from _values(ai_tags.get("colors") or (), "name")
    for name in ("seasons", "styles"):
        yield from _values(ai_tags.get(name) or (), "value")


def _values(statements: Iterable[Any], key: str) -> Iterator[str]:
    for statement in statements:
        if isinstance(statement, Mapping) and isinstance(statement.get(key), str):
            yield statement[key]


def _written(text: str) -> list[str]:
    words = lexicon()
    read = (words.subcategory, words.category, words.colour, words.pattern, words.material, words.season, words.style)
    return [str(value) for value in (look_up(text) for look_up in read) if value is not None]
