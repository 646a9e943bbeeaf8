"""The shape of every refusal, as the document shows it (RFC 9457 with extensions)."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class ProblemField(BaseModel):
    """One field that is wrong."""

    field: str = Field(
        description="A JSON pointer into the body, or a parameter's name.", examples=["/clothing_item_id", "limit"]
    )
    message: str = Field(description="What is wrong with it; never the value.", examples=["Field required"])


class ProblemDocument(BaseModel):
    """Why a request was refused. Decide by ``code``, show ``detail``, quote ``request_id`` when asking for help."""

    model_config = ConfigDict(title="Problem")

    type: str = Field(description="`urn:aura:problem:` and the code.", examples=["urn:aura:problem:invalid_request"])
    title: str = Field(description="The code in words.", examples=["Some fields are not valid"])
    status: int = Field(description="The HTTP status.", ge=400, le=599, examples=[422])
    detail: str = Field(description="One sentence for people.", examples=["Some fields of the body are not valid."])
    code: str = Field(description="Stable, one meaning.", examples=["invalid_request"])
    request_id: str = Field(description="What the server's log knows the request by.", examples=["5f1c0b9e"])
    errors: list[ProblemField] | None = Field(default=None, description="The fields that are wrong, where it is those.")
