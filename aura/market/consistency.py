"""Compares what a listing says with what is known: another garment than the item's, another condition than chosen.

Only plain contradictions count. A text that names the item's own sort of garment anywhere is taken at its word,
and sorts that people mix up (a shirt worn as a jacket) do not contradict each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from aura.market.describing import Description
from aura.market.findings import Finding, Severity
from aura.market.folding import fold
from aura.market.garments import mentions, plain_words
from aura.market.listing import TEXT_FIELDS, Listing
from aura.market.rules import RuleBook, load_rules
from aura.vision.vocabulary import Category

SURE = 0.5  # an analysis less sure of its category than that contradicts nobody
_MIXED_UP = frozenset(
    frozenset(pair)
    for pair in [
        (Category.TOPS, Category.OUTERWEAR),
        (Category.TOPS, Category.ONE_PIECE),
        (Category.TOPS, Category.UNDERWEAR),
        (Category.BOTTOMS, Category.ONE_PIECE),
        (Category.BOTTOMS, Category.UNDERWEAR),
        (Category.BOTTOMS, Category.ACCESSORIES),
        (Category.ONE_PIECE, Category.OUTERWEAR),
        (Category.ONE_PIECE, Category.SWIMWEAR),
        (Category.ONE_PIECE, Category.UNDERWEAR),
        (Category.TOPS, Category.SWIMWEAR),
        (Category.UNDERWEAR, Category.SWIMWEAR),
        (Category.UNDERWEAR, Category.ACCESSORIES),
        (Category.HEADWEAR, Category.ACCESSORIES),
        (Category.BAGS, Category.ACCESSORIES),
    ]
)
# What a text may not claim of an item in a condition.
CONTRADICTED: Mapping[str, frozenset[str]] = {
    "claim.new": frozenset({"fair", "poor"}),
    "claim.worn": frozenset({"new"}),
    "claim.damaged": frozenset({"new", "like_new"}),
}


def check_category(listing: Listing, description: Description) -> list[Finding]:
    """A finding where the text is about another sort of garment than the item; none where either is unclear."""
    known = _known(listing)
    said = {mention.category for mention in description.sure} - {None}
    if not known or not said or any(_agree(each, other) for each in description.named for other in known):
        return []
    in_title = any(mention.category for mention in mentions(plain_words(listing.title or "")))
    return [Finding("inconsistent.category", "title" if in_title else "description", Severity.FIX)]


def _agree(said: Category, known: Category) -> bool:
    return said == known or frozenset({said, known}) in _MIXED_UP


def _known(listing: Listing) -> set[Category]:
    """What the item is: by its analysis, and by what its owner calls it."""
    if listing.item is None:
        return set()
    named = {mention.category for mention in mentions(plain_words(listing.item.category or ""))}
    return {category for category in (*named, _analysed(listing.item.ai_tags or {})) if category is not None}


def _analysed(ai_tags: Mapping[str, Any]) -> Category | None:
    statement = ai_tags.get("category")
    if ai_tags.get("status") != "done" or not isinstance(statement, Mapping):
        return None
    value, confidence = statement.get("value"), statement.get("confidence")
    sure = isinstance(confidence, int | float) and confidence >= SURE
    return Category(value) if sure and value in list(Category) else None


def check_condition(listing: Listing) -> list[Finding]:
    """What the text claims that the chosen condition rules out, at its place; each claim once."""
    found = [claim for field in TEXT_FIELDS for claim in _claims(listing.text(field), field)]
    wrong = [claim for claim in found if listing.condition in CONTRADICTED[claim.code]]
    return [
        Finding("inconsistent.condition", claim.field, Severity.FIX, claim.start, claim.end)
        for claim in _first_of_each(wrong)
    ]


def _claims(text: str, field: str) -> list[Finding]:
    return sorted(claims().find(fold(text), field), key=lambda claim: claim.start or 0)


def _first_of_each(claims: Iterable[Finding]) -> list[Finding]:
    return list({claim.code: claim for claim in reversed(list(claims))}.values())[::-1]


@cache
def claims() -> RuleBook:
    """The rules that tell what a text claims about the item's condition (``packs/<language>/claims.yaml``)."""
    return RuleBook(load_rules("claims"))
