"""What the database, its gateway or the network say becomes the right kind of error."""

from __future__ import annotations

import httpx
import orjson
import pytest

from aura.errors import AuraError, ConfigurationError
from aura.gateway.errors import (
    Answer,
    NotAuthorized,
    Refused,
    Unavailable,
    Who,
    error_of_answer,
    error_of_network,
    read_answer,
)


def body(code: str | None, message: str = "m") -> bytes:
    return orjson.dumps({"code": code, "details": "Key (email)=(a@b.c)", "hint": None, "message": message})


@pytest.mark.parametrize(
    ("status", "code", "kind", "repeatable"),
    [
        (503, "PGRST002", Unavailable, False),
        (503, "PGRST001", Unavailable, True),
        (503, "57P01", Unavailable, True),
        (504, "PGRST003", Unavailable, False),
        (500, "57014", Unavailable, False),
        (503, "53300", Unavailable, False),
        (502, "", Unavailable, True),
        (500, "", Unavailable, False),
        (520, "", Unavailable, False),
        (429, "", Unavailable, False),
    ],
)
def test_what_passes_is_unavailable(status: int, code: str, kind: type[AuraError], repeatable: bool) -> None:
    error = error_of_answer(Answer(status, code, ""), "service", "a list")
    assert isinstance(error, Unavailable)
    assert error.code == "database_unavailable"
    assert error.repeatable is repeatable


@pytest.mark.parametrize(("status", "code"), [(404, "PGRST202"), (404, "42883"), (404, "PGRST205"), (404, "42P01")])
def test_what_is_not_there_names_the_migration(status: int, code: str) -> None:
    with pytest.raises(ConfigurationError, match=r"aura_beat\(\): run `aura migrate`"):
        raise error_of_answer(Answer(status, code, ""), "service", "aura_beat()")


@pytest.mark.parametrize(
    ("who", "kind", "says"),
    [
        ("service", ConfigurationError, "SUPABASE_SERVICE_ROLE_KEY"),
        ("owner", ConfigurationError, "SUPABASE_JWT_SECRET"),
        ("caller", NotAuthorized, "access token"),
    ],
)
def test_a_refused_token_names_whose_it_was(who: Who, kind: type[AuraError], says: str) -> None:
    error = error_of_answer(Answer(401, "PGRST301", "No suitable key"), who, "a list")
    assert isinstance(error, kind)
    assert says in str(error)


def test_a_token_of_ours_that_is_said_to_have_expired_points_at_the_clock() -> None:
    error = error_of_answer(Answer(401, "PGRST303", "JWT expired"), "owner", "a list")
    assert isinstance(error, Unavailable)
    assert "clock" in str(error)


@pytest.mark.parametrize(("status", "code"), [(409, "23503"), (400, "23514"), (403, "42501"), (400, "22P02")])
def test_a_no_of_the_database_keeps_its_reason(status: int, code: str) -> None:
    error = error_of_answer(Answer(status, code, ""), "owner", "a write")
    assert isinstance(error, Refused)
    assert error.reason == code


def test_the_contents_of_rows_never_reach_a_message() -> None:
    answer = read_answer(409, body("23505", "duplicate key (a@b.c)"))
    assert "a@b.c" not in str(error_of_answer(answer, "service", "a write"))


@pytest.mark.parametrize("raw", [b"", b"<html>bad gateway</html>", b"[]", b'"x"', b"\xff"])
def test_answers_that_are_not_postgrests_have_no_code(raw: bytes) -> None:
    assert read_answer(502, raw) == Answer(502, "", "")


def test_the_code_is_found_in_the_header_where_the_body_has_none() -> None:
    assert read_answer(400, b"", "PostgREST; error=PGRST100").code == "PGRST100"


def test_a_broken_connection_may_be_repeated_and_a_timeout_may_not() -> None:
    assert error_of_network(httpx.ReadError("reset"), "a list").repeatable
    assert error_of_network(httpx.RemoteProtocolError("closed"), "a list").repeatable
    assert not error_of_network(httpx.ReadTimeout("slow"), "a list").repeatable
