"""What Supabase's Database Webhooks send, and what they are answered.

Tolerant where Supabase may add something, strict about what is used: a key that is no UUID would only fail later.
"""

from __future__ import annotations

from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from handlers.roles import HINTED_TABLES

Row = dict[str, Any]
_KEYS = ("id", "user_id")
_NEEDED = "Of the tables that matter it has `id` and `user_id`, UUIDs in small letters."
_UUID = {"type": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"}
_ROW = {"type": "object", "required": [*_KEYS], "properties": dict.fromkeys(_KEYS, _UUID)}


def _describe_forms(schema: dict[str, Any]) -> None:
    """Say in the document what the validator checks: which row must be there, and its keys where they matter."""
    ours: dict[str, Any] = {"schema": {"const": "public"}, "table": {"enum": sorted(HINTED_TABLES)}}
    theirs = {"anyOf": [{"properties": {name: {"not": known}}} for name, known in ours.items()]}
    schema["anyOf"] = [
        branch
        for types, row in ((["DELETE"], "old_record"), (["INSERT", "UPDATE"], "record"))
        for branch in (
            {"required": [row], "properties": {**ours, "type": {"enum": types}, row: _ROW}},
            {"required": [row], "properties": {"type": {"enum": types}, row: {"type": "object"}}, **theirs},
        )
    ]


class WebhookChange(BaseModel):
    """One change of one row. Unknown keys are left alone."""

    model_config = ConfigDict(extra="ignore", strict=True, json_schema_extra=_describe_forms)

    type: Literal["INSERT", "UPDATE", "DELETE"]
    table: str = Field(min_length=1, max_length=63, examples=["clothing_items"])
    schema_: str = Field(alias="schema", min_length=1, max_length=63, examples=["public"])
    record: Row | None = Field(default=None, description=f"The row as it is now; null for DELETE. {_NEEDED}")
    old_record: Row | None = Field(default=None, description=f"The row as it was; null for INSERT. {_NEEDED}")

    @property
    def matters(self) -> bool:
        """Whether anything follows from changes of this table."""
        return self.schema_ == "public" and self.table in HINTED_TABLES

    @model_validator(mode="after")
    def _row_is_there(self) -> Self:
        row = self.old_record if self.type == "DELETE" else self.record
        if row is None:
            raise ValueError(f"{'old_record' if self.type == 'DELETE' else 'record'} is needed for {self.type}")
        if self.matters:
            _check_keys(row)
        return self


class WebhookTaken(BaseModel):
    """What became of a webhook; whatever it is, sending it again is of no use."""

    status: Literal["accepted", "ignored", "repeated"] = Field(
        description="accepted: a hint was passed on; ignored: nothing follows from this table; repeated: it was taken."
    )


def _check_keys(row: Row) -> None:
    """Both keys are needed of these tables, and both are canonical UUIDs there."""
    for name in _KEYS:
        value = row.get(name)
        if not isinstance(value, str) or not _is_uuid(value):
            raise ValueError(f"{name} of the row must be a UUID")


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
