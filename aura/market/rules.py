# ruff: noqa: RUF002 - letters that look alike are what this is about
"""The rules that are written as data: one YAML file per language, each rule with examples that are its tests.

Patterns are regular expressions of RE2, whose time is linear in the text whatever is written into them. They are
matched on the folded text (small letters, look-alikes undone), and written more plainly than regular expressions:

- A space stands for whatever separates words, up to four characters of it.
- ç ğ ı ö ş ü also match the letter without its dots, because many people type so.
- ``{name}`` stands for the file's list of that name.
- A match begins and ends where words do, unless the pattern says otherwise with a leading or trailing ``…``.
- ``unless`` excuses the matches that it overlaps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import re2  # type: ignore[import-untyped]  # google-re2 has no type information

from aura.market.characters import ASCII_BASE
from aura.market.data import has, load, packs
from aura.market.findings import Finding, Severity
from aura.market.folding import Folded
from aura.market.narrow import LETTERS, TURKISH_BYTES, narrow, narrow_char

_WORD = rf"{LETTERS}0-9"
SEPARATOR = rf"(?:[^{_WORD}]{{1,4}})"
_EDGE_BEFORE, _EDGE_AFTER = rf"(?:^|[^{_WORD}])", rf"(?:[^{_WORD}]|$)"
FILES = ("rules", "leaving")  # of each pack
_PART = re.compile(r"\\p[LN]|\[(?:\\.|[^\]])*\]|\\.|\{[a-z_]+\}|\(\?[^:)]*[:)]|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: what it is called, what it asks for, and texts that it must and must not find."""

    code: str
    severity: Severity
    patterns: tuple[str, ...]
    unless: tuple[str, ...]
    examples: tuple[str, ...]
    counter_examples: tuple[str, ...]


class RuleBook:
    """All rules, compiled: one pass for each says which of its patterns occur at all, then those alone say where.

    A set of patterns builds its states as it meets new text; one set of all rules would build far more of them.
    """

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules = rules
        self._compiled = [_Compiled(rule) for rule in rules]

    def find(self, folded: Folded, field: str) -> list[Finding]:
        """What the rules find in a text, in no order."""
        found, excused = self._spans(narrow(folded.text))
        return [
            Finding(rule.code, field, rule.severity, *folded.span(start, end))
            for rule, start, end in found
            if not any(other.code == rule.code and start < until and since < end for other, since, until in excused)
        ]

    def _spans(self, text: bytes) -> tuple[list[tuple[Rule, int, int]], list[tuple[Rule, int, int]]]:
        found: list[tuple[Rule, int, int]] = []
        excused: list[tuple[Rule, int, int]] = []
        for each in self._compiled:
            for index in each.occurring(text):
                spans = [match.span(1) for match in each.patterns[index].finditer(text)]
                places = [(each.rule, start, end) for start, end in spans if start < end]
                (found if index < len(each.rule.patterns) else excused).extend(places)
        return found, excused


class _Compiled:
    """A rule's patterns, those that excuse after those that find, and the set of them all."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        sources = [*rule.patterns, *rule.unless]
        self.patterns = [compiled(source) for source in sources]
        self._set = re2.Set.SearchSet(_options())
        for source in sources:
            self._set.Add(source.encode("latin-1"))
        self._set.Compile()

    def occurring(self, text: bytes) -> list[int]:
        """The places in ``patterns`` of those that occur in a text."""
        return list(self._set.Match(text) or ())


@cache
def rule_book() -> RuleBook:
    """The rules of every pack, those without a language among them.

    Raises:
        ValueError: a file has a rule that makes no sense.
    """
    return RuleBook(tuple(rule for name in FILES for rule in load_rules(name)))


def load_rules(name: str) -> tuple[Rule, ...]:
    """The rules in the files of that name, of every pack."""
    found = (load(pack, name) for pack in packs() if has(pack, name))
    return tuple(rule for loaded in found for rule in _rules(loaded))


def compiled(source: str) -> Any:
    """A pattern of ``translate``, to be matched on ``narrow`` text."""
    return re2.compile(source.encode("latin-1"), _options())


def _options() -> Any:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.max_mem = 64 << 20
    options.log_errors = False
    return options


def _rules(loaded: Mapping[str, Any]) -> Iterator[Rule]:
    lists = {name: "(?:" + "|".join(text.split("|")) + ")" for name, text in loaded.get("lists", {}).items()}
    for rule in loaded["rules"]:
        if not rule["patterns"] or not rule["examples"]:
            raise ValueError(f"the rule {rule['code']} needs patterns and examples")
        yield Rule(
            code=rule["code"],
            severity=Severity(rule["severity"]),
            patterns=tuple(translate(pattern, lists) for pattern in rule["patterns"]),
            unless=tuple(translate(pattern, lists) for pattern in rule.get("unless", ())),
            examples=tuple(rule["examples"]),
            counter_examples=tuple(rule.get("counter_examples", ())),
        )


def translate(pattern: str, lists: Mapping[str, str]) -> str:
    """A pattern as it is written, as RE2 takes it; the match is its first group.

    Raises:
        ValueError: it names a list that there is not.
    """
    before = "" if pattern.startswith("…") else _EDGE_BEFORE
    after = "" if pattern.endswith("…") else _EDGE_AFTER
    body = _translated(pattern.strip("…"), lists)
    return f"{before}({body}){after}"


def _translated(text: str, lists: Mapping[str, str]) -> str:
    return "".join(_translated_part(part.group(), lists) for part in _PART.finditer(text))


def _translated_part(part: str, lists: Mapping[str, str]) -> str:
    if part == " ":
        return SEPARATOR
    if part[0] == "{" and len(part) > 1:
        if part[1:-1] not in lists:
            raise ValueError(f"there is no list {part}")
        return _translated(lists[part[1:-1]], lists)
    if part[0] == "[":
        return _classes("".join(map(_letter, part)), LETTERS)
    return f"[{_letter(part)}]" if part in ASCII_BASE else _classes(_letter(part), f"[{LETTERS}]")


def _classes(text: str, letters: str) -> str:
    return text.replace(r"\pL", letters).replace(r"\pN", "0-9" if letters == LETTERS else "[0-9]")


def _letter(char: str) -> str:
    """A character of a pattern in the form of ``narrow``; a Turkish letter also without its dots."""
    if char in TURKISH_BYTES:
        return TURKISH_BYTES[char] + ASCII_BASE[char]
    return narrow_char(char)
