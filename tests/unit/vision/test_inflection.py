"""Turkish words are understood in the forms in which people write them, and no other words are taken for such forms."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from aura.vision.inflection import Inflection
from aura.vision.lexicon import everyday, lexicon
from aura.vision.vocabulary import Category, Colour, Season

VOWELS = "a\u0131ou" + "ei\u00f6\u00fc"
# What a vowel calls for in the endings that follow it: of the open vowels, and of the close ones.
OPEN = dict(zip(VOWELS, "aaaaeeee", strict=True))
CLOSE = dict(zip(VOWELS, "\u0131\u0131uuii\u00fc\u00fc", strict=True))
SOFT = {"k": "\u011f", "p": "b", "\u00e7": "c"}


def last_vowel(word: str) -> str:
    return next(letter for letter in reversed(word) if letter in VOWELS)


def close(word: str) -> str:
    return CLOSE[last_vowel(word)]


def softened(word: str) -> str:
    """As before a vowel; words of one syllable mostly stay as they are."""
    syllables = sum(letter in VOWELS for letter in word)
    return word[:-1] + SOFT[word[-1]] if word[-1] in SOFT and syllables > 1 else word


def forms(word: str) -> Iterator[str]:
    """A Turkish noun as grammars decline it: plural, mine, hers, the (accusative), from, and several at once."""
    plural = f"{word}l{OPEN[last_vowel(word)]}r"
    yield plural
    if word[-1] in VOWELS:
        mine, hers, the = f"{word}m", f"{word}s{close(word)}", f"{word}y{close(word)}"
    else:
        mine, hers, the = (f"{softened(word)}{close(word)}{ending}" for ending in ("m", "", ""))
    yield from (mine, hers, the)
    mine_all = f"{plural}{close(plural)}m"
    yield from (mine_all, f"{mine_all}{close(mine_all)}", f"{mine_all}d{OPEN[last_vowel(mine_all)]}n")


INFLECTED = ("s\u0131", "si", "su", "s\u00fc", "luk", "s")


def nouns() -> Iterator[tuple[str, str]]:
    """Every Turkish word for a garment that has no ending yet, and is long enough to be told from others."""
    source = files("aura.vision") / "lexicons" / "tr.yaml"
    for value, words in yaml.safe_load(source.read_text(encoding="utf-8"))["subcategory"].items():
        yield from ((word, value) for word in words if len(word.split()[-1]) >= 5 and not word.endswith(INFLECTED))


@pytest.mark.parametrize(("word", "value"), list(nouns()), ids=str)
def test_every_garment_is_understood_in_every_form(word: str, value: str) -> None:
    for form in forms(word):
        assert everyday().subcategory(f"yeni {form}") == value, form


@pytest.mark.parametrize(
    ("text", "subcategory", "colour"),
    [
        ("mavi g\u00f6mle\u011fim", "shirt", Colour.BLUE),
        ("S\u0130YAH PANTOLONUM", "pants", Colour.BLACK),
        ("ayakkab\u0131lar", "shoes", None),
        ("spor ayakkab\u0131lar\u0131m", "sneakers", None),
        ("k\u0131rm\u0131z\u0131 ete\u011fi", "skirt", Colour.RED),
        ("botlar\u0131m", "boots", None),
        ("kotum", "jeans", None),
        ("\u00e7orab\u0131m", "socks", None),
        ("deri ceketimden", "leather_jacket", None),
        ("gomlegim", "shirt", None),
        ("yesil ayakkabilarim", "shoes", Colour.GREEN),
        ("t-shirtlerim", "t_shirt", None),
        ("tak\u0131m elbisem", "blazer", None),
    ],
)
def test_forms_that_people_write(text: str, subcategory: str, colour: Colour | None) -> None:
    assert (everyday().subcategory(text), everyday().colour(text)) == (subcategory, colour)


@pytest.mark.parametrize(
    "text", ["hata", "sort of", "yaz\u0131", "tak\u0131m", "derin", "bota", "montana", "dresser", "kis kis", "ustam"]
)
def test_other_words_stay_other_words(text: str) -> None:
    words = everyday()
    found = (
        words.subcategory(text),
        words.category(text),
        words.colour(text),
        words.season(text),
        words.material(text),
    )
    assert found == (None, None, None, None, None)


def test_english_words_have_no_turkish_endings() -> None:
    assert lexicon("en").subcategory("gloveler") is None
    assert everyday().subcategory("gloveler") is None
    assert lexicon("en").subcategory("g\u00f6mle\u011fim") is None


def test_words_as_the_dictionary_has_them_come_first() -> None:
    assert everyday().category("\u00fcst giyim") is Category.TOPS
    assert everyday().season("yaz\u0131n") is Season.SUMMER


@settings(deadline=None)
@given(st.text(max_size=60), st.text(alphabet="gomlek\u011f\u00f6\u00fc\u0131larimdne ", max_size=60))
def test_any_text_is_answered(text: str, turkish: str) -> None:
    for each in (text, turkish, f"{turkish} {text}"):
        found = everyday().subcategory(each)
        assert found is None or isinstance(found, str)


def test_what_is_no_rule_is_refused() -> None:
    with pytest.raises(ValueError, match="endings have no"):
        Inflection({"any": "a", "short": "a", "hard": {}, "unless": [], "more": 1})
