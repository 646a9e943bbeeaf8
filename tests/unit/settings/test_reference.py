"""docs/configuration.md says what the settings are, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from aura.settings import Settings
from aura.settings.reference import kind, read_reasons, reference

ROOT = Path(__file__).parents[3]
CONFIG = (ROOT / "config.yaml").read_text(encoding="utf-8")


def test_the_document_is_up_to_date() -> None:
    written = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert written == reference(CONFIG), "run `make docs`"


def test_every_setting_is_in_it_with_a_reason() -> None:
    reasons = read_reasons(CONFIG)
    for section, values in Settings().model_dump(exclude={"environment"}).items():
        assert set(reasons[section]) == set(values)
        assert all(reasons[section].values())


def test_keys_under_one_comment_share_it_and_comments_of_several_lines_are_one() -> None:
    text = "# Head.\n\na:\n  # One,\n  # and two.\n  x: 1\n  y: 2\n\nb:\n  # Three.\n  z: 3\n"
    assert read_reasons(text) == {"a": {"x": "One, and two.", "y": "One, and two."}, "b": {"z": "Three."}}


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "boolean"}, "true or false"),
        ({"type": "number", "exclusiveMinimum": 0}, "number above 0"),
        ({"type": "integer", "minimum": 1, "maximum": 1000}, "whole number from 1 to 1,000"),
        ({"anyOf": [{"type": "string", "format": "password"}, {"type": "null"}]}, "secret"),
        ({"type": "array", "items": {"enum": ["a", "b"], "type": "string"}}, "list of `a`, `b`"),
        ({"const": "memory", "type": "string"}, "`memory`"),
    ],
)
def test_kinds_are_said_in_words(schema: dict[str, object], words: str) -> None:
    assert kind(schema) == words
