"""Filters: their syntax, the real server's complaints, and their verdicts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.realtime.filters import Filter, FilterSyntaxError, Verdict, judge, parse_filters, verdict

TYPES = {"name": "text", "price": "numeric", "day": "date", "ok": "bool"}
NAMES = st.text(alphabet="abc_%\\é", max_size=6)


@pytest.mark.parametrize(
    ("text", "filters"),
    [
        ("", ()),
        ("  ", ()),
        ("id=eq.5", (Filter("id", "eq", "5"),)),
        ("id=not.eq.5", (Filter("id", "eq", "5", negate=True),)),
        ("a=eq.1,b=gt.2", (Filter("a", "eq", "1"), Filter("b", "gt", "2"))),
        ("c=in.(a,b)", (Filter("c", "in", "{a,b}"),)),
        ('c=eq."a,b"', (Filter("c", "eq", "a,b"),)),
        ('c=eq."say \\"a,b\\""', (Filter("c", "eq", 'say "a,b"'),)),
        ("c=like.a.b=c", (Filter("c", "like", "a.b=c"),)),
    ],
)
def test_syntax(text: str, filters: tuple[Filter, ...]) -> None:
    assert parse_filters(text) == filters


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("user_id=foo.1", '["foo", "1"]'),
        ("undefined", '["undefined"]'),
        ("category=in.a,b", "`in` filter value must be wrapped by parentheses"),
        ("a=eq.1,", "filter must not contain empty segments (check for extra commas)"),
        ("a=eq", '["eq"]'),
    ],
)
def test_complaints(text: str, complaint: str) -> None:
    with pytest.raises(FilterSyntaxError) as raised:
        parse_filters(text)
    assert str(raised.value) == complaint


@pytest.mark.parametrize(
    ("condition", "value", "passes"),
    [
        ("price=eq.12", "12.0", True),
        ("price=gt.9", "12.5", True),
        ("price=lte.9", "12.5", False),
        ("price=gt.9", "NaN", True),
        ("name=like.Blue%", "Blue shirt", True),
        ("name=like.B_ue", "Blue", True),
        ("name=like.50\\%", "50%", True),
        ("name=like.blue%", "Blue", False),
        ("name=ilike.blue%", "Blue", True),
        ("name=not.like.Blue%", "Red", True),
        ('name=in.(a,"b,c")', "b,c", True),
        ("name=not.in.(a,b)", "c", True),
        ("name=is.null", None, True),
        ("name=not.is.null", None, False),
        ("ok=is.true", "t", True),
        ("ok=is.false", "t", False),
        ("ok=is.unknown", None, True),
        ("name=isdistinct.a", None, True),
        ("name=not.isdistinct.a", "a", True),
        ("name=eq.a", None, False),
        ("name=not.eq.a", None, False),
        ("day=gte.2026-01-01", "2026-02-01", True),
    ],
)
def test_verdicts(condition: str, value: str | None, passes: bool) -> None:
    (parsed,) = parse_filters(condition)
    assert judge(parsed, value, TYPES[parsed.column]) is Verdict(passes)


@pytest.mark.parametrize("condition", ["name=match.^a", "name=gt.a", "name=imatch.x", "name=like.odd\\"])
def test_what_only_the_database_can_judge_is_left_to_it(condition: str) -> None:
    assert verdict(parse_filters(condition), {"name": "abc"}, TYPES) is Verdict.UNDECIDED


def test_a_missing_column_fails_whatever_is_asked() -> None:
    assert verdict(parse_filters("name=not.eq.a"), {}, TYPES) is Verdict.FAILS
    assert verdict((), {}, TYPES) is Verdict.PASSES


def test_one_failing_condition_outweighs_an_undecided_one() -> None:
    assert verdict(parse_filters("name=match.a,name=eq.b"), {"name": "a"}, TYPES) is Verdict.FAILS


@given(NAMES, NAMES)
def test_not_is_the_opposite_for_values(value: str, other: str) -> None:
    for operator in ("eq", "neq", "isdistinct"):
        plain = judge(Filter("name", operator, other), value, "text")
        negated = judge(Filter("name", operator, other, negate=True), value, "text")
        assert {plain, negated} == {Verdict.PASSES, Verdict.FAILS}


@given(st.text(max_size=20))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        parsed = parse_filters(text)
    except FilterSyntaxError:
        return
    assert all(isinstance(condition, Filter) for condition in parsed)
