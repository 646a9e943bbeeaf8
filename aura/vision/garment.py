"""What an analyzer says about one garment, in the closed vocabulary, and how that lies in ``ai_tags``.

Every statement carries its confidence from 0 to 1. What cannot be told is absent, never guessed: a
season of unknown likelihood does harm in an outfit, a missing one does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Generic, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from aura.vision.vocabulary import (
    CATEGORY_OF,
    Category,
    Colour,
    Formality,
    Material,
    Pattern,
    Season,
    Style,
    Warmth,
)

T = TypeVar("T")
DIGITS = 3


def _in_vocabulary(value: str) -> str:
    if value not in CATEGORY_OF:
        raise ValueError("not a subcategory of the vocabulary")
    return value


def _rounded(value: object) -> object:
    return round(value, DIGITS) if isinstance(value, float) else value


Fraction = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False), BeforeValidator(_rounded)]
Subcategory = Annotated[str, AfterValidator(_in_vocabulary)]


class Statement(BaseModel):
    """Something said about a garment; equal statements compare equal."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Judged(Statement, Generic[T]):
    """A value and how sure the analyzer is of it, 0 to 1.

    ``source`` is "derived" where nobody saw it: a rule made it of other statements, as a suggestion.
    """

    value: T
    confidence: Fraction
    source: Literal["derived"] | None = None


class Candidate(Statement):
    """One of the guesses at what the garment is, where none is sure enough to be stated."""

    category: Category
    subcategory: Subcategory
    confidence: Fraction


class GarmentColour(Statement):
    """One colour of the garment: its name, what it looks like, and its share of the garment's surface."""

    name: Colour
    hex: Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]
    share: Fraction
    confidence: Fraction


class GarmentTags(Statement):
    """Everything said about one garment. Colours come by share; seasons, styles and candidates by confidence.

    ``candidates`` are there where the category is not: an analyzer that is unsure offers its best guesses.
    """

    category: Judged[Category] | None = None
    subcategory: Judged[Subcategory] | None = None
    candidates: tuple[Candidate, ...] = ()
    colors: tuple[GarmentColour, ...] = ()
    pattern: Judged[Pattern] | None = None
    material: Judged[Material] | None = None
    seasons: tuple[Judged[Season], ...] = ()
    formality: Judged[Formality] | None = None
    styles: tuple[Judged[Style], ...] = ()
    warmth: Judged[Warmth] | None = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.category and self.subcategory and CATEGORY_OF[self.subcategory.value] != self.category.value:
            raise ValueError(f"a {self.subcategory.value} does not belong to {self.category.value}")
        return self

    def to_ai_tags(self) -> dict[str, Any]:
        """The entries for ``ai_tags``, ready for JSON; what is not known has no entry."""
        said = self.model_dump(mode="json", exclude_none=True)
        return {name: value for name, value in said.items() if value}

    @classmethod
    def from_ai_tags(cls, tags: Mapping[str, Any]) -> Self:
        """What ``ai_tags`` says in today's vocabulary.

        The column may hold older versions or what other programs wrote: whatever is not understood is
        left out, entry by entry, and nothing is raised.
        """
        known = {name: _understood(name, tags[name]) for name in cls.model_fields if name in tags}
        said = {name: value for name, value in known.items() if value is not None}
        try:
            return cls.model_validate(said)
        except ValidationError:  # its subcategory and category contradict each other
            return cls.model_validate({**said, "subcategory": None})


_LISTS: dict[str, Any] = {
    "candidates": Candidate,
    "colors": GarmentColour,
    "seasons": Judged[Season],
    "styles": Judged[Style],
}
_SHAPES: dict[str, Any] = {name: field.annotation for name, field in GarmentTags.model_fields.items()} | _LISTS
_ADAPTERS: dict[str, TypeAdapter[Any]] = {name: TypeAdapter(shape) for name, shape in _SHAPES.items()}


def _understood(name: str, value: object) -> object:
    if name not in _LISTS:
        return _valid(name, value)
    entries = value if isinstance(value, list) else []
    return [entry for entry in (_valid(name, each) for each in entries) if entry is not None]


def _valid(name: str, value: object) -> object:
    try:
        return _ADAPTERS[name].validate_python(value)
    except ValidationError:
        return None
