# ruff: noqa: RUF001 - a typographic apostrophe is an apostrophe
"""Finds the garments, colours, materials and the like that a text names, in the project's vocabulary, and where.

The words are those of the vision lexicons; Turkish ones are also found with their endings ("elbisesi"). Words that
mean something else in running text ("short sleeves") are left out: a tag that is missing does less harm than a wrong
one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from aura.market.data import load
from aura.market.folding import fold
from aura.market.languages import languages
from aura.market.reading import base
from aura.market.words import dictionary
from aura.vision.lexicon import lexicon
from aura.vision.vocabulary import CATEGORY_OF, Category

KINDS = ("subcategory", "category", "color", "pattern", "material", "season", "style")
LONGEST_PHRASE = 4
LONGEST_ENDING = 8
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")


@dataclass(frozen=True, slots=True)
class Mention:
    """A value of the vocabulary that a text names; ``first`` and ``last`` are places in ``Mentions.words``."""

    kind: str
    value: str
    first: int
    last: int

    @property
    def category(self) -> Category | None:
        """What sort of garment is named, if one is."""
        if self.kind == "subcategory":
            return CATEGORY_OF[self.value]
        return Category(self.value) if self.kind == "category" else None


@dataclass(frozen=True, slots=True)
class Speech:
    """How a language's listings speak of garments (``packs/<language>/garments.yaml``)."""

    wishing: frozenset[str]
    beside: frozenset[str]
    after: frozenset[str]
    eras: Mapping[str, str]


def plain_words(text: str) -> tuple[str, ...]:
    """The words of a text in ASCII, without what follows an apostrophe."""
    return tuple(re.split("['’]", word)[0] for word in _WORD.findall(ascii_of(text)))


def ascii_of(text: str) -> str:
    """A text in small letters without any dots and accents, for comparing words that are no offence."""
    return "".join(map(base, fold(text).text))


def mentions(words: tuple[str, ...]) -> Iterator[Mention]:
    """What the words name, from the left; of phrases that begin with the same word, the longest."""
    place = 0
    while place < len(words):
        mention = _at(words, place)
        if mention is not None:
            yield mention
        place = place + 1 if mention is None else mention.last + 1


def _at(words: tuple[str, ...], place: int) -> Mention | None:
    phrases = _phrases()
    for length in range(min(LONGEST_PHRASE, len(words) - place), 0, -1):
        for phrase in _stems(" ".join(words[place : place + length])):
            if phrase in phrases:
                kind, value = phrases[phrase]
                return Mention(kind, value, place, place + length - 1)
    return None


def _stems(phrase: str) -> Iterator[str]:
    """The phrase, and the phrase without an ending that its last word may have."""
    yield phrase
    last = len(phrase) - phrase.rfind(" ") - 1
    for length in range(1, min(LONGEST_ENDING, last - 2)):
        if any(ending.fullmatch(phrase[-length:]) for ending in dictionary().noun_endings):
            yield phrase[:-length]


@cache
def speech() -> Speech:
    """How all languages speak of garments."""
    loaded = [load(language, "garments") for language in languages()]
    return Speech(
        wishing=frozenset(word for pack in loaded for word in _listed(pack["wishing"])),
        beside=frozenset(word for pack in loaded for word in _listed(pack["beside"])),
        after=frozenset(word for pack in loaded for word in _listed(pack["after"])),
        eras={ascii_of(str(word)): str(era) for pack in loaded for word, era in pack["eras"].items()},
    )


@cache
def brands() -> Mapping[str, str]:
    """Brands by their plain words, and the tag of each."""
    return {" ".join(plain_words(brand)): brand.lower() for brand in load("any", "brands")}


@cache
def _phrases() -> dict[str, tuple[str, str]]:
    phrases: dict[str, tuple[str, str]] = {}
    for language in languages():
        ignored = set(_listed(load(language, "garments")["ignored"]))
        for kind in KINDS:
            for phrase, value in lexicon(language).phrases(kind).items():
                if ascii_of(phrase) not in ignored and (language == "en" or phrase != value.replace("_", " ")):
                    phrases.setdefault(ascii_of(phrase), (kind, str(value)))
    return phrases


def _listed(text: str) -> list[str]:
    return [ascii_of(part.strip()) for part in text.split(",") if part.strip()]
