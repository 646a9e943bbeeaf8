"""Judges from the records whether the promise was kept. Pure: records in, sentences about what is wrong out.

The promises, as the records can show them:

- no key was worked on twice at the same time in a process (anywhere, where the queue is shared), nor was a photo
  analysed twice at the same time anywhere;
- each effect was applied once: a photo that an item had got its tags in at most one write, the tags were about the
  photo that the row had at that moment, and no style DNA was written twice the same;
- nothing was paid for again that was in the cache;
- no value that a person wrote or cleared was touched.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from tests.support.outages.journal import Entry
from tests.support.outages.row_audit import ItemChange, StoredAnswer, StyleWrite

FIELDS = ("category", "color", "pattern")


@dataclass(frozen=True, slots=True)
class Span:
    """Something that took from ``begin`` to ``end``."""

    begin: float
    end: float
    entry: Entry


def spans(entries: Sequence[Entry], what: str) -> list[Span]:
    """What began and ended; what a kill cut off ended there, what still runs has no end."""
    ends = {entry.run: entry.at for entry in entries if entry.phase == "end"}
    kills = {entry.pid: entry.at for entry in entries if entry.phase == "killed"}
    begun = [entry for entry in entries if entry.what == what and entry.phase == "begin"]
    return [Span(each.at, ends.get(each.run, kills.get(each.pid, float("inf"))), each) for each in begun]


def cut_off(entries: Sequence[Entry], what: str) -> list[Span]:
    """What a kill ended."""
    ended = {entry.run for entry in entries if entry.phase == "end"}
    return [span for span in spans(entries, what) if span.entry.run not in ended]


def worked_on_concurrently(entries: Sequence[Entry], *, shared: bool = False) -> list[str]:
    """Keys that were in two hands at once: of a process, or of any where they share one queue."""
    within: dict[Any, list[Span]] = defaultdict(list)
    for span in spans(entries, "work"):
        within["a worker", 0 if shared else span.entry.pid, span.entry.key].append(span)
    for span in spans(entries, "ask"):
        within["the analyzer", span.entry.key].append(span)
        within["an analyzer", span.entry.content].append(span)
    return [f"{key[-1]} was in {key[0]}'s hands twice at once" for key, held in within.items() if _overlap(held)]


def _overlap(held: Iterable[Span]) -> bool:
    ordered = sorted(held, key=lambda span: span.begin)
    return any(later.begin < earlier.end for earlier, later in pairwise(ordered))


def paid_again(entries: Sequence[Entry], stored: Sequence[StoredAnswer]) -> list[str]:
    """Questions that were asked although their answer was in the cache."""
    since = {answer.content_hash: answer.at for answer in reversed(stored)}
    asked = [entry for entry in entries if entry.what == "ask" and entry.phase == "begin"]
    return [
        f"{entry.key}: asked {entry.wall - since[entry.content]:.3f} s after the answer was kept"
        for entry in asked
        if entry.wall > since.get(entry.content, float("inf"))
    ]


def unkept(entries: Sequence[Entry], stored: Sequence[StoredAnswer]) -> list[Entry]:
    """Questions whose answer, come or not, was not in the cache when their process was killed: no promise is made."""
    since = {answer.content_hash: answer.at for answer in reversed(stored)}
    kills = {entry.pid: entry.wall for entry in entries if entry.phase == "killed"}
    asked = [entry for entry in entries if entry.what == "ask" and entry.phase == "begin" and entry.pid in kills]
    return [entry for entry in asked if since.get(entry.content, float("inf")) > kills[entry.pid]]


def questions(entries: Sequence[Entry]) -> Mapping[str, int]:
    """How often the analyzer was asked about each photo."""
    asked: dict[str, int] = defaultdict(int)
    for entry in entries:
        if entry.what == "ask" and entry.phase == "begin":
            asked[entry.content] += 1
    return asked


def applied_wrongly(changes: Sequence[ItemChange]) -> list[str]:
    """What the machine wrote twice, about another photo, or over a person's words."""
    histories: dict[str, list[ItemChange]] = defaultdict(list)
    for change in changes:
        if change.op != "DELETE":
            histories[change.item].append(change)
    return [complaint for item, history in histories.items() for complaint in _judge(item, history)]


@dataclass(slots=True)
class _Memory:
    """What the changes of one row so far say about whose its words are."""

    writes: int = 0  # of tags for the present photo
    words: dict[str, str | None] = field(default_factory=dict)  # as the machine last wrote them
    tags: set[str] = field(default_factory=set)  # that the machine added
    cleared: set[str] = field(default_factory=set)  # fields that a person emptied after a machine's write


def _judge(item: str, history: Sequence[ItemChange]) -> Iterator[str]:
    memory = _Memory()
    for before, after in pairwise(history):
        if after.photo != before.photo:
            memory.writes = 0
        if after.ai_tags == before.ai_tags:
            _note_person(before, after, memory)
        else:
            yield from (f"{item}: {complaint}" for complaint in _judge_write(before, after, memory))
            _note_machine(before, after, memory)


def _note_person(before: ItemChange, after: ItemChange, memory: _Memory) -> None:
    emptied = {name for name in FIELDS if getattr(before, name) and not getattr(after, name)}
    filled = {name for name in FIELDS if getattr(after, name)}
    memory.cleared = (memory.cleared | (emptied & memory.words.keys())) - filled


def _note_machine(before: ItemChange, after: ItemChange, memory: _Memory) -> None:
    memory.words |= {name: getattr(after, name) for name in _changed(before, after)}
    memory.tags |= set(after.tags or ()) - set(before.tags or ())


def _judge_write(before: ItemChange, after: ItemChange, memory: _Memory) -> Iterator[str]:
    memory.writes += 1
    if memory.writes > 1:
        yield f"tagged {memory.writes} times for one photo"
    if after.tagged_photo != after.photo:
        yield f"tagged for {after.tagged_photo} while its photo was {after.photo}"
    for name in _changed(before, after):
        present = getattr(before, name)
        if name in memory.cleared or (present and present != memory.words.get(name)):
            yield f"the machine wrote over the person's {name}"
    for tag in set(before.tags or ()) - set(after.tags or ()) - memory.tags:
        yield f"the machine removed the person's tag {tag!r}"


def _changed(before: ItemChange, after: ItemChange) -> list[str]:
    return [name for name in FIELDS if getattr(before, name) != getattr(after, name)]


def styled_twice(writes: Sequence[StyleWrite]) -> list[str]:
    """Style DNA that was written though it was there, made from the same."""
    last: dict[str, StyleWrite] = {}
    complaints = []
    for write in writes:
        if last.get(write.owner) == write:
            complaints.append(f"{write.owner}: the same style DNA was written twice")
        last[write.owner] = write
    return complaints
