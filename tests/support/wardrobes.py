"""People with photos: uploading, editing and reading their items through the official client, under RLS."""

from __future__ import annotations

import io
import random
from dataclasses import dataclass
from typing import Any, cast
from uuid import uuid4

from PIL import Image

from tests.support.accounts import Person

PUBLIC, PRIVATE = "photos", "private-photos"


def picture(seed: int | None = None) -> bytes:
    """A small JPEG; another seed gives other bytes."""
    shade = random.Random(uuid4().int if seed is None else seed)
    image = Image.frombytes("RGB", (32, 32), shade.randbytes(32 * 32 * 3))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()


@dataclass
class Wearer:
    """A person and what they do with their wardrobe."""

    person: Person

    @property
    def id(self) -> str:
        return self.person.id

    async def photo(self, data: bytes | None = None, *, bucket: str = PUBLIC, name: str | None = None) -> str:
        """Upload a photo; its link as the app stores it, signed for a private one."""
        path = await self.person.upload(picture() if data is None else data, bucket=bucket, name=name)
        return await self.link(path, bucket=bucket)

    async def link(self, path: str, *, bucket: str = PUBLIC, seconds: int = 3600) -> str:
        """A link to an uploaded photo."""
        storage = self.person.client.storage.from_(bucket)
        if bucket == PUBLIC:
            return (await storage.get_public_url(path)).rstrip("?")
        return str((await storage.create_signed_url(path, seconds))["signedURL"])

    async def add(self, image_url: str | None = None, **columns: Any) -> str:
        """Insert an item; its id."""
        return str((await self.person.add_item(image_url=image_url, **columns))["id"])

    async def edit(self, item_id: str, **columns: Any) -> None:
        """Change an item as the app does."""
        answer = await self.person.client.table("clothing_items").update(columns).eq("id", item_id).execute()
        assert len(answer.data) == 1

    async def item(self, item_id: str) -> dict[str, Any]:
        """The item as its owner sees it."""
        answer = await self.person.client.table("clothing_items").select("*").eq("id", item_id).execute()
        return cast("dict[str, Any]", answer.data[0])

    async def delete(self, item_id: str) -> None:
        """Delete an item as the app does."""
        await self.person.client.table("clothing_items").delete().eq("id", item_id).execute()
