# ruff: noqa: RUF001, RUF002, RUF003 - letters that look alike are what this is about
"""What one character stands for when a person reads it: Latin look-alikes, capitals, accents, things unseen.

Turkish ç ğ ı ö ş ü stay letters of their own: "şık" (chic) and "sik" are different words, and folding both to
ASCII is how filters come to refuse the first. Only accents that neither Turkish nor English knows are dropped.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from confusable_homoglyphs import confusables  # type: ignore[import-untyped]  # it has no type information

from aura.market.data import load

TURKISH = frozenset("çğıöşü")
ASCII_BASE = {"ç": "c", "ğ": "g", "ı": "i", "ö": "o", "ş": "s", "ü": "u"}
# Letters read as two.
_LETTERS = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th"}
_NAMED = re.compile(
    r"(?:LATIN|REGIONAL INDICATOR|NEGATIVE \w+|SQUARED|CIRCLED|PARENTHESIZED|TAG).* "
    r"(?:LETTER|LETTER SMALL CAPITAL|LETTER TURNED|LETTER SMALL|LETTER CAPITAL) ([A-Z])(?: WITH .*)?"
)
# Letters and marks that are drawn as nothing, beside the category of format characters.
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u3164\uffa0\u2800")
_LONGEST_CLUSTER = 8
_DOT_ABOVE = "\u0307"


def is_unseen(char: str) -> bool:
    """Whether a character is drawn as nothing: zero-width, soft hyphen, variation selector, filler."""
    return char in _UNSEEN or unicodedata.category(char) == "Cf" or "\ufe00" <= char <= "\ufe0f"


def is_mark(char: str) -> bool:
    """Whether a character is drawn onto the one before it."""
    return unicodedata.category(char) in ("Mn", "Me")


def fold_cluster(base: str, marks: str) -> str:
    """What a character with the marks on it stands for; marks of no Turkish letter are dropped."""
    if base == "ı" and _DOT_ABOVE in marks:
        return "i"
    composed = unicodedata.normalize("NFC", base + marks[:_LONGEST_CLUSTER])
    return fold_character(composed[0])


@lru_cache(maxsize=65_536)
def fold_character(char: str) -> str:
    """What one character stands for: small letters a-z and ç ğ ı ö ş ü, ASCII digits, else itself in lower case.

    A capital I is given as "i"; whether it may be an "ı" is for those who know the language (``is_either_i``).
    The result folds to itself. Ligatures become several letters; what is unseen or a mark becomes nothing.
    """
    if char.isascii():
        return char.lower()
    if is_unseen(char) or is_mark(char):
        return ""
    folded = _fold_once(char)
    return folded if folded == char else "".join(map(fold_character, folded))


@cache
def sounds() -> dict[str, str]:
    """Letters of other scripts, capitals too, that are read aloud as another letter than they look like."""
    small: dict[str, str] = load("any", "look_alikes")["sounds"]
    return small | {char.upper(): letter for char, letter in small.items()}


def is_either_i(char: str) -> bool:
    """Whether a character is a capital I without a dot, which English reads as "i" and Turkish as "ı"."""
    return char == "I"


def _fold_once(char: str) -> str:
    lowered = _lowered(char)
    if lowered != char:
        return lowered
    if char in TURKISH:
        return char
    return _LETTERS.get(char) or _in_brackets(char) or _compatible(char) or _by_name(char) or char


def _lowered(char: str) -> str:
    if char == "İ":
        return "i"
    digit = unicodedata.digit(char, None)
    if digit is not None:  # before its looks: an Arabic one resembles a letter
        return str(digit)
    # A look-alike of a capital is looked up as the capital: small Greek ν is no capital Ν.
    alike = _look_alikes().get(char)
    return alike.lower() if alike else char.lower()


def _compatible(char: str) -> str | None:
    """Wide, circled, mathematical and accented forms by what Unicode says they are made from."""
    plain = unicodedata.normalize("NFKD", char)
    kept = "".join(each for each in plain if not is_mark(each))
    return kept if kept not in ("", char) else None


def _in_brackets(char: str) -> str | None:
    return _by_name(char) if unicodedata.name(char, "").startswith("PARENTHESIZED LATIN") else None


def _by_name(char: str) -> str | None:
    named = _NAMED.fullmatch(unicodedata.name(char, ""))
    return named.group(1).lower() if named else None


@cache
def _look_alikes() -> dict[str, str]:
    """Letters of other scripts that look like a letter or digit of ASCII: Unicode's confusables.txt, and our own."""
    table: dict[str, str] = {}
    for char, alikes in confusables.confusables_data.items():
        plain = [each["c"] for each in alikes if len(each["c"]) == 1 and each["c"].isascii() and each["c"].isalnum()]
        if plain and len(char) == 1 and _is_foreign(char):
            table[char] = plain[0]
    looks = load("any", "look_alikes")["looks"]
    return table | {char: letter for letter, drawn in looks.items() for char in drawn}


def _is_foreign(char: str) -> bool:
    """Whether a character is made from no Latin letter: those are folded by what they are, not by their looks."""
    return not unicodedata.normalize("NFKD", char)[0].isascii() and char not in TURKISH and char not in _LETTERS
