"""Precision and recall by half, language and label."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from benchmarks.moderation.lines import (
    CLEAN,
    HALVES,
    LANGUAGES,
    OFFENSIVE,
    WANTED,
    Line,
    flagged_by_library,
    kinds,
    lines,
)
from benchmarks.report import Table

Judge = Callable[[Line], bool]


def accuracy() -> list[Table]:
    """Recall of each label, lines without fault that were found fault with, and precision of offensive language."""
    return [
        Table("recall: lines found as what they are", _recalls()),
        Table("lines without fault that anything was found in (false positives)", _false_positives()),
        Table("offensive language: precision and recall over all lines", _precisions()),
    ]


def _found(line: Line) -> bool:
    return bool(kinds(line.text) & WANTED[line.label])


def _offensive(line: Line) -> bool:
    return "offensive" in kinds(line.text)


def _by_library(line: Line) -> bool:
    return flagged_by_library(line.text)


def _some(half: str, language: str, labels: Iterable[str]) -> list[Line]:
    return [line for line in lines(half) if line.language == language and line.label in set(labels)]


def _share(some: list[Line], judge: Judge) -> float:
    return round(sum(map(judge, some)) / len(some), 4)


def _recalls() -> list[dict[str, Any]]:
    rows = []
    for half in HALVES:
        for label in WANTED:
            for language in LANGUAGES:
                some = _some(half, language, [label])
                library = _share(some, _by_library) if label in OFFENSIVE else "-"
                row = {"half": half, "label": label, "language": language, "lines": len(some)}
                rows.append(row | {"aura": _share(some, _found), "safetype": library})
    return rows


def _false_positives() -> list[dict[str, Any]]:
    rows = []
    for half in HALVES:
        for label in CLEAN:
            for language in LANGUAGES:
                some = _some(half, language, [label])
                row = {"half": half, "label": label, "language": language, "lines": len(some)}
                anything = _share(some, lambda line: bool(kinds(line.text)))
                rows.append(row | {"aura": anything, "safetype": _share(some, _by_library)})
    return rows


def _precisions() -> list[dict[str, Any]]:
    judges: dict[str, Judge] = {"aura": _offensive, "safetype": _by_library}
    return [
        {"half": half, "language": language, "judge": name} | _precision(half, language, judge)
        for half in HALVES
        for language in LANGUAGES
        for name, judge in judges.items()
    ]


def _precision(half: str, language: str, judge: Judge) -> dict[str, Any]:
    some = _some(half, language, [*CLEAN, *WANTED])
    found = [line for line in some if judge(line)]
    right = sum(line.offensive for line in found)
    wanted = sum(line.offensive for line in some)
    return {"precision": round(right / len(found), 4) if found else "-", "recall": round(right / wanted, 4)}
