"""Tells what a listing says about its own item from what it says about others.

"Navy dress, lovely with ankle boots, would swap for a coat" is about a dress. Garments that something is worn with
and garments that somebody wishes for do not describe the item.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from aura.market.garments import Mention, mentions, plain_words, speech
from aura.vision.vocabulary import Category

_SENTENCE = re.compile(r"[.!?;\n]+")
REACH = 3  # words between "with" and the garment it brings along


@dataclass(frozen=True, slots=True)
class Description:
    """What a listing names. ``own`` describes the item; ``sure`` of them are named first thing, in title or opening."""

    own: tuple[Mention, ...]
    sure: tuple[Mention, ...]
    named: frozenset[Category]


def describe(title: str, description: str) -> Description:
    """What a listing says its item is."""
    sentences = [title, *_SENTENCE.split(description)]
    found = [list(_own(sentence)) for sentence in sentences]
    opening = next((own for own in found if any(mention.category for mention in own)), [])
    named = {mention.category for sentence in sentences for mention in mentions(plain_words(sentence))}
    return Description(
        own=tuple(mention for own in found for mention in own),
        sure=tuple(opening if opening in found[:2] else ()),
        named=frozenset(category for category in named if category is not None),
    )


def _own(sentence: str) -> Iterator[Mention]:
    words = plain_words(sentence)
    wishing = any(word in speech().wishing for word in words)
    for mention in mentions(words):
        before = words[max(0, mention.first - REACH) : mention.first]
        follows = words[mention.last + 1] if mention.last + 1 < len(words) else ""
        accompanies = any(word in speech().beside for word in before) or follows in speech().after
        if not wishing and not (mention.category and accompanies):
            yield mention
