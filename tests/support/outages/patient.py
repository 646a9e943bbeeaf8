"""A person whose app does not give up: each thing they do is tried again until the project has taken it.

They use the official client with their own account. Photos get names of their own and rows ids chosen by the app,
so trying again does nothing twice. What they uploaded is remembered, to be compared with what was tagged.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import uuid4

import httpx
from postgrest import APIError, AsyncRequestBuilder
from storage3._async.file_api import AsyncBucketProxy
from storage3.exceptions import StorageApiError
from supabase_auth.errors import AuthError

from aura.photos.identity import photo_identity
from sandbox import Sandbox
from tests.support.accounts import PASSWORD, Person, close_client, open_client
from tests.support.wardrobes import PRIVATE, PUBLIC, picture

T = TypeVar("T")
TROUBLE = (httpx.HTTPError, APIError, StorageApiError, AuthError)
PAUSE_SECONDS = 0.15
DUPLICATE = "23505"


@dataclass
class PatientPerson:
    """``photos``: the content hash of everything they uploaded, by the photo's identity."""

    person: Person
    photos: dict[str, str] = field(default_factory=dict)
    patience_seconds: float = 90.0
    refusals: int = 0

    @classmethod
    async def sign_up(cls, sandbox: Sandbox) -> PatientPerson:
        """Somebody new."""
        client = await open_client(sandbox.url, sandbox.publishable_key, timeout=4)
        email = f"patient-{uuid4()}@example.com"
        answer = await client.auth.sign_up({"email": email, "password": PASSWORD})
        assert answer.user is not None
        return cls(Person(answer.user.id, email, client))

    @property
    def id(self) -> str:
        """Their user id."""
        return self.person.id

    async def close(self) -> None:
        """Close their client."""
        await close_client(self.person.client)

    async def add(self, *, photo: str = "", private: bool = False, category: str | None = None) -> str:
        """Add an item with a photo uploaded before, or now; its id."""
        item_id, url = str(uuid4()), photo or await self.upload(private=private)
        row = {"id": item_id, "user_id": self.id, "name": "shirt", "image_url": url, "category": category}
        await self._insist(lambda: self._insert("clothing_items", row))
        return item_id

    async def replace_photo(self, item_id: str, *, private: bool = False) -> None:
        """Upload another photo for an item."""
        await self.edit(item_id, image_url=await self.upload(private=private))

    async def edit(self, item_id: str, **columns: object) -> None:
        """Change an item; nothing happens when it is gone."""
        await self._insist(lambda: self._items().update(columns).eq("id", item_id).execute())

    async def delete(self, item_id: str) -> None:
        """Delete an item."""
        await self._insist(lambda: self._items().delete().eq("id", item_id).execute())

    async def resign(self, item_id: str) -> None:
        """Renew the link of a private photo, as the app does when it runs out."""
        answer = await self._insist(lambda: self._items().select("image_url").eq("id", item_id).execute())
        url = str(answer.data[0]["image_url"]) if answer.data else ""  # type: ignore[index,call-overload]
        if f"/{PRIVATE}/" in url:
            path = url.split(f"/{PRIVATE}/")[1].split("?")[0]
            await self.edit(item_id, image_url=await self._link(PRIVATE, path))

    async def like(self, name: str) -> str:
        """Publish a combination and like it; the like's id."""
        combination = {"id": str(uuid4()), "user_id": self.id, "name": name, "is_public": True}
        await self._insist(lambda: self._insert("combinations", combination))
        like_id = str(uuid4())
        like = {"id": like_id, "user_id": self.id, "combination_id": combination["id"]}
        await self._insist(lambda: self._insert("likes", like))
        return like_id

    async def unlike(self, like_id: str) -> None:
        """Take a like back."""
        await self._insist(lambda: self.person.client.table("likes").delete().eq("id", like_id).execute())

    async def upload(self, *, private: bool = False) -> str:
        """Upload a photo that nobody has seen before; its link."""
        bucket, data = PRIVATE if private else PUBLIC, picture()
        path = f"{self.id}/{uuid4()}.jpg"
        options = {"content-type": "image/jpeg", "upsert": "true"}
        await self._insist(lambda: self._bucket(bucket).upload(path, data, options))  # type: ignore[arg-type]
        url = await self._link(bucket, path)
        self.photos[photo_identity(url)] = "sha256:" + hashlib.sha256(data).hexdigest()
        return url

    async def _link(self, bucket: str, path: str) -> str:
        if bucket == PUBLIC:
            return (await self._bucket(bucket).get_public_url(path)).rstrip("?")
        signed = await self._insist(lambda: self._bucket(bucket).create_signed_url(path, 3600))
        return str(signed["signedURL"])

    def _items(self) -> AsyncRequestBuilder:
        """The table with the token of this moment: ask anew for every try."""
        return self.person.client.table("clothing_items")

    def _bucket(self, name: str) -> AsyncBucketProxy:
        """The bucket, likewise."""
        return self.person.client.storage.from_(name)

    async def _insert(self, table: str, row: dict[str, object] | dict[str, str | None]) -> None:
        try:
            await self.person.client.table(table).insert(dict(row)).execute()
        except APIError as error:
            if error.code != DUPLICATE:  # an earlier try had come through, only its answer had not
                raise

    async def _insist(self, attempt: Callable[[], Awaitable[T]]) -> T:
        deadline = asyncio.get_running_loop().time() + self.patience_seconds
        while True:
            try:
                return await attempt()
            except TROUBLE as trouble:
                if asyncio.get_running_loop().time() > deadline:
                    raise
                self.refusals += 1
                await asyncio.sleep(PAUSE_SECONDS)
                await self._sign_in_again(trouble)

    async def _sign_in_again(self, trouble: Exception) -> None:
        """What the app does when its token is refused."""
        if isinstance(trouble, httpx.HTTPError):
            return
        try:
            credentials = {"email": self.person.email, "password": PASSWORD}
            await self.person.client.auth.sign_in_with_password(credentials)  # type: ignore[arg-type]
        except TROUBLE:
            return  # the next try will tell
