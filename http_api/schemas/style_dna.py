"""The answer of the style DNA's route: a summary that fits a screen; the whole is in the person's profile."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

Share = Annotated[float, Field(ge=0, le=1)]


class StyleShare(BaseModel):
    """One trait and how much of the person's style it is."""

    name: str = Field(examples=["navy"])
    share: Share = Field(examples=[0.42])


class StyleSummary(BaseModel):
    """The strongest traits, largest first."""

    summary: str = Field(
        description="The style in two sentences, English or Turkish.",
        examples=["Your style is casual, mostly in navy and white. As a whole it is mostly plain."],
    )
    styles: list[StyleShare]
    colors: list[StyleShare]
    categories: list[StyleShare]
    patterns: list[StyleShare]
    seasons: list[StyleShare]
    brands: list[StyleShare]
    formality: float | None = Field(description="0 lounge to 4 formal; null: not known.", examples=[1.5])
    formality_spread: float | None = Field(description="Standard deviation of `formality`.", examples=[0.7])
    variety: dict[str, Share] = Field(
        description="Of colors, categories, patterns and styles: 0 always the same to 1 everything alike.",
        examples=[{"colors": 0.6, "categories": 0.7, "patterns": 0.2, "styles": 0.5}],
    )
    signature_items: list[UUID] = Field(description="The caller's items that show the style most.")
    confidence: dict[str, Share] = Field(
        description="How much of each is evidence, not the choices at onboarding.",
        examples=[{"colors": 0.8, "styles": 0.6}],
    )
    counts: dict[str, int] = Field(description="What it is made from.", examples=[{"items": 12, "outfits": 3}])


class StyleAnswer(BaseModel):
    """The style DNA was computed and is kept in the person's profile."""

    message: str = Field(description="For people.", examples=["Style DNA calculated and saved."])
    style_dna: StyleSummary
