"""Folded text as one byte a character, the form in which patterns are matched.

RE2 turns every class of Unicode letters into hundreds of states, and its answers would count bytes of UTF-8. In this
form all that rules can tell apart has a byte of its own (ASCII, the Turkish letters, some currencies), everything
else is "a letter" or "no letter", and places in the bytes are places in the text.
"""

from __future__ import annotations

from collections.abc import Mapping

TURKISH_BYTES: Mapping[str, str] = dict(zip("çğıöşü", "\x80\x81\x82\x83\x84\x85", strict=True))
CURRENCY_BYTES: Mapping[str, str] = {"€": "\x88", "₺": "\x89", "£": "\xa3", "¥": "\xa5"}
OTHER_LETTER, OTHER = "\x86", "\x87"
LETTERS = r"a-z\x80-\x86"
"""The letters, as the inside of a character class."""


class _Table(dict[int, str]):
    """A table for ``str.translate`` that fills itself, at most once for each character there is."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        self[code] = narrowed = narrow_char(char)
        return narrowed


def narrow_char(char: str) -> str:
    if char.isascii():
        return char
    known = TURKISH_BYTES.get(char) or CURRENCY_BYTES.get(char)
    return known or (OTHER_LETTER if char.isalpha() else OTHER)


_TABLE = _Table()


def narrow(text: str) -> bytes:
    """The text, one byte for each character."""
    return text.translate(_TABLE).encode("latin-1")
