"""What is new in a style since last time. History, and therefore beside the DNA and no part of it.

The DNA before stands in a row that its owner may write, so it is read like a stranger's: an odd one says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError

KINDS = ("colors", "styles", "categories", "patterns", "seasons")
# Changes of a share that are worth telling, and how many of each kind are told.
TELLING, MOST = 0.02, 3
DIGITS = 3


class _Share(BaseModel):
    name: str
    share: Annotated[float, Field(ge=0, le=1)]


class _Formality(BaseModel):
    level: Annotated[float, Field(ge=0, le=4)] | None


class _Counts(BaseModel):
    items: Annotated[int, Field(ge=0, le=2**31)]


class _Dna(BaseModel):
    """What is compared of a DNA."""

    version: str
    colors: list[_Share]
    styles: list[_Share]
    categories: list[_Share]
    patterns: list[_Share]
    seasons: list[_Share]
    formality: _Formality
    counts: _Counts

    def shares(self, kind: str) -> dict[str, float]:
        """Of one of ``KINDS``."""
        entries: list[_Share] = getattr(self, kind)
        return {entry.name: entry.share for entry in entries}


def change(before: Mapping[str, Any] | None, since: str | None, now: Mapping[str, Any]) -> dict[str, Any] | None:
    """What has changed; None where there is nothing to compare with: the first DNA, one of another edition, or one that
    never was a DNA.

    Returns:
        ``since`` (when the DNA before was computed), for each of ``KINDS`` a list of ``{"name", "by"}`` (the shares
        that changed most, by how much), ``formality`` (of its level; None where it is not known both times) and
        ``items`` (how many more garments).
    """
    was, is_now = _read(before), _Dna.model_validate(now)
    if was is None or was.version != is_now.version:
        return None
    return {
        "since": since,
        **{kind: _moved(was.shares(kind), is_now.shares(kind)) for kind in KINDS},
        "formality": _difference(was.formality.level, is_now.formality.level),
        "items": is_now.counts.items - was.counts.items,
    }


def _read(dna: Mapping[str, Any] | None) -> _Dna | None:
    try:
        return None if dna is None else _Dna.model_validate(dna)
    except ValidationError:
        return None


def _moved(before: Mapping[str, float], now: Mapping[str, float]) -> list[dict[str, Any]]:
    by = {name: round(now.get(name, 0.0) - before.get(name, 0.0), DIGITS) for name in {*before, *now}}
    told = sorted((name for name in by if abs(by[name]) >= TELLING), key=lambda name: (-abs(by[name]), name))
    return [{"name": name, "by": by[name]} for name in told[:MOST]]


def _difference(before: float | None, now: float | None) -> float | None:
    return None if before is None or now is None else round(now - before, DIGITS)
