# ruff: noqa: RUF002 - letters that look alike are what this is about
"""The dictionaries: which words offend and which only look as if they did, as each language's data file says.

An entry is written in its language's own letters. How it is looked for:

- ``whole``: as a word. ``stem``: as a word, also with the language's endings. ``start``: as a word's beginning.
  ``part``: anywhere, for words that hide in no other.
- A leading ``=`` asks for exactly these letters: "=göt" is not found in "got".
- Long strong words are also looked for with a vowel left out ("bstard") and with the pack's ``swaps``, letters that
  sound alike ("pezewenk").
- A leading ``~``, for innocent words, takes them without their dots too, if it is without all of them:
  "~çok sık" excuses "cok sik" and not "çok sik".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any, Literal

from aura.market.data import load
from aura.market.findings import Severity
from aura.market.languages import languages
from aura.market.reading import base

Mode = Literal["whole", "stem", "start", "part"]
# Letters of words that are also looked for in other spellings, and of what is left of one without its vowels.
LONG_ENOUGH, SHORTEST_BARE = 6, 5
_VOWELS = frozenset("aeiou")
KINDS: Mapping[str, Severity | None] = {"strong": Severity.BLOCK, "mild": Severity.FIX, "innocent": None}


@dataclass(frozen=True, slots=True)
class Run:
    """Equal letters in a row, but for their dots: which they are and how many there must be at least."""

    letters: frozenset[str]
    least: int


@dataclass(frozen=True, slots=True)
class Word:
    """An entry.

    ``key`` is what it is found by: ASCII, every run of a letter as one, single spaces between words.
    ``dotless``: a text may leave out the dots. ``dotted``: it may add some (English "fück").
    ``severity`` is None for innocent words.
    """

    text: str
    letters: int
    key: str
    runs: tuple[Run, ...]
    mode: Mode
    severity: Severity | None
    dotless: bool
    dotted: bool
    endings: re.Pattern[str] | None


@dataclass(frozen=True, slots=True)
class Dictionary:
    """What all languages know.

    ``common``: everyday short words that may stand side by side by chance. ``masked``: what is left of words of which
    all but the first letter is masked. ``noun_endings``: of the languages that hang them to nouns.
    """

    words: tuple[Word, ...]
    common: frozenset[str]
    masked: frozenset[str]
    noun_endings: tuple[re.Pattern[str], ...]


@cache
def dictionary() -> Dictionary:
    """The dictionary of every language there is a pack for.

    Raises:
        ValueError: a data file has an entry or a mode that makes no sense.
    """
    words: list[Word] = []
    common: set[str] = set()
    masked: set[str] = set()
    endings: list[re.Pattern[str]] = []
    for language in languages():
        loaded = load(language, "words")
        words += _words(loaded)
        common.update(squeeze("".join(map(base, word))) for word in loaded["common"].split())
        masked.update(loaded.get("masked", ()))
        endings += [re.compile(loaded["noun_endings"])] if "noun_endings" in loaded else []
    return Dictionary(tuple(words), frozenset(common), frozenset(masked), tuple(endings))


def squeeze(text: str) -> str:
    """Every run of a character as one."""
    return "".join(char for char, _ in groupby(text))


def _words(loaded: Mapping[str, Any]) -> Iterator[Word]:
    # Endings are short and bounded; they are compared with what is left of one word.
    endings = re.compile(loaded["endings"])
    for kind, severity in KINDS.items():
        for mode, entries in loaded.get(kind, {}).items():
            for entry in _entries(entries):
                swaps = loaded.get("swaps", {}) if severity is Severity.BLOCK else None
                for spelling in (entry,) if swaps is None else _spellings(entry, mode, swaps):
                    yield _word(spelling, mode, severity, dotted=bool(loaded["dotted"]), endings=endings)


def _spellings(entry: str, mode: Mode, swaps: Mapping[str, str]) -> Iterable[str]:
    """The entry, and how else a long one is written: with a vowel left out, with letters that sound alike.

    Short words, words with a mark and phrases stay as they are: another spelling of those is often another word.
    """
    if len(entry) < LONG_ENOUGH or not entry.isalpha():
        return (entry,)
    inner = range(1, len(entry) - 1) if len(entry) > LONG_ENOUGH else ()
    dropped = [entry[:at] + entry[at + 1 :] for at in inner if base(entry[at]) in _VOWELS]
    swapped = [entry.replace(letters, others) for letters, other in swaps.items() for others in other.split("|")]
    bare = entry[0] + "".join(char for char in entry[1:] if base(char) not in _VOWELS)
    bares = [bare] if len(squeeze(bare)) >= SHORTEST_BARE and mode != "part" else []
    return dict.fromkeys((entry, *dropped, *swapped, *bares))


def _entries(entries: str | Iterable[str]) -> Iterable[str]:
    """Entries are listed, or written in one text with commas between."""
    return [part.strip() for part in entries.split(",") if part.strip()] if isinstance(entries, str) else entries


def _word(entry: str, mode: Mode, severity: Severity | None, *, dotted: bool, endings: re.Pattern[str]) -> Word:
    mark, text = (entry[0], entry[1:]) if entry[0] in "=~" else ("", entry)
    runs = tuple(_runs(text))
    if mode not in ("whole", "stem", "start", "part") or not text or text != text.strip():
        raise ValueError(f"{entry!r} with the mode {mode!r} is no entry")
    return Word(
        text=text,
        letters=len(text.replace(" ", "")),
        key=squeeze("".join(map(base, text))),
        runs=runs,
        mode=mode,
        severity=severity,
        dotless=mark == "~" or (mark != "=" and severity is not None),
        dotted=dotted and severity is not None and mark != "=",
        endings=endings if mode == "stem" else None,
    )


def _runs(text: str) -> Iterator[Run]:
    for _, letters in groupby(text, key=base):
        run = list(letters)
        yield Run(frozenset(run), len(run))
