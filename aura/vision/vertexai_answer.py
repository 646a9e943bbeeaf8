"""What a generative model is asked about a photo, in which shape it must answer, and how that is read.

The shape is built from the vocabulary, so the model can only choose values that every rule knows; what
comes back is checked all the same, since a schema guides a model but does not bind it. Pure: no network.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
from pydantic import ValidationError

from aura.vision.garment import GarmentTags
from aura.vision.vertexai_errors import BadAnswer
from aura.vision.vocabulary import (
    CATEGORY_OF,
    SUBCATEGORIES,
    Category,
    Colour,
    Formality,
    Material,
    Pattern,
    Season,
    Style,
    Warmth,
)

PROMPT = """\
You catalogue clothes for a wardrobe app. Describe the one garment that this photo is about: the largest and
most central one if there are several. People photograph clothes lying, hanging or worn; the floor, bed,
hanger, body and other clothes do not count.

- shows_garment: false if the photo is not about a piece of clothing, shoes, headwear, a bag or an
  accessory. Then leave out everything else.
- colors: the garment's own main colours, at most four, as they would look in neutral daylight; hex is
  lower case, share is the part of the garment's visible surface (together at most 1).
- material, seasons, formality, styles, warmth: only what can be seen.
- confidence: how likely the value is right, from 0 to 1, honestly: 0.5 means as often wrong as right.

Leave out whatever cannot be told from the photo. Never guess."""

Schema = dict[str, Any]


def _object(**properties: Schema) -> Schema:
    names = list(properties)
    return {"type": "OBJECT", "properties": properties, "required": names, "propertyOrdering": names}


def _list(entry: Schema, most: int) -> Schema:
    return {"type": "ARRAY", "items": entry, "maxItems": most}


def _choice(values: Iterable[str]) -> Schema:
    return {"type": "STRING", "enum": [str(value) for value in values]}


def _judged(values: Iterable[str]) -> Schema:
    return _object(value=_choice(values), confidence={"type": "NUMBER"})


def response_schema() -> Schema:
    """The agreed shape, in the subset of OpenAPI 3.0 that Vertex AI takes as ``responseSchema``."""
    number: Schema = {"type": "NUMBER"}
    shape = _object(
        shows_garment={"type": "BOOLEAN"},
        category=_judged(Category),
        subcategory=_judged(SUBCATEGORIES),
        colors=_list(_object(name=_choice(Colour), hex={"type": "STRING"}, share=number, confidence=number), 4),
        pattern=_judged(Pattern),
        material=_judged(Material),
        seasons=_list(_judged(Season), 4),
        formality=_judged(Formality),
        styles=_list(_judged(Style), 3),
        warmth=_judged(Warmth),
    )
    return {**shape, "required": ["shows_garment"]}


def read_answer(text: str) -> GarmentTags | None:
    """The tags that the model's text holds; None where it says that there is no garment.

    Raises:
        BadAnswer: the text is not JSON, or not in the agreed shape or vocabulary.
    """
    try:
        said = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise BadAnswer("it is not complete JSON") from None
    if not isinstance(said, dict) or not isinstance(said.get("shows_garment"), bool):
        raise BadAnswer("it does not say whether there is a garment")
    if not said["shows_garment"]:
        return None
    try:
        return GarmentTags.model_validate(_tidied(said))
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise BadAnswer(f"{where or 'it'} is outside the vocabulary") from None


def _tidied(said: dict[str, Any]) -> dict[str, Any]:
    """The answer without nulls, and without a subcategory of another category than the one it names.

    The category is the easier question, so of the two it is the one believed.
    """
    kept = {name: value for name, value in said.items() if value is not None}
    belongs = CATEGORY_OF.get(_value(kept.get("subcategory")))
    if belongs and "category" in kept and belongs != _value(kept["category"]):
        del kept["subcategory"]
    if isinstance(kept.get("colors"), list):
        kept["colors"] = [_lower_hex(colour) for colour in kept["colors"]]
    return kept


def _value(judged: object) -> str:
    value = judged.get("value") if isinstance(judged, dict) else None
    return value if isinstance(value, str) else ""


def _lower_hex(colour: object) -> object:
    if isinstance(colour, dict) and isinstance(colour.get("hex"), str):
        return {**colour, "hex": colour["hex"].lower()}
    return colour
