"""Brings people's own words into the vocabulary: "Blue Jeans" is jeans, bottoms, and blue.

Words live in one data file per language (``lexicons/<language>.yaml``); a language is added by adding a
file. Matching is by whole words: the longest phrase found wins ("swim shorts" are not shorts), and of
equally long ones the last, where English puts the noun ("shirt dress" is a dress). Turkish words are
also found with their endings (``inflection.py``), and the longer ones typed without their dots ("gomlek").
What matches nothing is None: nothing is guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, TypeVar

import yaml

from aura.vision.inflection import Inflection, find_stem
from aura.vision.vocabulary import (
    CATEGORY_OF,
    SUBCATEGORIES,
    Category,
    Colour,
    Formality,
    Material,
    Pattern,
    Season,
    Style,
)

Value = TypeVar("Value", bound=StrEnum)
_WORD = re.compile(r"[^\W_]+")
_LONGEST_PHRASE = 5
# Several times as fast where PyYAML was built with libyaml.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# Shorter words without their dots are other words ("sort" is no "şort").
_LONG_WITHOUT_DOTS = 5
# Letters of a text whose answer is remembered, and how many of them.
_SHORT, _KNOWN = 40, 4096
# English first: where two languages use one word for different things, the app's own language is believed.
LANGUAGES = ("en", "tr")
_KINDS: Mapping[str, Iterable[str]] = {
    "subcategory": SUBCATEGORIES,
    "category": Category,
    "color": Colour,
    "pattern": Pattern,
    "material": Material,
    "season": Season,
    "style": Style,
    "formality": Formality,
}


class Lexicon:
    """The words of one language for the values of the vocabulary.

    Args:
        words: for each kind ("subcategory", "color", …) what else each value is called.
        inflection: the endings that those words may have.

    Raises:
        ValueError: a kind or value is not in the vocabulary.
    """

    def __init__(self, words: Mapping[str, Mapping[str, Iterable[str]]], inflection: Inflection | None = None) -> None:
        unknown = set(words) - set(_KINDS)
        if unknown:
            raise ValueError(f"the vocabulary has no {sorted(unknown)}")
        self._phrases = {kind: _phrases(values, words.get(kind, {})) for kind, values in _KINDS.items()}
        self._folded = {kind: _without_dots(phrases) for kind, phrases in self._phrases.items()}
        self._inflections: tuple[Inflection, ...] = () if inflection is None else (inflection,)
        self._stems = {kind: _stems(words.get(kind, {}), self._folded[kind]) for kind in _KINDS if inflection}
        self._known = lru_cache(_KNOWN)(self._look_up)

    @classmethod
    def joined(cls, *languages: Lexicon) -> Lexicon:
        """The words of several languages as one; where they disagree, the earlier language is believed."""
        both = cls({})
        for kind in _KINDS:
            said = [(phrase, value) for each in reversed(languages) for phrase, value in each.phrases(kind).items()]
            both._phrases[kind] = dict(said)
            both._folded[kind] = _without_dots(both._phrases[kind])
            both._stems[kind] = {
                stem: value
                for each in reversed(languages)
                for stem, value in each.inflected(kind).items()
                if both._folded[kind].get(stem, value) == value
            }
        both._inflections = tuple(inflection for each in languages for inflection in each.inflections)
        return both

    def subcategory(self, text: str) -> str | None:
        """The subcategory named in ``text``."""
        return self._find("subcategory", text)

    def category(self, text: str) -> Category | None:
        """The category named in ``text``, itself or through one of its subcategories."""
        subcategory = self.subcategory(text)
        if subcategory is not None:
            return CATEGORY_OF[subcategory]
        return _as(Category, self._find("category", text))

    def colour(self, text: str) -> Colour | None:
        """The colour named in ``text``; of several the most exact, then the first."""
        return _as(Colour, self._find("color", text, first=True))

    def pattern(self, text: str) -> Pattern | None:
        """The pattern named in ``text``."""
        return _as(Pattern, self._find("pattern", text))

    def material(self, text: str) -> Material | None:
        """The material named in ``text``."""
        return _as(Material, self._find("material", text))

    def season(self, text: str) -> Season | None:
        """The season named in ``text``."""
        return _as(Season, self._find("season", text))

    def style(self, text: str) -> Style | None:
        """The style named in ``text``."""
        return _as(Style, self._find("style", text))

    def formality(self, text: str) -> Formality | None:
        """How formal a piece is that ``text`` names, where it says more than the kind of garment does."""
        return _as(Formality, self._find("formality", text))

    @property
    def inflections(self) -> tuple[Inflection, ...]:
        """The endings that its words may have, by language."""
        return self._inflections

    def inflected(self, kind: str) -> Mapping[str, str]:
        """The phrases that may have endings, with one kind of i, and what each stands for."""
        return self._stems.get(kind, {})

    def phrases(self, kind: str) -> Mapping[str, str]:
        """Every phrase for a kind of value, in small letters with single spaces, and the value it stands for."""
        return self._phrases[kind]

    def _find(self, kind: str, text: str, *, first: bool = False) -> str | None:
        """A wardrobe says the same few words again and again: short texts are looked up once."""
        return self._known(kind, text, first) if len(text) <= _SHORT else self._look_up(kind, text, first)

    def _look_up(self, kind: str, text: str, first: bool) -> str | None:
        words = _words(_plain_i(text))
        phrases, stems = self._folded[kind], self._stems.get(kind, {})
        for length in range(min(len(words), _LONGEST_PHRASE), 0, -1):
            starts = range(len(words) - length + 1)
            for start in starts if first else reversed(starts):
                phrase = " ".join(words[start : start + length])
                value = phrases.get(phrase) or stems.get(phrase) or find_stem(phrase, stems, self._inflections)
                if value is not None:
                    return value
        return None


def read_data(text: str) -> Any:
    """What a data file in YAML says."""
    return yaml.load(text, _LOADER)  # noqa: S506 - both loaders are safe ones


@cache
def lexicon(language: str = "en") -> Lexicon:
    """The lexicon of a language.

    Raises:
        LookupError: there is no file for it.
    """
    source = files("aura.vision") / "lexicons" / f"{language}.yaml"
    if not language.isalpha() or not source.is_file():
        raise LookupError(f"there is no lexicon for {language!r}")
    words = read_data(source.read_text(encoding="utf-8"))
    endings = words.pop("endings", None)
    return Lexicon(words, None if endings is None else Inflection(endings))


@cache
def everyday() -> Lexicon:
    """The words of all languages that the app's people write in: a wardrobe may mix them."""
    return Lexicon.joined(*(lexicon(language) for language in LANGUAGES))


def _phrases(values: Iterable[str], synonyms: Mapping[str, Iterable[str]]) -> dict[str, str]:
    known = tuple(values)
    unknown = set(synonyms) - set(known)
    if unknown:
        raise ValueError(f"the vocabulary has no {sorted(unknown)}")
    phrases: dict[str, str] = {}
    for value in known:
        for phrase in (value, *synonyms.get(value, ())):
            _add(phrases, " ".join(_words(phrase.replace("_", " "))), value)
    return phrases


def _add(phrases: dict[str, str], phrase: str, value: str) -> None:
    taken = phrases.setdefault(phrase, value)
    if taken != value:
        raise ValueError(f"{phrase!r} stands for {taken!r} and for {value!r}")
    for plural in (f"{phrase}s", f"{phrase}es"):
        phrases.setdefault(plural, value)


def _without_dots(phrases: Mapping[str, str]) -> dict[str, str]:
    """Keys as ``_plain_i`` makes them: Turkish has two letters i, which capitals and old keyboards mix up."""
    return {_plain_i(phrase): value for phrase, value in phrases.items()}


def _stems(synonyms: Mapping[str, Iterable[str]], phrases: Mapping[str, str]) -> dict[str, str]:
    """What endings may be hung to: the language's own words, and the longer ones also without any dots."""
    own = {_plain_i(" ".join(_words(word))): value for value, words in synonyms.items() for word in words}
    bare = {_bare(word): value for word, value in own.items() if len(word) >= _LONG_WITHOUT_DOTS}
    return {word: value for word, value in (bare | own).items() if phrases.get(word, value) == value}


def _bare(text: str) -> str:
    """Without dots, hooks and accents, as a foreign keyboard writes it."""
    return "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))


def _plain_i(text: str) -> str:
    """Small letters with one kind of i, dotted or not."""
    return unicodedata.normalize("NFKC", text).casefold().replace("\u0131", "i").replace("i\u0307", "i")


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def _as(kind: type[Value], value: str | None) -> Value | None:
    return None if value is None else kind(value)
