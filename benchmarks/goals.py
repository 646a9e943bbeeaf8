"""Figures beside the targets they are held to: one row of a table each."""

from __future__ import annotations

from typing import Any

ABSENT = "-"


def figure(
    name: str,
    aura: float | None,
    bare: float | None = None,
    *,
    at_most: float | None = None,
    exactly: float | None = None,
) -> dict[str, Any]:
    """A row: what was measured of Aura and of the bare consumer, the target, and whether Aura held it.

    None is shown as a dash: not measured, or (of a duration) it never came to that; a target is then missed.
    """
    target = ABSENT if at_most is exactly is None else f"≤ {at_most:g}" if at_most is not None else f"{exactly:g}"
    return {
        "figure": name,
        "aura": _shown(aura),
        "bare": _shown(bare),
        "target": target,
        "held": ABSENT if target == ABSENT else "yes" if _held(aura, at_most, exactly) else "no",
    }


def _held(value: float | None, at_most: float | None, exactly: float | None) -> bool:
    if value is None:
        return False
    return value <= at_most if at_most is not None else value == exactly


def _shown(value: float | None) -> float | str:
    return ABSENT if value is None else round(value, 2)
