"""Log lines are useful and hold no secret, whichever library wrote them."""

from __future__ import annotations

import json
import logging

import pytest
import structlog

from aura.settings import LogSettings
from aura.telemetry.logs import configure_logging, mask

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjMifQ.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {JWT}",
        "key sb_secret_AbC-123_x",
        "ws://host/realtime/v1/websocket?vsn=1.0.0&apikey=abcdef",
        "postgresql://postgres:hunter2@db.example:5432/postgres",
        "https://p.example/storage/v1/object/sign/photos/a.jpg?token=abcdef",
    ],
)
def test_secrets_are_masked(text: str) -> None:
    masked = mask(text)
    assert "***" in masked
    assert not any(secret in masked for secret in (JWT, "AbC-123_x", "abcdef", "hunter2"))


def test_ordinary_text_is_left_alone() -> None:
    text = "GET https://p.example/rest/v1/clothing_items?select=id&id=eq.1 took 3 ms"
    assert mask(text) == text


def test_json_lines_carry_context_and_mask_nested_values(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(LogSettings(format="json"))
    with structlog.contextvars.bound_contextvars(work_id="w1"):
        structlog.get_logger("test").info("hello", headers={"authorization": [f"Bearer {JWT}"]})
    line = json.loads(capsys.readouterr().err)
    assert line["work_id"] == "w1"
    assert line["event"] == "hello"
    assert line["headers"] == {"authorization": ["Bearer ***"]}


def test_other_libraries_lines_are_json_too_without_locals(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(LogSettings(format="json"))
    try:
        password = "sb_secret_in_a_local"
        raise ValueError(len(password))
    except ValueError:
        logging.getLogger("some.library").exception("broken for %s", "sb_secret_in_the_message")
    output = capsys.readouterr().err
    line = json.loads(output)
    assert line["event"] == "broken for ***"
    assert line["exception"][0]["exc_type"] == "ValueError"
    assert "sb_secret" not in output
