"""What is new in a style since last time. History, and therefore beside the DNA and no part of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

KINDS = ("colors", "styles", "categories", "patterns", "seasons")
# Changes of a share that are worth telling, and how many of each kind are told.
TELLING, MOST = 0.02, 3
DIGITS = 3


def change(before: Mapping[str, Any] | None, since: str | None, now: Mapping[str, Any]) -> dict[str, Any] | None:
    """What has changed; None where there is nothing to compare with: the first DNA, or one of another edition.

    Returns:
        ``since`` (when the DNA before was computed), for each of ``KINDS`` a list of ``{"name", "by"}`` (the shares
        that changed most, by how much), ``formality`` (of its level; None where it is not known both times) and
        ``items`` (how many more garments).
    """
    if before is None or before.get("version") != now["version"]:
        return None
    return {
        "since": since,
        **{kind: _moved(_shares(before, kind), _shares(now, kind)) for kind in KINDS},
        "formality": _difference(_level(before), _level(now)),
        "items": now["counts"]["items"] - before["counts"]["items"],
    }


def _moved(before: Mapping[str, float], now: Mapping[str, float]) -> list[dict[str, Any]]:
    by = {name: round(now.get(name, 0.0) - before.get(name, 0.0), DIGITS) for name in {*before, *now}}
    told = sorted((name for name in by if abs(by[name]) >= TELLING), key=lambda name: (-abs(by[name]), name))
    return [{"name": name, "by": by[name]} for name in told[:MOST]]


def _shares(dna: Mapping[str, Any], kind: str) -> dict[str, float]:
    return {entry["name"]: entry["share"] for entry in dna[kind]}


def _level(dna: Mapping[str, Any]) -> float | None:
    level: float | None = dna["formality"]["level"]
    return level


def _difference(before: float | None, now: float | None) -> float | None:
    return None if before is None or now is None else round(now - before, DIGITS)
