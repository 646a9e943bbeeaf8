"""Tells which columns of an item a run of the machine wrote, from what the row shows.

Pure. A run that somebody else made leaves nothing behind but the row, and a person may have edited the row in the
same moment; the memory in ``ai_tags.source`` (see ``handlers.merge``) is what tells the two apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from aura.gateway.items import Item
from handlers.merge import FIELDS, Memory, Seen, memory_of


def written_between(before: Item, after: Item) -> tuple[str, ...]:
    """The columns that the machine changed between two reads of a row, sorted.

    Args:
        before: the row as it was.
        after: the same row later; a column that the person changed meanwhile is not the machine's.
    """
    if after.ai_tags == before.ai_tags:
        return ()
    old, new = memory_of(before, Seen()), memory_of(after, Seen())
    changed = {name for name in FIELDS if _word_written(name, before, after, old, new)}
    if _tags_written(before, after, old, new):
        changed.add("tags")
    return tuple(sorted({"ai_tags", *changed}))


def standing(item: Item) -> tuple[str, ...]:
    """The columns that hold what the machine wrote, sorted; none where it wrote nothing."""
    if not isinstance((item.ai_tags or {}).get("source"), Mapping):
        return ()
    memory = memory_of(item, Seen())
    words = {name for name in FIELDS if name in memory.words and getattr(item, name) == memory.words[name]}
    tags = {"tags"} if set(memory.tags) & set(item.tags or ()) else set[str]()
    return tuple(sorted({"ai_tags", *words, *tags}))


def _word_written(name: str, before: Item, after: Item, old: Memory, new: Memory) -> bool:
    was, now = getattr(before, name), getattr(after, name)
    if was == now:
        return False
    if now:
        return bool(now == new.words.get(name))
    return _withdrawn(name, was, old, new)


def _withdrawn(name: str, was: Any, old: Memory, new: Memory) -> bool:
    """The machine took its own value back: then it forgets that the field was ever filled."""
    return bool(was == old.words.get(name)) and name not in new.seen.fields


def _tags_written(before: Item, after: Item, old: Memory, new: Memory) -> bool:
    was, now = Counter(before.tags or ()), Counter(after.tags or ())
    added = set(now - was) & set(new.tags)
    return bool(added) or any(_tag_withdrawn(tag, now, new) for tag in set(was - now) & set(old.tags))


def _tag_withdrawn(tag: str, now: Counter[str], new: Memory) -> bool:
    """An entry of the machine's is gone: it forgot the tag, or claims none of those that the person has as well."""
    return tag.casefold() not in new.seen.tags or (tag in now and tag not in new.tags)
