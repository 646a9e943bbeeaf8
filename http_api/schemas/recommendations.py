"""Parameters and bodies of the recommendations' route.

``recommendations`` and its entries are a contract with the app; ``missing``, ``unlocks``, ``goes_with`` and a product's
price are additions.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

MOST = 50
_ID = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
ID_LIST = f"^{_ID}(,{_ID}){{0,99}}$"
EXAMPLE_ITEM = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"
EXAMPLE_ITEMS = [
    "6f9619ff-8b86-4d01-b42d-00cf4fc964ff",
    "0b7c8a7e-1f1d-4c3e-9a40-6d1c2f0e9b11",
    "a1f7c0de-33b1-4e52-8c77-1b9f0f6f2d20",
]


# As aura.stylist.wishes.Occasion and aura.vision.vocabulary.Season have them; written out, so that the document names
# the values where the parameters are.
OccasionName = Literal["casual", "work", "formal", "party", "sport", "outdoor", "home"]
SeasonName = Literal["spring", "summer", "autumn", "winter"]


class RecommendationsQuery(BaseModel):
    """What is asked for, and how much of it."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["combinations", "items"] = Field(
        default="combinations", description="Outfits from the wardrobe, or pieces that it lacks."
    )
    limit: Annotated[int, Field(ge=1, le=MOST)] = Field(default=10, description="How many at most.")
    occasion: OccasionName | None = Field(default=None, description="What the outfits are for.")
    season: SeasonName | None = Field(default=None, description="The season to dress for.")
    temperature_c: Annotated[float, Field(ge=-60, le=60, allow_inf_nan=False)] | None = Field(
        default=None, description="The temperature to dress for, in degrees Celsius; it counts before the season."
    )
    anchor_item_id: UUID | None = Field(default=None, description="An item that is to be in every outfit.")
    exclude_item_ids: Annotated[str, Field(pattern=ID_LIST, max_length=3_700)] | None = Field(
        default=None, description="Items to leave out: up to 100 ids with commas between.", examples=[EXAMPLE_ITEM]
    )
    day: date | None = Field(
        default=None,
        description="The day to dress for; today (UTC) where not given. Equals take turns by the day.",
    )


class Reason(BaseModel):
    """One factor of an outfit's score, which is their weighted mean."""

    factor: str = Field(examples=["colour_harmony"])
    score: float = Field(ge=0, le=1)
    weight: float = Field(ge=0, le=1, description="Its part of the whole; 0: it was subtracted.")
    text: str = Field(examples=["navy with camel: complementary"])


class RecommendedCombination(BaseModel):
    """An outfit: what to wear together."""

    type: Literal["combination"]
    items: list[UUID] = Field(
        description="The caller's clothing items, from the top down, then an outer layer, then accessories.",
        examples=[EXAMPLE_ITEMS],
    )
    name: str = Field(examples=["Camel & Navy Office Layers"])
    score: float = Field(ge=0, le=1, description="How good it is, all in all.")
    why: list[Reason] = Field(description="What the score is made of; what contributes most comes first.")


class ItemIdea(BaseModel):
    """A piece that the wardrobe lacks: a product of the shop, or what to look for."""

    name: str = Field(examples=["White Linen Shirt"])
    description: str = Field(
        examples=["Goes with 14 of your pieces, such as your Jeans or your Red Skirt, and opens 28 new outfits."]
    )
    image_url: str | None = Field(description="Null where no product is known.")
    affiliate_link: str | None = Field(description="Null where no product is known.")
    brand: str | None = Field(description="Null where no product is known.", examples=["Marmara Basics"])
    price: float | None = Field(description="In `currency`; null where it is not known.", examples=[39.9])
    currency: str | None = Field(description="ISO 4217.", examples=["EUR"])
    unlocks: int = Field(
        ge=0, description="How many good new outfits it would open; of large wardrobes about.", examples=[28]
    )
    goes_with: list[UUID] = Field(
        description="The caller's items that it goes with best, the best first, 20 at most.", examples=[EXAMPLE_ITEMS]
    )


class RecommendedItem(BaseModel):
    """A piece that would open new outfits."""

    type: Literal["item"]
    item: ItemIdea


class MissingPart(BaseModel):
    """Something without which outfits are impossible or incomplete."""

    what: Literal["top", "bottom", "shoes", "category", "anchor"] = Field(
        description="The kind of piece; `category`: items of which it is not known what they are; `anchor`: the item "
        "to build around."
    )
    text: str = Field(examples=["There are no shoes: the outfits come without."])


class Recommendations(BaseModel):
    """In order of proposal; empty where nothing can be proposed, and then `missing` says why."""

    recommendations: list[Annotated[RecommendedCombination | RecommendedItem, Field(discriminator="type")]]
    missing: list[MissingPart]
    optimality_gap: float = Field(
        ge=0,
        description="By how much, relatively, outfits that were not looked at may be better than the 200 best found; "
        "0: by nothing, all were considered.",
    )
