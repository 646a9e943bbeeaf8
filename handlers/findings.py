"""Turns an analyzer's answer into what is stored: ``ai_tags``, the cached form, and words for the columns.

The columns ``category``, ``color``, ``pattern`` and ``tags`` are what a person reads and edits, so they get
plain words ("light blue") and only what is more likely than not; ``ai_tags`` keeps everything with its
confidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from aura.errors import Permanent
from aura.vision.analyzer import Analysis, Analyzer, Usage
from aura.vision.garment import GarmentTags, Judged
from aura.vision.vocabulary import Category
from handlers.merge import Result

LIKELY = 0.5
# Subcategories that only repeat their category.
REPEATS = frozenset({*Category, "top", "bag", "accessory"})


def result_of(
    analysis: Analysis,
    *,
    photo: str,
    content_hash: str,
    analyzer: Analyzer,
    analyzed_at: datetime,
    duration_ms: int,
    fallback: bool = False,
) -> Result:
    """An analysis, ready to be merged into the row.

    Args:
        photo: the photo's identity.
        analyzer: whose analysis it is.
        duration_ms: how long the analyzer took; 0 for an answer from the cache.
        fallback: it stood in for another one; the row says so.
    """
    source = {
        **_signature(analyzer, photo, analyzed_at),
        "content_hash": content_hash,
        "duration_ms": duration_ms,
        **({"fallback": True} if fallback else {}),
    }
    if analysis.status == "no_garment":
        return Result("no_garment", {"status": "no_garment"}, source, {})
    answer = {"status": "done", **analysis.tags.to_ai_tags()}
    return Result("done", answer, source, words_of(analysis.tags), tuple(tags_of(analysis.tags)))


def failed_result(failure: Permanent, *, photo: str, analyzer: Analyzer, at: datetime) -> Result:
    """A failure for good, ready to be merged into the row."""
    answer = {"status": "failed", "code": failure.code, "message": failure.message}
    return Result("failed", answer, _signature(analyzer, photo, at), {})


def _signature(analyzer: Analyzer, photo: str, at: datetime) -> dict[str, Any]:
    return {
        "photo": photo,
        "analyzer": analyzer.name,
        "model": analyzer.model,
        "version": analyzer.version,
        "analyzed_at": at.isoformat(timespec="milliseconds"),
    }


def words_of(tags: GarmentTags) -> dict[str, str | None]:
    """What the columns category, color and pattern should say; None where it is not likely enough."""
    colour = next((colour for colour in tags.colors if colour.confidence >= LIKELY), None)
    return {
        "category": _word(tags.category),
        "color": _plain(colour.name) if colour else None,
        "pattern": _word(tags.pattern),
    }


def tags_of(tags: GarmentTags) -> Iterator[str]:
    """Proposals for the column tags: what it is, of what, for when and in which style.

    What was derived by rule stays in ``ai_tags``, where it says so: a column cannot.
    """
    if tags.subcategory and tags.subcategory.value not in REPEATS:
        yield from _likely(tags.subcategory)
    for judged in (tags.material, *tags.seasons, *tags.styles):
        if judged is not None and judged.source is None:
            yield from _likely(judged)


def _likely(judged: Judged[Any] | None) -> Iterator[str]:
    if judged is not None and judged.confidence >= LIKELY:
        yield _plain(judged.value)


def _word(judged: Judged[Any] | None) -> str | None:
    return next(_likely(judged), None)


def _plain(value: str) -> str:
    return str(value).replace("_", " ")


def to_cache(analysis: Analysis) -> dict[str, Any]:
    """The answer as the cache keeps it."""
    return {"status": analysis.status, "tags": analysis.tags.to_ai_tags()}


def from_cache(cached: Mapping[str, Any]) -> Analysis | None:
    """The answer that was kept, at no cost this time; None if it cannot be understood."""
    tags = cached.get("tags")
    if cached.get("status") not in ("done", "no_garment") or not isinstance(tags, Mapping):
        return None
    return Analysis(status=cached["status"], tags=GarmentTags.from_ai_tags(tags), usage=Usage())
