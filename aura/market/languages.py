"""Which language to answer in: what the app asked for, else what the person's device prefers.

A language is a folder under ``packs``; adding one adds it here by itself.
"""

from __future__ import annotations

from functools import cache

from aura.market.data import has, packs

DEFAULT = "en"
_LONGEST_HEADER = 500


@cache
def languages() -> tuple[str, ...]:
    """The languages that there are packs for, the default one first."""
    found = (name for name in packs() if has(name, "messages"))
    return tuple(sorted(found, key=lambda name: (name != DEFAULT, name)))


def choose_language(locale: str | None, accept_language: str | None = None) -> str:
    """The pack for a locale ("tr-TR", "en_US"), else for an Accept-Language header (RFC 9110 §12.5.4)."""
    wanted = [locale or "", *_preferred((accept_language or "")[:_LONGEST_HEADER])]
    return next((name for name in map(_primary, wanted) if name in languages()), DEFAULT)


def _primary(tag: str) -> str:
    return tag.strip().replace("_", "-").partition("-")[0].lower()


def _preferred(header: str) -> list[str]:
    ranges = [part.partition(";") for part in header.split(",")]
    rated = [(_quality(parameters), name) for name, _, parameters in ranges]
    return [name for quality, name in sorted(rated, key=lambda pair: -pair[0]) if quality > 0]


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
