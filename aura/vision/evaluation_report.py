"""The figures of an evaluation as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.console import Group
from rich.table import Table

from aura.vision.evaluation import Covered, Evaluation
from aura.vision.local.assess import Assessment

MOST_CONFUSED = 10


def report(assessment: Assessment) -> Group:
    """All tables, the most important first."""
    figures = assessment.figures
    tables = [_labelled(assessment), _categorised(figures), _labels(figures), _confused(figures), _coverage(figures)]
    return Group(*tables, *([_others(assessment)] if assessment.others else []))


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, header_style="bold", pad_edge=False, show_header=True)
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left")
    return table


def _labelled(assessment: Assessment) -> Table:
    figures = assessment.figures
    rows = {
        "photos": str(figures.photos),
        "accuracy": _percent(figures.accuracy),
        f"accuracy over the {len(figures.largest)} largest classes": _percent(figures.accuracy_of_largest),
        "right label among the first two": _percent(figures.top2),
        "calibration error (ECE, 15 bins)": f"{figures.calibration_error:.3f}",
        f"photos whose label alone is sure enough ({figures.stated.threshold:g})": _percent(figures.stated.coverage),
        "accuracy of those labels": _percent(figures.stated.accuracy),
        "garments refused by the gate": str(figures.refused),
        "unreadable files": str(assessment.unreadable),
    }
    return _two_columns("\nThe likeliest label (T-Shirt, Polo, …)", rows)


def _categorised(figures: Evaluation) -> Table:
    stated = figures.category_stated
    rows = {
        "accuracy": _percent(figures.category_accuracy),
        f"accuracy over the {len(figures.largest)} largest classes": _percent(figures.category_accuracy_of_largest),
        "calibration error (ECE, 15 bins)": f"{figures.category_calibration_error:.3f}",
        f"photos whose row gets one (sure enough: {stated.threshold:g})": _percent(stated.coverage),
        "accuracy of what rows get": _percent(stated.accuracy),
    }
    return _two_columns("\nThe likeliest category (tops, bottoms, …)", rows)


def _two_columns(title: str, rows: Mapping[str, str]) -> Table:
    table = _table(title, "figure", "")
    for name, value in rows.items():
        table.add_row(name, value)
    return table


def _labels(figures: Evaluation) -> Table:
    table = _table("\nEach label", "label", "photos", "precision", "recall", "F1")
    for label in figures.labels:
        shares = (label.precision, label.recall, label.f1)
        table.add_row(label.label, str(label.photos), *(_percent(share) for share in shares))
    return table


def _confused(figures: Evaluation) -> Table:
    table = _table("\nMistaken most often", "shows", "taken for", "photos")
    names = [label.label for label in figures.labels]
    mistakes = sorted(_mistakes(figures), reverse=True)[:MOST_CONFUSED]
    for count, truth, guess in mistakes:
        table.add_row(names[truth], names[guess], str(count))
    return table


def _mistakes(figures: Evaluation) -> Iterator[tuple[int, int, int]]:
    for truth, row in enumerate(figures.confusion):
        yield from ((count, truth, guess) for guess, count in enumerate(row) if count and guess != truth)


def _coverage(figures: Evaluation) -> Table:
    table = _table("\nWhat a threshold would state", "confidence from", "photos stated", "accuracy of those")
    for point in figures.coverage:
        table.add_row(*_point(point))
    return table


def _point(point: Covered) -> tuple[str, str, str]:
    return f"{point.threshold:.2f}", _percent(point.coverage), _percent(point.accuracy)


def _others(assessment: Assessment) -> Table:
    table = _table("\nLabels that the tagger does not know", "label", "photos", "taken for no garment")
    for label, (photos, refused) in assessment.others.items():
        table.add_row(label, str(photos), str(refused))
    return table


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"
