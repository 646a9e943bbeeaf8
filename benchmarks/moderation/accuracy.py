"""Precision and recall by set, language and label."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from benchmarks.moderation.lines import (
    CLEAN,
    LANGUAGES,
    OFFENSIVE,
    SETS,
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


def _some(name: str, language: str, labels: Iterable[str]) -> list[Line]:
    return [line for line in lines(name) if line.language == language and line.label in set(labels)]


def _share(some: list[Line], judge: Judge) -> float:
    return round(sum(map(judge, some)) / len(some), 4)


def _recalls() -> list[dict[str, Any]]:
    rows = []
    for name in SETS:
        for label in WANTED:
            for language in LANGUAGES:
                some = _some(name, language, [label])
                library = _share(some, _by_library) if label in OFFENSIVE else "-"
                row = {"set": name, "label": label, "language": language, "lines": len(some)}
                rows.append(row | {"aura": _share(some, _found), "safetype": library})
    return rows


def _false_positives() -> list[dict[str, Any]]:
    rows = []
    for name in SETS:
        for label in CLEAN:
            for language in LANGUAGES:
                some = _some(name, language, [label])
                row = {"set": name, "label": label, "language": language, "lines": len(some)}
                anything = _share(some, lambda line: bool(kinds(line.text)))
                rows.append(row | {"aura": anything, "safetype": _share(some, _by_library)})
    return rows


def _precisions() -> list[dict[str, Any]]:
    judges: dict[str, Judge] = {"aura": _offensive, "safetype": _by_library}
    return [
        {"set": name, "language": language, "judge": judged} | _precision(name, language, judge)
        for name in SETS
        for language in LANGUAGES
        for judged, judge in judges.items()
    ]


def _precision(name: str, language: str, judge: Judge) -> dict[str, Any]:
    some = _some(name, language, [*CLEAN, *WANTED])
    found = [line for line in some if judge(line)]
    right = sum(line.offensive for line in found)
    wanted = sum(line.offensive for line in some)
    return {"precision": round(right / len(found), 4) if found else "-", "recall": round(right / wanted, 4)}
