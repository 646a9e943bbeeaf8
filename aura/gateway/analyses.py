"""Answers that were paid for, and failures, as the database keeps them.

The cache is keyed by what the answer depends on (the photo's bytes, the analyzer, its version), never by
item or person: only the service key may read it, and a photo that is uploaded twice costs one call.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aura.gateway.rest import Gateway, Row

FAILURE_COLUMNS = "item_id,user_id,photo,attempts,code,message,permanent,next_attempt_at,first_failed_at,updated_at"


@dataclass(frozen=True, slots=True)
class FailureRecord:
    """How often and why the analysis of an item's ``photo`` failed in a row."""

    item_id: str
    user_id: str
    photo: str
    attempts: int
    code: str
    message: str
    permanent: bool
    next_attempt_at: datetime
    first_failed_at: datetime
    updated_at: datetime


async def store_answer(
    gateway: Gateway, content_hash: str, analyzer: str, version: str, answer: Mapping[str, Any]
) -> None:
    """Keep an answer; the newest wins. Storing twice does no more than storing once."""
    service = gateway.as_service()
    row = {"content_hash": content_hash, "analyzer": analyzer, "version": version, "answer": dict(answer)}
    await service.write(service.table("analysis_cache").upsert(row), "the analysis cache")


async def read_failure(gateway: Gateway, item_id: str) -> FailureRecord | None:
    """What is booked about an item's failures."""
    service = gateway.as_service()
    query = service.table("analysis_failures").select(FAILURE_COLUMNS).eq("item_id", item_id).limit(1)
    rows = await service.read(query, "an item's failure")
    return _failure(rows[0]) if rows else None


async def list_failures(
    gateway: Gateway, *, codes: Sequence[str] = (), page_size: int = 500
) -> AsyncIterator[FailureRecord]:
    """Every failure, by item id, read in pages until an empty one.

    Args:
        codes: only failures with one of these codes; all where none are given.
    """
    service, after = gateway.as_service(), None
    while True:
        query = service.table("analysis_failures").select(FAILURE_COLUMNS).order("item_id").limit(page_size)
        query = query if after is None else query.gt("item_id", after)
        query = query.in_("code", list(codes)) if codes else query
        rows = await service.read(query, "the failures")
        if not rows:
            return
        for row in rows:
            yield _failure(row)
        after = rows[-1]["item_id"]


def _failure(row: Row) -> FailureRecord:
    return FailureRecord(
        item_id=row["item_id"],
        user_id=row["user_id"],
        photo=row["photo"],
        attempts=row["attempts"],
        code=row["code"],
        message=row["message"],
        permanent=row["permanent"],
        next_attempt_at=datetime.fromisoformat(row["next_attempt_at"]),
        first_failed_at=datetime.fromisoformat(row["first_failed_at"]),
        updated_at=datetime.fromisoformat(row["updated_at"]),
    )
