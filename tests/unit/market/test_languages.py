"""The answer's language, and that every language says the same things."""

from __future__ import annotations

from importlib.resources import files

import pytest
import yaml

from aura.market.languages import choose_language, languages
from aura.market.messages import messages


@pytest.mark.parametrize(
    ("locale", "header", "language"),
    [
        (None, None, "en"),
        ("tr", "en", "tr"),
        ("tr-TR", None, "tr"),
        ("tr_TR", None, "tr"),
        ("TR", None, "tr"),
        ("xx", "tr", "tr"),
        (None, "tr-TR,tr;q=0.9,en;q=0.8", "tr"),
        (None, "de, en;q=0.3, tr;q=0.5", "tr"),
        (None, "tr;q=0, en", "en"),
        (None, "*", "en"),
        (None, ";;;q=,=,tr;q=x", "en"),
        ("", "", "en"),
    ],
)
def test_the_language_asked_for(locale: str | None, header: str | None, language: str) -> None:
    assert choose_language(locale, header) == language


def test_english_is_the_first_of_all() -> None:
    assert languages()[0] == "en"
    assert "tr" in languages()


@pytest.mark.parametrize("language", languages())
def test_every_language_says_the_same_things(language: str) -> None:
    english, other = messages("en"), messages(language)
    assert other.fields.keys() == english.fields.keys()
    assert other.texts.keys() == english.texts.keys()
    assert all(text.keys() == {"message", "how_to_fix"} for text in other.texts.values())


@pytest.mark.parametrize("language", languages())
def test_every_pack_is_complete(language: str) -> None:
    pack = files("aura.market") / "packs" / language
    for name in ("claims", "garments", "messages", "numerals", "rules", "words"):
        assert yaml.safe_load((pack / f"{name}.yaml").read_text(encoding="utf-8"))
