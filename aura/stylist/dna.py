"""Style DNA: what a person wears and likes, as shares that add up to one.

Pure and deterministic: the same inputs give the same DNA to the last digit, in whatever order their rows come and
whenever it is computed, so that an unchanged DNA is recognised as unchanged, and what is unliked or deleted leaves
nothing behind.

What a person chose at onboarding is a prior that fades as evidence grows: with evidence of total weight W
and a prior worth ``PRIOR_WEIGHT`` garments, ``share = (w + PRIOR_WEIGHT · prior) / (W + PRIOR_WEIGHT)``, the
posterior mean of a Dirichlet prior; ``confidence = W / (W + PRIOR_WEIGHT)`` is how much of it is evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from math import fsum, sqrt
from typing import Any

from aura.stylist.dna_shares import DIGITS, PRIOR_WEIGHT, Evidence, Shares, blend, listed, variety
from aura.stylist.dna_summary import summaries
from aura.stylist.evidence import Garment, Wardrobe, garments
from aura.vision.lexicon import Lexicon, everyday
from aura.vision.vocabulary import Category, Colour, Formality, Pattern, Style

# Raised with whatever changes what the same inputs give, together with aura_style_version() in a migration: the audit
# then finds what was computed before.
VERSION = "3"
# What the words of an outfit, and of a comment, say about style and colour beside one garment (1.0). Our own choice.
OUTFIT_WORDS, COMMENT_WORDS = 1.0, 0.25
MOST_BRANDS, MOST_SIGNATURES = 5, 5
__all__ = ["PRIOR_WEIGHT", "VERSION", "style_dna"]


def style_dna(wardrobe: Wardrobe, words: Lexicon | None = None) -> dict[str, Any]:
    """The DNA of a wardrobe, ready for JSON.

    Args:
        words: the language of the person's own words; all languages where not given.

    Returns:
        ``colors``, ``categories``, ``patterns``, ``styles``, ``seasons`` and ``brands``: lists of ``{"name",
        "share"}``, largest first; ``formality``: ``level`` (0 lounge … 4 formal, the mean), ``spread`` (standard
        deviation, in rungs) and ``shares``; ``variety`` of colors, categories, patterns and styles: normalised
        entropy, 0 always the same to 1 everything alike; ``signature_items``: what shows the style most, ``{"id",
        "share"}``; ``confidence`` (0 to 1) of each; ``counts`` of what it is made from; ``summary``: two sentences in
        each language; ``version``.
    """
    words = words or everyday()
    worn = list(garments(wardrobe, words))
    shares = {
        "colors": blend((*_colours(worn), *_spoken(wardrobe, words.colour)), _named(words.colour, wardrobe.colors)),
        "categories": blend(_each(worn, "category")),
        "patterns": blend(_each(worn, "pattern")),
        "styles": blend((*_styles(worn), *_spoken(wardrobe, words.style)), _named(words.style, wardrobe.styles)),
        "seasons": blend(_parts(worn, "seasons")),
        "brands": blend(_each(worn, "brand")),
        "formality": blend(_each(worn, "formality")),
    }
    dna = {kind: listed(each) for kind, each in shares.items()}
    dna["brands"] = dna["brands"][:MOST_BRANDS]
    told = {
        **dna,
        "formality": _formality(shares["formality"]),
        "variety": _variety(shares),
        "signature_items": _signatures(worn, shares),
        "confidence": {kind: each.confidence for kind, each in shares.items()},
        "counts": _counts(wardrobe, worn),
        "version": VERSION,
    }
    return {**told, "summary": summaries(told)}


def _colours(worn: Sequence[Garment]) -> Iterator[Evidence]:
    return _parts(worn, "colors")


def _styles(worn: Sequence[Garment]) -> Iterator[Evidence]:
    return _parts(worn, "styles")


def _parts(worn: Sequence[Garment], attribute: str) -> Iterator[Evidence]:
    """Of attributes that a garment has several of, each its part."""
    for garment in worn:
        yield from ((name, part * garment.weight) for name, part in getattr(garment, attribute).items())


def _each(worn: Sequence[Garment], attribute: str) -> Iterator[Evidence]:
    for garment in worn:
        name = getattr(garment, attribute)
        if name is not None:
            yield str(name), garment.weight


def _spoken(wardrobe: Wardrobe, find: Callable[[str], StrEnum | None]) -> Iterator[Evidence]:
    """What the words of own outfits, liked outfits and own comments name."""
    texts = [(f"{outfit.name}\n{outfit.description}", OUTFIT_WORDS) for outfit in (*wardrobe.outfits, *wardrobe.liked)]
    texts += [(comment, COMMENT_WORDS) for comment in wardrobe.comments]
    for text, weight in texts:
        value = find(text)
        if value is not None:
            yield value.value, weight


def _formality(shares: Shares) -> dict[str, Any]:
    if not shares.of:
        return {"level": None, "spread": None, "shares": []}
    levels = {name: Formality(name).level for name in shares.of}
    level = fsum(levels[name] * share for name, share in sorted(shares.of.items()))
    spread = fsum((levels[name] - level) ** 2 * share for name, share in sorted(shares.of.items()))
    return {"level": round(level, DIGITS), "spread": round(sqrt(max(spread, 0.0)), DIGITS), "shares": listed(shares)}


def _variety(shares: dict[str, Shares]) -> dict[str, float]:
    kinds = {"colors": Colour, "categories": Category, "patterns": Pattern, "styles": Style}
    return {kind: variety(shares[kind], len(values)) for kind, values in kinds.items()}


def _signatures(worn: Sequence[Garment], shares: dict[str, Shares]) -> list[dict[str, Any]]:
    """The garments that say most, the more so the more they are like everything else."""
    colours, styles = shares["colors"].of, shares["styles"].of
    worth = {each.id: each.weight * (_like(each.colors, colours) + _like(each.styles, styles)) for each in worn}
    total = fsum(worth.values())
    ranked = sorted(worth, key=lambda item: (-round(worth[item], 9), item))[:MOST_SIGNATURES]
    return [{"id": item, "share": round(worth[item] / total, DIGITS)} for item in ranked if worth[item] > 0]


def _like(parts: Any, shares: dict[str, float]) -> float:
    return fsum(part * shares.get(name, 0.0) for name, part in sorted(parts.items()))


def _counts(wardrobe: Wardrobe, worn: Sequence[Garment]) -> dict[str, int]:
    return {
        "items": len(wardrobe.items),
        "described": sum(garment.described for garment in worn),
        "favourites": sum(item.favourite for item in wardrobe.items),
        "worn": sum(item.worn is not None for item in wardrobe.items),
        "outfits": len(wardrobe.outfits),
        "likes": len(wardrobe.liked),
        "comments": len(wardrobe.comments),
    }


def _named(find: Callable[[str], StrEnum | None], texts: Sequence[str]) -> list[str]:
    """What was chosen, in the vocabulary, each once; words outside it say nothing here."""
    found = (find(text) for text in texts)
    return sorted({str(value) for value in found if value is not None})
