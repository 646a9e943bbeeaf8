"""Style DNA: what a person wears and likes, as shares that add up to one.

Pure and deterministic: the same wardrobe gives the same DNA to the last digit, in whatever order its rows
come, so that an unchanged DNA is recognised as unchanged.

What a person chose at onboarding is a prior that fades as evidence grows: with evidence of total weight W
and a prior worth ``PRIOR_WEIGHT`` garments, ``share = (w + PRIOR_WEIGHT · prior) / (W + PRIOR_WEIGHT)``, the
posterior mean of a Dirichlet prior; ``confidence = W / (W + PRIOR_WEIGHT)`` is how much of it is evidence.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from math import fsum
from typing import Any

from aura.stylist.evidence import Garment, Wardrobe, garments
from aura.vision.lexicon import Lexicon, lexicon
from aura.vision.vocabulary import Formality

VERSION = "1"
PRIOR_WEIGHT = 5.0
# What the words of an outfit, and of a comment, say about style beside one garment (1.0). Our own choice.
OUTFIT_WORDS, COMMENT_WORDS = 1.0, 0.25
DIGITS = 3
MOST_BRANDS = 5

Evidence = tuple[str, float]


def style_dna(wardrobe: Wardrobe, words: Lexicon | None = None) -> dict[str, Any]:
    """The DNA of a wardrobe, ready for JSON.

    Returns:
        ``colors``, ``categories``, ``patterns``, ``styles`` and ``brands``: lists of ``{"name", "share"}``,
        largest first; ``formality``: ``level`` (0 lounge … 4 formal, the mean) and ``shares``; ``counts`` of
        what it is made from; ``confidence`` (0 to 1) of colors and styles; ``version``.
    """
    words = words or lexicon()
    worn = list(garments(wardrobe, words))
    colours, colour_confidence = _blend(_colours(worn), _named(words.colour, wardrobe.colors))
    styles, style_confidence = _blend(_styles(worn, wardrobe, words), _named(words.style, wardrobe.styles))
    return {
        "version": VERSION,
        "colors": _listed(colours),
        "categories": _listed(_blend(_each(worn, "category"))[0]),
        "patterns": _listed(_blend(_each(worn, "pattern"))[0]),
        "styles": _listed(styles),
        "formality": _formality(worn),
        "brands": _listed(_blend(_each(worn, "brand"))[0])[:MOST_BRANDS],
        "counts": _counts(wardrobe, worn),
        "confidence": {"colors": colour_confidence, "styles": style_confidence},
    }


def _blend(evidence: Iterable[Evidence], prior: Sequence[str] = ()) -> tuple[dict[str, float], float]:
    """Shares by name, and how much of them is evidence."""
    weights = _sums(evidence)
    total = fsum(weights.values())
    believed = PRIOR_WEIGHT if prior else 0.0
    if total + believed == 0:
        return {}, 0.0
    for name in prior:
        weights[name] = weights.get(name, 0.0) + believed / len(prior)
    shares = {name: weight / (total + believed) for name, weight in weights.items()}
    return shares, round(total / (total + PRIOR_WEIGHT), DIGITS)


def _sums(evidence: Iterable[Evidence]) -> dict[str, float]:
    """Exact sums, so that the order of the rows does not show in the last digit."""
    gathered: defaultdict[str, list[float]] = defaultdict(list)
    for name, weight in evidence:
        gathered[name].append(weight)
    return {name: fsum(weights) for name, weights in gathered.items()}


def _colours(worn: Sequence[Garment]) -> Iterator[Evidence]:
    for garment in worn:
        yield from ((name, share * garment.weight) for name, share in garment.colors.items())


def _styles(worn: Sequence[Garment], wardrobe: Wardrobe, words: Lexicon) -> Iterator[Evidence]:
    for garment in worn:
        yield from ((name, sure * garment.weight) for name, sure in garment.styles.items())
    for outfit in (*wardrobe.outfits, *wardrobe.liked):
        yield from _spoken(words, f"{outfit.name}\n{outfit.description}", OUTFIT_WORDS)
    for comment in wardrobe.comments:
        yield from _spoken(words, comment, COMMENT_WORDS)


def _spoken(words: Lexicon, text: str, weight: float) -> Iterator[Evidence]:
    style = words.style(text)
    if style is not None:
        yield style.value, weight


def _each(worn: Sequence[Garment], attribute: str) -> Iterator[Evidence]:
    for garment in worn:
        name = getattr(garment, attribute)
        if name is not None:
            yield str(name), garment.weight


def _formality(worn: Sequence[Garment]) -> dict[str, Any]:
    shares, _ = _blend(_each(worn, "formality"))
    if not shares:
        return {"level": None, "shares": []}
    level = fsum(Formality(name).level * share for name, share in shares.items())
    return {"level": round(level, DIGITS), "shares": _listed(shares)}


def _counts(wardrobe: Wardrobe, worn: Sequence[Garment]) -> dict[str, int]:
    return {
        "items": len(wardrobe.items),
        "described": sum(garment.described for garment in worn),
        "favourites": sum(item.favourite for item in wardrobe.items),
        "worn": sum(item.worn for item in wardrobe.items),
        "outfits": len(wardrobe.outfits),
        "likes": len(wardrobe.liked),
        "comments": len(wardrobe.comments),
    }


def _named(find: Callable[[str], StrEnum | None], texts: Sequence[str]) -> list[str]:
    """What was chosen, in the vocabulary, each once; words outside it say nothing here."""
    found = (find(text) for text in texts)
    return sorted({str(value) for value in found if value is not None})


def _listed(shares: Mapping[str, float]) -> list[dict[str, Any]]:
    ordered = sorted(shares.items(), key=lambda entry: (-round(entry[1], DIGITS), entry[0]))
    return [{"name": name, "share": round(share, DIGITS)} for name, share in ordered]
