"""How well listings' texts are judged, and how fast, beside the bare library safetype on the same lines.

The lines are in two files: ``tuned.tsv`` was written and looked at while the rules were made, ``held_out.tsv`` was
written after them by the same author. Both are reported; the second is the one to believe, as far as its author's
imagination goes.
"""

from __future__ import annotations

from benchmarks.moderation.accuracy import accuracy
from benchmarks.moderation.timing import growth, times
from benchmarks.report import Report, progress


async def run(quick: bool) -> Report:
    """Accuracy on every line; times of whole reviews; growth with the length of a text."""
    progress("moderation: every labelled line, by Aura and by bare safetype")
    tables = accuracy()
    progress("moderation: times")
    return Report("moderation", {}, [*tables, times(quick=quick), growth(quick=quick)])
