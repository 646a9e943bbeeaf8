"""How well listings' texts are judged, and how fast, beside the bare library safetype on the same lines.

The lines are in eight files. ``tuned.tsv`` was looked at while the rules were made, ``held_out.tsv`` was written after
them. The six of ``fresh_*.tsv`` were written without sight of the rules, and each was run once before anything was
mended for it: what they gave then is in benchmarks/README.md; that of the last two is the figure to believe.
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
