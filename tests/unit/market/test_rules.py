# ruff: noqa: RUF001 - Turkish is spoken here
"""Every rule finds its examples and spares its counter-examples; the engine's shortcut misses nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aura.market.consistency import claims
from aura.market.findings import Finding
from aura.market.folding import fold
from aura.market.languages import languages
from aura.market.messages import messages
from aura.market.narrow import narrow
from aura.market.rules import Rule, RuleBook, rule_book, translate

BOOKS = {"rules": rule_book(), "claims": claims()}
EXAMPLES = [(book, rule.code, text) for book, rules in BOOKS.items() for rule in rules.rules for text in rule.examples]
COUNTER_EXAMPLES = [
    (book, rule.code, text) for book, rules in BOOKS.items() for rule in rules.rules for text in rule.counter_examples
]


def codes(book: RuleBook, text: str) -> set[str]:
    return {finding.code for finding in book.find(fold(text), "description")}


@pytest.mark.parametrize(("book", "code", "text"), EXAMPLES)
def test_examples_are_found(book: str, code: str, text: str) -> None:
    for said in (text, text.lower(), f"Güzel bir ürün. {text}, ok?"):
        assert code in codes(BOOKS[book], said)


@pytest.mark.parametrize(("book", "code", "text"), COUNTER_EXAMPLES)
def test_counter_examples_are_spared(book: str, code: str, text: str) -> None:
    assert code not in codes(BOOKS[book], text)


@pytest.mark.parametrize("language", languages())
def test_every_rule_can_be_explained(language: str) -> None:
    for rule in rule_book().rules:
        for field in ("title", "description"):
            violation = messages(language).violation(Finding(rule.code, field, rule.severity, 0, 1))
            assert violation.message
            assert violation.how_to_fix


@given(st.lists(st.sampled_from([*(text for _, _, text in EXAMPLES), "x", "🧥", " "]), max_size=4))
def test_the_set_says_what_each_pattern_says(parts: list[str]) -> None:
    book, text = rule_book(), narrow(fold(" ".join(parts)).text)
    for each in book._compiled:
        alone = {index for index, pattern in enumerate(each.patterns) if pattern.search(text)}
        assert set(each.occurring(text)) == alone


@given(st.text(max_size=80))
def test_findings_lie_in_the_text(text: str) -> None:
    for finding in rule_book().find(fold(text), "title"):
        assert 0 <= (finding.start or 0) < (finding.end or 0) <= len(text)


def test_dots_may_be_left_out_of_a_text_but_not_added() -> None:
    rule = Rule("money.selling", rule_book().rules[0].severity, (translate("şık ipek", {}),), (), ("",), ())
    book = RuleBook((rule,))
    assert [bool(codes(book, text)) for text in ("ŞIK İPEK", "sik ipek", "şık-ipek", "şık ıpek")] == [
        True,
        True,
        True,
        False,
    ]


def test_a_list_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ValueError, match="no list"):
        translate("{nothing}", {})
