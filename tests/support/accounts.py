"""Accounts of the sandbox for its own tests: signed up through the official client, each new."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
from supabase import AsyncClient, AsyncClientOptions
from supabase_auth import AsyncMemoryStorage
from supabase_auth.errors import AuthApiError
from tenacity import retry, retry_if_exception, stop_after_delay, wait_fixed

from sandbox import Sandbox

PASSWORD = "correct horse battery"


def _passes(error: BaseException) -> bool:
    """Auth's connections to a database that an earlier test took away may still be coming back."""
    return isinstance(error, AuthApiError) and error.code == "unexpected_failure"


@retry(retry=retry_if_exception(_passes), stop=stop_after_delay(60), wait=wait_fixed(0.2), reraise=True)
async def _signed_up(client: AsyncClient, email: str) -> str:
    answer = await client.auth.sign_up({"email": email, "password": PASSWORD})
    assert answer.user is not None
    return answer.user.id


@dataclass
class Person:
    """Somebody with an account; `client` acts with their token."""

    id: str
    email: str
    client: AsyncClient

    async def token(self) -> str:
        """Their access token."""
        session = await self.client.auth.get_session()
        assert session is not None
        return session.access_token

    async def add_item(self, **columns: Any) -> dict[str, Any]:
        """A clothing item of theirs, inserted through the API."""
        row = {"user_id": self.id, "name": "shirt", **columns}
        inserted = await self.client.table("clothing_items").insert(row).execute()
        return dict(inserted.data[0])  # type: ignore[arg-type]

    async def upload(self, content: bytes, *, bucket: str = "photos", name: str | None = None) -> str:
        """A photo in their folder; its path in the bucket."""
        path = f"{self.id}/{name or f'{uuid4()}.jpg'}"
        await self.client.storage.from_(bucket).upload(path, content, {"content-type": "image/jpeg"})
        return path


async def open_client(url: str, key: str, *, timeout: float = 20) -> AsyncClient:
    """An official client that refreshes nothing by itself and keeps its session in memory."""
    options = AsyncClientOptions(
        auto_refresh_token=False, storage=AsyncMemoryStorage(), httpx_client=httpx.AsyncClient(timeout=timeout)
    )
    return await AsyncClient.create(url, key, options)


async def close_client(client: AsyncClient) -> None:
    """Closes what an official client holds open; it has no method of its own for that."""
    await client.remove_all_channels()
    if client.options.httpx_client is not None:
        await client.options.httpx_client.aclose()


@dataclass
class People:
    """Makes people of one sandbox and closes their clients in the end."""

    sandbox: Sandbox
    key: str = ""
    _clients: list[AsyncClient] = field(default_factory=list)

    async def sign_up(self, name: str = "someone") -> Person:
        """A new person, signed in."""
        client = await open_client(self.sandbox.url, self.key or self.sandbox.anon_key)
        self._clients.append(client)
        email = f"{name}-{uuid4()}@example.com"
        return Person(await _signed_up(client, email), email, client)

    async def close(self) -> None:
        """Closes every client."""
        for client in self._clients:
            await close_client(client)
