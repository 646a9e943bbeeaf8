"""Bodies of the routes that analyse clothing items."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

EXAMPLE_ID = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"
FIELDS = ["ai_tags", "category", "color", "pattern", "tags"]


class AnalysisRequest(BaseModel):
    """Which item to analyse."""

    model_config = ConfigDict(extra="forbid", strict=True)

    clothing_item_id: UUID = Field(description="An item of the caller's.", examples=[EXAMPLE_ID])


class AnalysisOptions(BaseModel):
    """Query parameters of an analysis."""

    model_config = ConfigDict(extra="forbid")

    force: bool = Field(default=False, description="Analyse again although this photo was analysed before.")


class AnalysisPlace(BaseModel):
    """Path parameters of an analysis's status."""

    clothing_item_id: UUID = Field(description="An item of the caller's.", examples=[EXAMPLE_ID])


class AnalysisAnswer(BaseModel):
    """How an analysis ended; ``updated_fields`` are the columns that were truly written."""

    message: str = Field(description="For people.", examples=["Item analyzed and updated successfully."])
    updated_fields: list[str] = Field(
        description="Columns of the item that were written: ai_tags alone where the photo shows no garment, "
        "none where nothing changed.",
        examples=[FIELDS, ["ai_tags"], []],
    )


class AnalysisAccepted(BaseModel):
    """An analysis was taken on; its status tells how it goes."""

    message: str = Field(description="For people.", examples=["The analysis was accepted."])
    clothing_item_id: UUID = Field(examples=[EXAMPLE_ID])
    status_url: str = Field(description="Where to ask.", examples=[f"/api/v1/ai/analyses/{EXAMPLE_ID}"])


class AnalysisStatusAnswer(BaseModel):
    """How far the analysis of an item's current photo is."""

    status: Literal["pending", "running", "done", "no_garment", "failed"] = Field(
        description="`pending`: not analysed yet, `code` says why where there is a reason; `failed`: over for good, "
        "until the photo is replaced."
    )
    code: str | None = Field(
        description="What went wrong or is missing: a problem's code, `no_photo`, or `not_requested` for a photo from "
        "before the service that nobody asked for.",
        examples=[None, "unreadable_photo"],
    )
    message: str | None = Field(description="The same for people.", examples=[None, "The JPEG picture is damaged."])
    updated_fields: list[str] = Field(description="Columns that hold what the machine wrote.", examples=[FIELDS])
    next_attempt_at: datetime | None = Field(description="When it is tried again.", examples=[None])
