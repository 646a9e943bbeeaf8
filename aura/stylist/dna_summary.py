"""A style in two sentences, in every language that the stylist speaks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aura.stylist.speech import Speech, languages, speech

# A share below this is not called part of the style, and no more than so many are named.
TOLD, MOST = 0.12, 2


def summaries(dna: Mapping[str, Any]) -> dict[str, str]:
    """By language. What the DNA does not know is not spoken of."""
    return {language: summary(dna, speech(language)) for language in languages()}


def summary(dna: Mapping[str, Any], said: Speech) -> str:
    """Two sentences: what is worn (colours and styles), and how (formality, patterns and seasons)."""
    return f"{_what(dna, said)} {_how(dna, said)}"


def _what(dna: Mapping[str, Any], said: Speech) -> str:
    colours = said.listed([said.word("color", name) for name in _names(dna["colors"])])
    styles = said.listed([said.word("style", name) for name in _names(dna["styles"])])
    kind = {(True, True): "both", (True, False): "colours", (False, True): "styles", (False, False): "nothing"}
    return said.dna(kind[bool(colours), bool(styles)], colours=colours, styles=styles)


def _how(dna: Mapping[str, Any], said: Speech) -> str:
    parts = []
    level = dna["formality"]["level"]
    if level is not None:
        parts.append(said.dna_word("formality", min(4, max(0, round(level)))))
    if dna["patterns"]:
        plain = sum(entry["share"] for entry in dna["patterns"] if entry["name"] == "plain")
        parts.append(said.dna_word("patterns", 0 if plain >= 0.7 else 1 if plain >= 0.4 else 2))
    seasons = _names(dna["seasons"])
    if seasons:
        parts.append(said.dna("seasons", seasons=said.listed([said.word("season", name) for name in seasons])))
    if not parts:
        return said.dna("early")
    return said.dna("how", parts=said.listed(parts))


def _names(entries: list[dict[str, Any]]) -> list[str]:
    """The strongest, or the first alone where none is strong."""
    strong = [entry["name"] for entry in entries[:MOST] if entry["share"] >= TOLD]
    return strong or [entry["name"] for entry in entries[:1]]
