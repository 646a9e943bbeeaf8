"""Decides what an analysis may change on a row. A person's words always win.

Pure. ``ai_tags.source`` keeps the memory that this needs:

- ``wrote``: the values that the machine put into ``category``, ``color``, ``pattern`` and ``tags``;
- ``seen``: the fields that were filled, and the proposed tags that stood in the row, after its last write.

From these follow the rules, for every photo the row ever gets:

- a field that still holds the machine's value follows the newest analysis, also to empty where a new photo
  does not tell (the same photo again keeps what was told before); a field with any other value is the
  person's and stays;
- an empty field is filled unless it was seen filled: then the person cleared it and it stays empty, for a
  new photo too;
- in ``tags`` the machine adds and removes its own entries only; a tag that was once there and that the
  machine did not take away itself was removed by the person and does not come back; the order and the
  duplicates of all other entries stay;
- an answer without tags (no garment, failed) touches ``ai_tags`` alone and hands the memory on.

A merge that would only renew the time of the analysis changes nothing, so nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from aura.gateway.items import Item

FIELDS = ("category", "color", "pattern")
# Parts of ``source`` that differ between two runs with the same result.
VOLATILE = frozenset({"analyzed_at", "duration_ms"})


@dataclass(frozen=True, slots=True)
class Result:
    """What is known about a photo, ready to be merged.

    ``words``: proposed values of ``FIELDS``, None where the analysis does not tell. ``tags``: proposed
    tags. ``answer``: ``ai_tags`` without ``source``; ``source`` without the memory.
    """

    status: Literal["done", "no_garment", "failed"]
    answer: Mapping[str, Any]
    source: Mapping[str, Any]
    words: Mapping[str, str | None]
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """Fields that were once filled and tags (case folded) that were once there."""

    fields: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()

    def __or__(self, other: Seen) -> Seen:
        return Seen(self.fields | other.fields, self.tags | other.tags)


@dataclass(frozen=True, slots=True)
class Memory:
    """What the machine wrote (``words``, ``tags``) and what was seen."""

    words: Mapping[str, str]
    tags: tuple[str, ...]
    seen: Seen


def merge(item: Item, result: Result, earlier: Seen | None = None) -> dict[str, Any]:
    """The columns to write and their new values; empty when there is nothing to write.

    Args:
        item: the row as read.
        earlier: what earlier reads of the same run saw: a value that vanished since was taken away by
            the person.
    """
    memory = memory_of(item, earlier or Seen())
    if result.status == "failed" and _answered(item, result):
        return _keep_older(item, result)
    values, after = _merged(item, result, memory) if result.status == "done" else _untouched(item, memory)
    changes = {name: value for name, value in values.items() if value != _present(item, name)}
    ai_tags = {**result.answer, "source": {**result.source, **_remember(after)}}
    if changes or not _same(ai_tags, item.ai_tags):
        changes["ai_tags"] = ai_tags
    return changes


def seen_in(item: Item, result: Result) -> Seen:
    """What a row shows: its filled fields and those of the proposed tags that stand in it."""
    present = _folded(item.tags or ())
    filled = {name for name in FIELDS if _filled(getattr(item, name))} | ({"tags"} if present else set())
    return Seen(frozenset(filled), present & _folded(result.tags))


def memory_of(item: Item, earlier: Seen) -> Memory:
    """The memory in a row's ``ai_tags``; whatever there is not of the right shape counts as absent."""
    source = _mapping(_mapping(item.ai_tags).get("source"))
    wrote, seen = _mapping(source.get("wrote")), _mapping(source.get("seen"))
    words = {name: wrote[name] for name in FIELDS if isinstance(wrote.get(name), str)}
    tags = _texts(wrote.get("tags"))
    fields = {name for name in _texts(seen.get("fields")) if name in (*FIELDS, "tags")} | set(words)
    own = Seen(frozenset(fields | ({"tags"} if tags else set())), _folded(_texts(seen.get("tags"))) | _folded(tags))
    return Memory(words, tags, own | earlier)


def _merged(item: Item, result: Result, memory: Memory) -> tuple[dict[str, Any], Memory]:
    values: dict[str, Any] = {}
    mine: dict[str, str] = {}
    for name in FIELDS:
        values[name], own = _merge_field(name, item, result, memory)
        if own is not None:
            mine[name] = own
    tags, added = _merge_tags(item, result, memory)
    values["tags"] = list(tags) if tags or item.tags is not None else None
    return values, Memory(mine, added, _seen_after(item, values, result, memory))


def _merge_field(name: str, item: Item, result: Result, memory: Memory) -> tuple[str | None, str | None]:
    """The field's new value, and the same again if it is the machine's."""
    current: str | None = getattr(item, name)
    proposed = result.words.get(name)
    if proposed is None and _same_photo(item, result):
        proposed = memory.words.get(name)
    if _filled(current):
        return (proposed, proposed) if current == memory.words.get(name) else (current, None)
    if name in memory.seen.fields or proposed is None:
        return current, None
    return proposed, proposed


def _merge_tags(item: Item, result: Result, memory: Memory) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The new list, and the entries of it that are the machine's."""
    kept, proposed = list(item.tags or ()), _proposed_tags(item, result, memory)
    if not kept and "tags" in memory.seen.fields:
        return (), ()
    for tag in memory.tags:
        if tag not in proposed and tag in kept:
            _remove_last(kept, tag)
    barred = _folded(kept) | memory.seen.tags
    added = tuple(tag for tag in dict.fromkeys(proposed) if tag.casefold() not in barred)
    mine = tuple(tag for tag in memory.tags if tag in proposed and tag in kept)
    return (*kept, *added), (*mine, *added)


def _proposed_tags(item: Item, result: Result, memory: Memory) -> tuple[str, ...]:
    return result.tags or (memory.tags if _same_photo(item, result) else ())


def _remove_last(tags: list[str], tag: str) -> None:
    """The machine appends, so of two equal entries the later one is the machine's."""
    del tags[len(tags) - 1 - tags[::-1].index(tag)]


def _cleared(item: Item, values: Mapping[str, Any]) -> set[str]:
    """Fields that this merge empties: the machine's own doing, not the person's."""
    return {name for name, value in values.items() if _filled(getattr(item, name)) and not _filled(value)}


def _seen_after(item: Item, values: Mapping[str, Any], result: Result, memory: Memory) -> Seen:
    filled = {name for name, value in values.items() if _filled(value)}
    fields = (memory.seen.fields | filled) - _cleared(item, values)
    withdrawn = _folded(item.tags or ()) - _folded(values["tags"] or ())
    present = _folded(values["tags"] or ()) & _folded(result.tags)
    return Seen(fields, (memory.seen.tags - withdrawn) | present)


def _untouched(item: Item, memory: Memory) -> tuple[dict[str, Any], Memory]:
    """No column changes; the memory notes what the person did since."""
    words = {name: value for name, value in memory.words.items() if getattr(item, name) == value}
    tags = tuple(tag for tag in memory.tags if tag in (item.tags or ()))
    filled = {name for name in (*FIELDS, "tags") if _filled(getattr(item, name))}
    return {}, Memory(words, tags, memory.seen | Seen(frozenset(filled)))


def _answered(item: Item, result: Result) -> bool:
    """Whether the row already holds an answer for this very photo."""
    return _mapping(item.ai_tags).get("status") in ("done", "no_garment") and _same_photo(item, result)


def _same_photo(item: Item, result: Result) -> bool:
    """Whether what ``ai_tags`` says is about the photo of the result."""
    return bool(_mapping(_mapping(item.ai_tags).get("source")).get("photo") == result.source["photo"])


def _keep_older(item: Item, result: Result) -> dict[str, Any]:
    """A newer version failed on a photo that an older one could read: its answer stands.

    ``source.version`` says that the newer one had its turn, ``source.answered_by`` whose answer it is.
    """
    ai_tags = _mapping(item.ai_tags)
    source = _mapping(ai_tags["source"])
    if source.get("version") == result.source.get("version"):
        return {}
    answered_by = source.get("answered_by", source.get("version"))
    version = result.source.get("version")
    return {"ai_tags": {**ai_tags, "source": {**source, "version": version, "answered_by": answered_by}}}


def _remember(memory: Memory) -> dict[str, Any]:
    seen = {"fields": sorted(memory.seen.fields), "tags": sorted(memory.seen.tags)}
    return {"wrote": {**memory.words, "tags": list(memory.tags)}, "seen": seen}


def _same(new: Mapping[str, Any], old: Mapping[str, Any] | None) -> bool:
    return _lasting(new) == _lasting(_mapping(old))


def _lasting(ai_tags: Mapping[str, Any]) -> dict[str, Any]:
    source = _mapping(ai_tags.get("source"))
    return {**ai_tags, "source": {key: value for key, value in source.items() if key not in VOLATILE}}


def _present(item: Item, name: str) -> Any:
    value = getattr(item, name)
    return list(value) if name == "tags" and value is not None else value


def _filled(value: str | Sequence[str] | None) -> bool:
    return bool(value.strip() if isinstance(value, str) else value)


def _folded(tags: Iterable[str]) -> frozenset[str]:
    return frozenset(tag.casefold() for tag in tags)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _texts(value: object) -> tuple[str, ...]:
    return tuple(entry for entry in value if isinstance(entry, str)) if isinstance(value, list | tuple) else ()
