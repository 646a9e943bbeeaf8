"""Says what a change calls for: a pure table from (table, type of change) to work.

What happens when a like arrives is one line of ``RULES``. The rules drop a hint only when the record itself
proves that there is nothing to do; everything else is decided by the handler, which reads the row again. So a
rule that is too generous costs one cheap read, and a rule that is too strict would cost a person their tags.

No circle: our own write of tags comes back as an UPDATE whose record proves it settled; its style hint, and
that of a like counter, find no marks (the database's triggers write those) and end there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aura.photos.identity import photo_identity
from consumer.changes import Change, ChangeType
from handlers.work import Work

Record = Mapping[str, Any]
Rule = Callable[[Record], Work | None]


@dataclass(frozen=True, slots=True)
class Binding:
    """What is asked of Realtime for one table: only the columns that the rules look at."""

    table: str
    columns: tuple[str, ...]
    filter: str | None = None


BINDINGS = (
    Binding("clothing_items", ("id", "user_id", "image_url", "ai_tags")),
    Binding("likes", ("id", "user_id")),
    Binding("combinations", ("id", "user_id")),
)
CANARY_TABLE = "aura_canary"
# No daemon's canary: the row by which a process without a consumer says that something changed (aura_wake()).
WAKE_ID = "00000000-0000-0000-0000-000000000000"


def canary_binding(canary_id: str) -> Binding:
    """The binding that hears one process's canary and no other's."""
    return Binding(CANARY_TABLE, ("id", "beat"), f"id=eq.{canary_id}")


def analysis_of(record: Record) -> Work | None:
    """The analysis of this item, unless the record proves it settled."""
    item = _key(record, "id")
    if item is None or is_settled(record):
        return None
    return Work("analyze_item", item, owner=_key(record, "user_id"), photo=_key(record, "image_url"))


def style_of(record: Record) -> Work | None:
    """The style DNA of the row's owner."""
    user = _key(record, "user_id")
    return None if user is None else Work("style_dna", user, owner=user)


RULES: Mapping[tuple[str, ChangeType], tuple[Rule, ...]] = {
    ("clothing_items", "INSERT"): (analysis_of, style_of),
    ("clothing_items", "UPDATE"): (analysis_of, style_of),
    ("likes", "INSERT"): (style_of,),
    ("likes", "UPDATE"): (style_of,),
    ("combinations", "INSERT"): (style_of,),
    ("combinations", "UPDATE"): (style_of,),
}
# A DELETE tells nothing but the primary key: whose style it touches, only the marks know.
STYLE_TABLES = frozenset(binding.table for binding in BINDINGS)


def route(change: Change) -> Sequence[Work]:
    """The work that a change calls for, perhaps none."""
    rules = RULES.get((change.table, change.type), ())
    return [work for rule in rules if (work := rule(change.record)) is not None]


def needs_marks_listed(change: Change) -> bool:
    """Whether the change touches somebody's style without saying whose: then the marks are listed."""
    if change.table not in STYLE_TABLES:
        return False
    return change.type == "DELETE" or style_of(change.record) is None


def canary_beat(change: Change) -> int | None:
    """The beat that a canary's change carries; None for every other change."""
    beat = change.record.get("beat") if change.table == CANARY_TABLE and not is_wake(change) else None
    return beat if isinstance(beat, int) else None


def is_wake(change: Change) -> bool:
    """Whether another process says that something changed."""
    return change.table == CANARY_TABLE and change.record.get("id") == WAKE_ID


def is_settled(record: Record) -> bool:
    """Whether the record itself proves that its current photo needs no analysis.

    Proven: there is no photo (``image_url`` is null or empty), or ``ai_tags.source.photo`` is the photo's identity.
    A missing key proves nothing.
    """
    if "image_url" not in record:
        return False
    url = record["image_url"]
    if url is None or url == "":
        return True
    return isinstance(url, str) and _analysed_photo(record) == photo_identity(url)


def _analysed_photo(record: Record) -> str | None:
    tags = record.get("ai_tags")
    source = tags.get("source") if isinstance(tags, Mapping) else None
    photo = source.get("photo") if isinstance(source, Mapping) else None
    return photo if isinstance(photo, str) else None


def _key(record: Record, column: str) -> str | None:
    value = record.get(column)
    return value if isinstance(value, str) and value else None
