"""What is wrong with several parts of a request is told together."""

from __future__ import annotations

import pytest

from http_api.gathering import DETAIL, Complaints
from http_api.problems import FieldError, Problem


def complaining(*fields: str, detail: str = "Some parameters are not valid.", code: str = "invalid_request") -> None:
    raise Problem(code, detail, errors=[FieldError(field, "Wrong.") for field in fields])


def test_who_does_not_complain_is_read() -> None:
    complaints = Complaints()
    assert complaints.reading(lambda: 5) == 5
    complaints.settle()


def test_one_complaint_is_told_in_its_own_words() -> None:
    complaints = Complaints()
    assert complaints.reading(lambda: complaining("limit")) is None
    with pytest.raises(Problem, match="Some parameters are not valid"):
        complaints.settle()


def test_several_are_told_together_in_order() -> None:
    complaints = Complaints()
    complaints.reading(lambda: complaining("item_id"))
    complaints.reading(lambda: complaining("limit", "forse"))
    complaints.reading(lambda: complaining("/title", detail="Some fields of the body are not valid."))
    with pytest.raises(Problem) as caught:
        complaints.settle()
    assert [error.field for error in caught.value.errors] == ["item_id", "limit", "forse", "/title"]
    assert (caught.value.code, caught.value.detail) == ("invalid_request", DETAIL)


def test_other_refusals_do_not_wait() -> None:
    complaints = Complaints()
    complaints.reading(lambda: complaining("limit"))
    with pytest.raises(Problem) as caught:
        complaints.reading(lambda: complaining(code="invalid_json", detail="No JSON."))
    assert caught.value.code == "invalid_json"
