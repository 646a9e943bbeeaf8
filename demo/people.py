"""People with the app: they sign up, upload photos and look at their wardrobe, through the official client.

They hold nothing but the project's URL and its publishable key, as the app does, so whatever they see or
cannot see here is what Row Level Security lets a real person see.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from postgrest import APIError
from storage3.exceptions import StorageApiError
from supabase import AsyncClient, acreate_client

BUCKET = "private-photos"
A_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Tagged:
    """One item of a wardrobe as its owner sees it."""

    id: str
    name: str
    ai_tags: dict[str, Any] | None
    seconds: float

    @property
    def is_tagged(self) -> bool:
        """Whether the daemon is done with the photo."""
        return bool(self.ai_tags and self.ai_tags.get("status"))


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in."""

    name: str
    user_id: str
    client: AsyncClient

    @classmethod
    async def sign_up(cls, name: str, url: str, publishable_key: str) -> Person:
        """A new account with a password of its own, signed in."""
        client = await acreate_client(url, publishable_key)
        email = f"{name.lower()}-{uuid4().hex[:8]}@example.com"
        answer = await client.auth.sign_up({"email": email, "password": uuid4().hex})
        if answer.user is None:
            raise RuntimeError(f"signing up {name} gave no user")
        return cls(name, answer.user.id, client)

    async def upload(self, photo: Path) -> str:
        """Put a photo into the wardrobe as the app does; returns the new item's id."""
        path = f"{self.user_id}/{uuid4().hex}{photo.suffix}"
        bucket = self.client.storage.from_(BUCKET)
        await bucket.upload(path, await asyncio.to_thread(photo.read_bytes), {"content-type": "image/jpeg"})
        signed = await bucket.create_signed_url(path, A_YEAR)
        row = {"user_id": self.user_id, "name": photo.stem, "image_url": signed["signedURL"]}
        answer = await self.client.table("clothing_items").insert(row).execute()
        return str(_rows(answer.data)[0]["id"])

    async def wardrobe(self) -> list[Tagged]:
        """The person's items with their tags, oldest first."""
        query = self.client.table("clothing_items").select("id,name,ai_tags,created_at,updated_at")
        answer = await query.eq("user_id", self.user_id).order("created_at").limit(1000).execute()
        return [_tagged(row) for row in _rows(answer.data)]

    async def rows_read_of(self, other: Person) -> int:
        """How many rows and photos of ``other`` this person can read (0 when Row Level Security holds)."""
        read = 0
        for table in ("clothing_items", "profiles", "ai_profiles", "analysis_failures"):
            answer = await self.client.table(table).select("*").eq("user_id", other.user_id).execute()
            read += len(answer.data)
        return read + await self._photos_read_of(other)

    async def _photos_read_of(self, other: Person) -> int:
        bucket = other.client.storage.from_(BUCKET)
        stolen = 0
        for file in (await bucket.list(other.user_id))[:3]:
            try:
                await self.client.storage.from_(BUCKET).download(f"{other.user_id}/{file['name']}")
            except StorageApiError:
                continue
            stolen += 1
        return stolen

    async def rows_written_of(self, other: Person) -> int:
        """How many rows of ``other`` this person can change, delete or forge (0 when all is well)."""
        items = self.client.table("clothing_items")
        changed = await items.update({"name": "taken over"}).eq("user_id", other.user_id).execute()
        deleted = await items.delete().eq("user_id", other.user_id).execute()
        written = len(changed.data) + len(deleted.data)
        try:
            forged = await items.insert({"user_id": other.user_id, "name": "forged"}).execute()
        except APIError as error:
            if error.code != "42501":  # the policy's own refusal
                raise
            return written
        return written + len(forged.data)

    async def sign_out(self) -> None:
        """End the session."""
        await self.client.auth.sign_out()


def _rows(data: Any) -> list[dict[str, Any]]:
    return [row for row in data if isinstance(row, dict)]


def _tagged(row: dict[str, Any]) -> Tagged:
    written, made = datetime.fromisoformat(row["updated_at"]), datetime.fromisoformat(row["created_at"])
    return Tagged(row["id"], row["name"], row["ai_tags"], (written - made).total_seconds())
