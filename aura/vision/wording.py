"""Statements in words for people who look at results: on a terminal and on a contact sheet."""

from __future__ import annotations

from typing import Any

from aura.vision.garment import Judged


def plain(value: str) -> str:
    """A value of the vocabulary as people write it: "t shirt"."""
    return str(value).replace("_", " ")


def said(judged: Judged[Any]) -> str:
    """A statement and how sure it is: "t shirt (93%)"; a suggestion made by rule is marked with "~"."""
    return f"{'~' if judged.source else ''}{with_confidence(judged.value, judged.confidence)}"


def with_confidence(value: str, confidence: float) -> str:
    """A value and how sure it is: "light blue (81%)"."""
    return f"{plain(value)} ({confidence:.0%})"
