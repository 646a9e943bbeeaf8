"""Bodies of the swap market's routes.

Fields that a listing lacks are findings about the listing, explained in its answer; only what is no listing at all
(wrong types, texts longer than any listing may be) is an invalid request.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

EXAMPLE_ID = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"
_DRAFT_FIELDS = (
    "title",
    "description",
    "condition",
    "images_urls",
    "clothing_item_id",
    "preferred_swap_categories",
)


def _describe_forms(schema: dict[str, Any]) -> None:
    """Say in the document what the validator checks: a stored listing's id, or a draft's fields."""
    absent = {"type": "null"}
    given = [{"required": [name], "properties": {name: {"not": absent}}} for name in _DRAFT_FIELDS]
    stored = {"listing_id": {"not": absent}, **dict.fromkeys(_DRAFT_FIELDS, absent)}
    schema["oneOf"] = [
        {"required": ["listing_id"], "properties": stored},
        {"properties": {"listing_id": absent}, "anyOf": given},
    ]


class ListingRequest(BaseModel):
    """A stored listing by its id, or a draft by its fields; never both."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra=_describe_forms,
    )

    listing_id: UUID | None = Field(
        default=None, description="An active listing of the caller's.", examples=[EXAMPLE_ID]
    )
    title: Annotated[str, Field(max_length=1_000)] | None = Field(
        default=None, description="3 to 120 characters.", examples=["Vintage denim jacket, size M"]
    )
    description: Annotated[str, Field(max_length=20_000)] | None = Field(
        default=None,
        description="10 to 4,000 characters.",
        examples=["Levi's jacket from the nineties, worn with love, no stains."],
    )
    condition: Annotated[str, Field(max_length=100)] | None = Field(
        default=None, description="new, like_new, good, fair or poor.", examples=["good"]
    )
    images_urls: Annotated[list[Annotated[str, Field(max_length=4_000)]], Field(max_length=50)] | None = Field(
        default=None, description="1 to 10 photos on allowed hosts.", examples=[["https://example.com/jacket.jpg"]]
    )
    clothing_item_id: UUID | None = Field(
        default=None, description="The caller's wardrobe item that is offered.", examples=[EXAMPLE_ID]
    )
    preferred_swap_categories: Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=50)] | None = (
        Field(default=None, description="What the caller would like in exchange.", examples=[["shoes"]])
    )
    locale: Annotated[str, Field(max_length=35)] | None = Field(
        default=None,
        description="Language of the messages (en, tr, also as tr-TR); without it Accept-Language decides.",
        examples=["tr"],
    )

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        draft = any(getattr(self, name) is not None for name in _DRAFT_FIELDS)
        if (self.listing_id is not None) == draft:
            raise ValueError("send either listing_id or the fields of a draft")
        return self


class ListingViolation(BaseModel):
    """One thing that is wrong, and where."""

    code: str = Field(description="Stable name of the rule.", examples=["offensive.strong"])
    field: str = Field(description="The field it is in.", examples=["description"])
    start: int | None = Field(
        description="First character (Unicode code point, from 0) in the text as it was sent; null: the whole field."
    )
    end: int | None = Field(description="One past the last character; null: the whole field.")
    severity: Literal["fix", "review", "block"]
    message: str = Field(examples=["Description contains inappropriate language."])
    how_to_fix: str = Field(examples=["Remove or rephrase the marked words."])


class EnrichedData(BaseModel):
    """What the listing could say besides."""

    suggested_tags: list[str] = Field(description="At most 12, best first.", examples=[["denim_jacket", "blue"]])
    suggested_title: str | None = Field(default=None, description="Only where the title is weak.")


class ListingReview(BaseModel):
    """``valid`` is true where the verdict is ``allow``; ``errors`` has every message once."""

    valid: bool
    verdict: Literal["allow", "fix", "review", "block"]
    message: str | None = Field(default=None, examples=["Listing processed successfully."])
    errors: list[str] | None = Field(default=None, examples=[["Description contains inappropriate language."]])
    violations: list[ListingViolation]
    enriched_data: EnrichedData | None = None
