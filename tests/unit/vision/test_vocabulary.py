"""The closed vocabulary holds together, and people's words find their way into it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aura.vision.lexicon import Lexicon, everyday, lexicon
from aura.vision.vocabulary import CATEGORY_OF, SLOT_OF, Category, Colour, Formality, Pattern, Season, Slot, Warmth

DATASET_LABELS = {
    "T-Shirt": (Category.TOPS, "t_shirt"),
    "Polo": (Category.TOPS, "polo"),
    "Undershirt": (Category.TOPS, "undershirt"),
    "Top": (Category.TOPS, "top"),
    "Blouse": (Category.TOPS, "blouse"),
    "Shirt": (Category.TOPS, "shirt"),
    "Longsleeve": (Category.TOPS, "longsleeve"),
    "Hoodie": (Category.TOPS, "hoodie"),
    "Blazer": (Category.OUTERWEAR, "blazer"),
    "Outwear": (Category.OUTERWEAR, "outerwear"),
    "Pants": (Category.BOTTOMS, "pants"),
    "Shorts": (Category.BOTTOMS, "shorts"),
    "Skirt": (Category.BOTTOMS, "skirt"),
    "Dress": (Category.ONE_PIECE, "dress"),
    "Body": (Category.TOPS, "bodysuit"),
    "Shoes": (Category.SHOES, "shoes"),
    "Hat": (Category.HEADWEAR, "hat"),
}


@pytest.mark.parametrize(("label", "meaning"), DATASET_LABELS.items())
def test_every_label_of_the_clothing_dataset_is_understood(label: str, meaning: tuple[Category, str]) -> None:
    words = lexicon()
    assert (words.category(label), words.subcategory(label)) == meaning


def test_no_two_labels_fall_together() -> None:
    assert len(set(DATASET_LABELS.values())) == len(DATASET_LABELS) == 17


def test_every_category_has_a_slot_and_subcategories() -> None:
    assert set(SLOT_OF) == set(Category) == set(CATEGORY_OF.values())
    assert set(SLOT_OF.values()) == set(Slot)


def test_ladders_are_in_order() -> None:
    assert [rung.level for rung in Formality] == [0, 1, 2, 3, 4]
    assert Warmth.VERY_LIGHT.level < Warmth.VERY_WARM.level


@pytest.mark.parametrize(
    ("text", "subcategory", "colour"),
    [
        ("Blue Jeans", "jeans", Colour.BLUE),
        ("LIGHT-BLUE dresses", "dress", Colour.LIGHT_BLUE),
        ("shirt dress", "dress", None),
        ("dress shirts", "shirt", None),
        ("swim trunks", "swim_shorts", None),
        ("my old navy blue pea coats", "coat", Colour.NAVY),
        ("black and white sneakers", "sneakers", Colour.BLACK),
        ("Tote bags", "tote", None),
        ("T\u2011SHIRT", "t_shirt", None),
        ("shirtless", None, None),
        ("etwas Blaues", None, None),
        ("", None, None),
    ],
)
def test_free_text(text: str, subcategory: str | None, colour: Colour | None) -> None:
    assert (lexicon().subcategory(text), lexicon().colour(text)) == (subcategory, colour)


def test_other_kinds() -> None:
    words = lexicon()
    assert words.season("Fall 2024") is Season.AUTUMN
    assert words.pattern("Polka dots") == "dotted"
    assert words.material("100% Polyester") == "synthetic"
    assert words.style("casual Friday") == "casual"


def test_every_value_is_understood_in_its_own_words() -> None:
    words = lexicon()
    assert all(words.subcategory(name.replace("_", " ")) == name for name in CATEGORY_OF)
    assert all(words.colour(name.replace("_", " ")) is name for name in Colour)
    assert all(words.category(name.replace("_", " ")) is name for name in Category)


@given(st.text())
def test_any_text_is_answered(text: str) -> None:
    found = lexicon().subcategory(text)
    assert found is None or found in CATEGORY_OF


def test_a_language_without_a_file() -> None:
    for language in ("xx", "../en"):
        with pytest.raises(LookupError):
            lexicon(language)


@pytest.mark.parametrize(
    "words",
    [{"shape": {}}, {"color": {"blurple": ["x"]}}, {"color": {"red": ["same"], "pink": ["same"]}}],
)
def test_a_lexicon_outside_the_vocabulary_is_refused(words: dict[str, dict[str, list[str]]]) -> None:
    with pytest.raises(ValueError, match=r"vocabulary|stands for"):
        Lexicon(words)


@pytest.mark.parametrize(
    ("text", "subcategory", "colour"),
    [
        ("pantolon", "pants", None),
        ("LACİVERT GÖMLEK", "shirt", Colour.NAVY),
        ("KIRMIZI Elbise", "dress", Colour.RED),
        ("k\u0131rm\u0131z\u0131 elbise", "dress", Colour.RED),
        ("Blue Jeans", "jeans", Colour.BLUE),
        ("jean ceket", "denim_jacket", None),
        ("deve tüyü kaban", "coat", Colour.CAMEL),
        ("white sneakers", "sneakers", Colour.WHITE),
    ],
)
def test_both_languages_are_understood_side_by_side(text: str, subcategory: str, colour: Colour | None) -> None:
    assert (everyday().subcategory(text), everyday().colour(text)) == (subcategory, colour)


def test_turkish_has_a_word_of_its_own_for_every_colour_and_pattern() -> None:
    said = {kind: set(lexicon("tr").phrases(kind)) - set(lexicon("en").phrases(kind)) for kind in ("color", "pattern")}
    for kind, values in (("color", Colour), ("pattern", Pattern)):
        phrases = lexicon("tr").phrases(kind)
        assert {phrases[phrase] for phrase in said[kind]} == {str(value) for value in values}


def test_english_is_believed_where_the_languages_disagree() -> None:
    english, turkish = (Lexicon({"color": {value: ["same"]}}) for value in ("red", "pink"))
    assert Lexicon.joined(english, turkish).colour("same") is Colour.RED
