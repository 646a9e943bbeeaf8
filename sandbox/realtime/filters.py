"""The `filter` of a binding: its syntax as clients write it, and its verdict on a row.

Syntax is checked here, before the database is asked; whether column and value fit the table is
checked by `catalog`, which also puts the value into the type's own spelling, so that most verdicts
are comparisons of text or numbers. What cannot be judged without the database's own operators
(regular expressions, order by collation) is left to it: `verdict` then returns UNDECIDED.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from functools import lru_cache

from sandbox.realtime.elixir import inspect
from sandbox.realtime.values import NUMBER_TYPES, array_items

OPERATORS = frozenset(
    ["eq", "neq", "lt", "lte", "gt", "gte", "in", "like", "ilike", "is", "match", "imatch", "isdistinct"]
)
SORTABLE_AS_TEXT = frozenset(("date", "timestamp", "timestamptz", "uuid", "time", "bool"))

Row = Mapping[str, str | None]


class FilterSyntaxError(ValueError):
    """The filter cannot be parsed; the message is the real server's, without its prefix."""


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition: column, operator, value as text (an array literal for `in`), and `not.`."""

    column: str
    operator: str
    value: str
    negate: bool = False


class Verdict(Enum):
    """What a filter says of a row."""

    PASSES = True
    FAILS = False
    UNDECIDED = None


def parse_filters(text: str) -> tuple[Filter, ...]:
    """The conditions of a filter string, all of which must hold. Raises FilterSyntaxError."""
    text = text.strip()
    return tuple(_parse(segment.strip()) for segment in split_top_level(text)) if text else ()


def split_top_level(text: str) -> list[str]:
    """Splits at commas that are neither inside parentheses nor inside a quoted value."""
    segments, start, depth, quoted, previous = [], 0, 0, False, ""
    characters = enumerate(text)
    for at, char in characters:
        if quoted:
            if char == "\\":
                next(characters, None)
            quoted = char != '"'
        elif char == '"' and previous in tuple(".(,"):
            quoted = True
        elif char == "," and not depth:
            segments.append(text[start:at])
            start = at + 1
        else:
            depth = max(0, depth + {"(": 1, ")": -1}.get(char, 0))
        previous = char
    return [*segments, text[start:]]


def _parse(segment: str) -> Filter:
    if not segment:
        raise FilterSyntaxError("filter must not contain empty segments (check for extra commas)")
    column, equals, condition = segment.partition("=")
    if not equals:
        raise FilterSyntaxError(inspect([segment]))
    negate = condition.startswith("not.")
    operator, dot, value = condition.removeprefix("not.").partition(".")
    if not dot:
        raise FilterSyntaxError(inspect([operator]))
    if operator not in OPERATORS:
        raise FilterSyntaxError(inspect([operator, value]))
    return Filter(column, operator, _value(operator, value), negate)


def _value(operator: str, value: str) -> str:
    if operator != "in":
        return _unquoted(value)
    if len(value) < 2 or value[0] != "(" or value[-1] != ")":
        raise FilterSyntaxError("`in` filter value must be wrapped by parentheses")
    return "{" + value[1:-1] + "}"


def _unquoted(value: str) -> str:
    match = re.fullmatch(r'"((?:[^"\\]|\\.)*)"', value, re.DOTALL)
    return re.sub(r"\\(.)", r"\1", match[1], flags=re.DOTALL) if match else value


def verdict(filters: tuple[Filter, ...], row: Row, types: Mapping[str, str]) -> Verdict:
    """Whether a row (column → PostgreSQL's text, or None for NULL) passes all filters.

    A column that the row lacks (an unchanged TOASTed value) fails, whatever the operator.
    """
    undecided = False
    for condition in filters:
        if condition.column not in row:
            return Verdict.FAILS
        answer = judge(condition, row[condition.column], types[condition.column])
        if answer is Verdict.FAILS:
            return answer
        undecided = undecided or answer is Verdict.UNDECIDED
    return Verdict.UNDECIDED if undecided else Verdict.PASSES


def judge(condition: Filter, value: str | None, type_name: str) -> Verdict:
    """One condition on one value. NULL satisfies nothing but `is` and `isdistinct`."""
    if condition.operator == "is":
        return Verdict(_is(value, condition.value) != condition.negate)
    if condition.operator == "isdistinct":
        same = value is not None and _equal(value, condition.value, type_name)
        return Verdict(same == condition.negate)
    if value is None:
        return Verdict.FAILS
    answer = _JUDGES[condition.operator](value, condition.value, type_name)
    return Verdict.UNDECIDED if answer is None else Verdict(answer != condition.negate)


def _is(value: str | None, keyword: str) -> bool:
    if keyword in ("null", "unknown"):
        return value is None
    return value == keyword[0]  # booleans are written as t and f


def _equal(value: str, other: str, type_name: str) -> bool:
    if type_name in NUMBER_TYPES:
        return _number(value) == _number(other)
    return value == other


def _number(text: str) -> Decimal:
    """Decimal's order puts NaN nowhere; PostgreSQL's puts it above all numbers."""
    number = Decimal(text)
    return Decimal("Infinity") if number.is_nan() else number


def _order(compare: Callable[[int], bool]) -> Callable[[str, str, str], bool | None]:
    def judged(value: str, other: str, type_name: str) -> bool | None:
        if type_name in NUMBER_TYPES:
            left, right = _number(value), _number(other)
            return compare((left > right) - (left < right))
        if type_name in SORTABLE_AS_TEXT and not _unusual_time(value) and not _unusual_time(other):
            return compare((value > other) - (value < other))
        return None

    return judged


def _unusual_time(text: str) -> bool:
    """Infinities, years BC and years of five digits do not sort as text."""
    return "infinity" in text or text.endswith("BC") or text.find("-") == 5


def _in(value: str, array: str, type_name: str) -> bool:
    return any(item is not None and _equal(value, item, type_name) for item in array_items(array))


def _like(ignore_case: bool) -> Callable[[str, str, str], bool | None]:
    def judged(value: str, pattern: str, _type: str) -> bool | None:
        compiled = _like_pattern(pattern, ignore_case)
        return None if compiled is None else compiled.fullmatch(value) is not None

    return judged


@lru_cache(maxsize=1024)
def _like_pattern(pattern: str, ignore_case: bool) -> re.Pattern[str] | None:
    """LIKE as a regular expression; None for a pattern that ends in a lone escape (an SQL error)."""
    try:
        parts = "".join(_like_parts(pattern))
    except EOFError:
        return None
    return re.compile(parts, re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def _like_parts(pattern: str) -> Iterator[str]:
    characters = iter(pattern)
    for char in characters:
        if char == "\\":
            escaped = next(characters, None)
            if escaped is None:
                raise EOFError
            yield re.escape(escaped)
        else:
            yield {"%": ".*", "_": "."}.get(char) or re.escape(char)


def _undecided(_value: str, _other: str, _type: str) -> bool | None:
    return None


_JUDGES: Mapping[str, Callable[[str, str, str], bool | None]] = {
    "eq": _equal,
    "neq": lambda value, other, type_name: not _equal(value, other, type_name),
    "lt": _order(lambda sign: sign < 0),
    "lte": _order(lambda sign: sign <= 0),
    "gt": _order(lambda sign: sign > 0),
    "gte": _order(lambda sign: sign >= 0),
    "in": _in,
    "like": _like(ignore_case=False),
    "ilike": _like(ignore_case=True),
    "match": _undecided,
    "imatch": _undecided,
}
