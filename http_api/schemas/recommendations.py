"""Parameters and bodies of the recommendations' route.

``recommendations`` and its entries are a contract with the app; ``missing`` and ``unlocks`` are additions.
"""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

MOST = 50
EXAMPLE_DESCRIPTION = "Goes with 14 of your pieces, such as your Jeans or your Red Skirt, and opens 28 new outfits."
EXAMPLE_ITEMS = [
    "6f9619ff-8b86-4d01-b42d-00cf4fc964ff",
    "0b7c8a7e-1f1d-4c3e-9a40-6d1c2f0e9b11",
    "a1f7c0de-33b1-4e52-8c77-1b9f0f6f2d20",
]


class RecommendationsQuery(BaseModel):
    """What is asked for, and how much of it."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["combinations", "items"] = Field(
        default="combinations", description="Outfits from the wardrobe, or pieces that it lacks."
    )
    limit: Annotated[int, Field(ge=1, le=MOST)] = Field(default=10, description="How many at most.")


class RecommendedCombination(BaseModel):
    """An outfit: what to wear together."""

    type: Literal["combination"]
    items: list[UUID] = Field(
        description="The caller's clothing items, from the top down, an outer layer last.", examples=[EXAMPLE_ITEMS]
    )
    name: str = Field(examples=["Navy Shirt & Black Jeans"])


class ItemIdea(BaseModel):
    """A piece that the wardrobe lacks."""

    name: str = Field(examples=["White Top"])
    description: str = Field(
        examples=["Goes with 14 of your pieces, such as your Jeans or your Red Skirt, and opens 28 new outfits."]
    )
    image_url: str | None = Field(description="Null where no product is known.")
    affiliate_link: str | None = Field(description="Null where no product is known.")
    unlocks: int = Field(ge=0, description="How many new outfits it would open.", examples=[28])


class RecommendedItem(BaseModel):
    """A piece that would open new outfits."""

    type: Literal["item"]
    item: ItemIdea


class MissingPart(BaseModel):
    """Something without which outfits are impossible or incomplete."""

    what: Literal["top", "bottom", "shoes", "category"] = Field(
        description="The kind of piece; `category`: items of which it is not known what they are."
    )
    text: str = Field(examples=["There are no shoes: the outfits come without."])


class Recommendations(BaseModel):
    """In order of proposal; empty where nothing can be proposed, and then `missing` says why."""

    recommendations: list[Annotated[RecommendedCombination | RecommendedItem, Field(discriminator="type")]]
    missing: list[MissingPart]
