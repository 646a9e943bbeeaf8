"""What every listing must have: required fields, lengths, known values, photos, an item of the person's own."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

from aura.market.findings import Finding, Severity
from aura.market.listing import CONDITIONS, Listing

TITLE_MIN, TITLE_MAX = 3, 120
DESCRIPTION_MIN, DESCRIPTION_MAX = 10, 4_000
IMAGES_MAX = 10
UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Me", "Mn"})  # Unicode's general categories
BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters and signs to Unicode, blank to the eye


def check_fields(listing: Listing, closest_categories: Callable[[str], tuple[str, ...]]) -> list[Finding]:
    """Findings about the fields themselves, not about what their texts say.

    Args:
        closest_categories: for a wanted category that there is none of, those it may have meant; empty for a known one.
    """
    return [
        *_length("title", listing.title, TITLE_MIN, TITLE_MAX),
        *_length("description", listing.description, DESCRIPTION_MIN, DESCRIPTION_MAX),
        *_condition(listing.condition),
        *_images(listing),
        *_item(listing),
        *_categories(listing, closest_categories),
    ]


def _fix(code: str, field: str, **values: Any) -> Finding:
    return Finding(code, field, Severity.FIX, values={name: str(value) for name, value in values.items()})


def _length(field: str, text: str | None, least: int, most: int) -> Iterator[Finding]:
    length = len("".join(filter(_is_seen, text or "")).strip())
    if length == 0:
        yield _fix("required", field)
    elif length < least:
        yield _fix("too_short", field, least=least)
    elif len((text or "").strip()) > most:
        yield _fix("too_long", field, most=most)


def _is_seen(char: str) -> bool:
    """Whether a character takes room: no joiner or other invisible one, nor a mark on another."""
    return char.isspace() or (unicodedata.category(char) not in UNSEEN and char not in BLANK)


def _condition(condition: str | None) -> Iterator[Finding]:
    if not condition:
        yield _fix("required", "condition")
    elif condition not in CONDITIONS:
        yield _fix("unknown_condition", "condition", known=", ".join(CONDITIONS))


def _images(listing: Listing) -> Iterator[Finding]:
    if not listing.images:
        yield _fix("no_images", "images_urls")
    if len(listing.images) > IMAGES_MAX:
        yield _fix("too_many_images", "images_urls", most=IMAGES_MAX)
    if any(not image.allowed for image in listing.images):
        yield _fix("image_host_not_allowed", "images_urls")


def _item(listing: Listing) -> Iterator[Finding]:
    if listing.item_id is None:
        yield _fix("required", "clothing_item_id")
    elif listing.item is None:
        yield _fix("unknown_item", "clothing_item_id")
    elif listing.item.listed:
        yield _fix("already_listed", "clothing_item_id")


def _categories(listing: Listing, closest: Callable[[str], tuple[str, ...]]) -> Iterator[Finding]:
    """One finding for all of them; what is suggested is meant for the first."""
    suggested = next(filter(None, map(closest, listing.swap_categories)), None)
    if suggested:
        yield _fix("unknown_category", "preferred_swap_categories", known=", ".join(suggested))
