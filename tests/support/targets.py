"""Any Supabase project that holds the app's tables, as end-to-end tests use it.

Only what every project has is relied on: its database URL makes people and rows, its JWT secret
makes their tokens. So nothing depends on e-mail settings, sign-up limits or buckets.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self
from uuid import uuid4

import httpx
import jwt
import psycopg

from tests.support.waiting import wait_for

TOKEN_SECONDS = 600
VARIABLES = {
    "url": "AURA_TEST_SUPABASE_URL",
    "anon_key": "AURA_TEST_ANON_KEY",
    "service_key": "AURA_TEST_SERVICE_ROLE_KEY",
    "jwt_secret": "AURA_TEST_JWT_SECRET",
    "db_url": "AURA_TEST_DB_URL",
}


@dataclass(frozen=True)
class Target:
    """A project to test against."""

    url: str
    anon_key: str
    service_key: str
    jwt_secret: str
    db_url: str

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Self | None:
        """The project that the environment names; None when it names none, ValueError when only half of one."""
        given = {name: environ[variable] for name, variable in VARIABLES.items() if environ.get(variable)}
        if not given:
            return None
        if missing := [variable for name, variable in VARIABLES.items() if name not in given]:
            raise ValueError(f"to test against a project of your own, set {', '.join(missing)} too")
        return cls(**given)

    def daemon_environment(self) -> dict[str, str]:
        """The settings of a daemon on this project."""
        return {
            "SUPABASE_URL": self.url,
            "SUPABASE_ANON_KEY": self.anon_key,
            "SUPABASE_SERVICE_ROLE_KEY": self.service_key,
            "SUPABASE_JWT_SECRET": self.jwt_secret,
        }

    def token(self, user_id: str) -> str:
        """An access token of a person."""
        now = int(time.time())
        claims = {
            "sub": user_id,
            "role": "authenticated",
            "aud": "authenticated",
            "iat": now,
            "exp": now + TOKEN_SECONDS,
        }
        return jwt.encode({**claims, "iss": f"{self.url}/auth/v1"}, self.jwt_secret, algorithm="HS256")

    async def add_person(self) -> str:
        """A new person, in Auth and in the app; their id."""
        person = str(uuid4())
        email = f"e2e-{person}@example.com"
        async with await psycopg.AsyncConnection.connect(self.db_url) as connection:
            await connection.execute(
                "insert into auth.users (id, email, aud, role) values (%s, %s, 'authenticated', 'authenticated')",
                [person, email],
            )
            await connection.execute(
                "insert into public.users (id, email) values (%s, %s) on conflict (id) do nothing", [person, email]
            )
        return person

    async def remove_person(self, person: str) -> None:
        """Deletes a person and all that is theirs, also what this backend keeps about them without a foreign key."""
        async with await psycopg.AsyncConnection.connect(self.db_url) as connection:
            items = "select id from public.clothing_items where user_id = %s"
            await connection.execute(f"delete from public.analysis_leases where item_id in ({items})", [person])
            await connection.execute("delete from public.analysis_failures where user_id = %s", [person])
            await connection.execute("delete from public.users where id = %s", [person])
            await connection.execute("delete from auth.users where id = %s", [person])
            await connection.execute("delete from public.style_dirty where user_id = %s", [person])
            await connection.execute("delete from public.ai_profiles where user_id = %s", [person])

    async def forget_answers(self, content_hashes: Sequence[str]) -> None:
        """Deletes what an analyzer said about these photos."""
        async with await psycopg.AsyncConnection.connect(self.db_url) as connection:
            query = "delete from public.analysis_cache where content_hash = any (%s)"
            await connection.execute(query, [list(content_hashes)])

    def api(self, person: str) -> httpx.AsyncClient:
        """The REST API with a person's token, below `/rest/v1`."""
        headers = {"apikey": self.anon_key, "Authorization": f"Bearer {self.token(person)}"}
        return httpx.AsyncClient(base_url=f"{self.url}/rest/v1", headers=headers, timeout=20)


async def insert_item(api: httpx.AsyncClient, person: str, image_url: str) -> str:
    """A clothing item of a person; its id."""
    return await insert(api, "clothing_items", user_id=person, name="e2e", image_url=image_url)


async def read_item(api: httpx.AsyncClient, item: str) -> dict[str, Any] | None:
    """The item as its reader may see it."""
    answer = await api.get("/clothing_items", params={"id": f"eq.{item}"})
    answer.raise_for_status()
    rows: list[dict[str, Any]] = answer.json()
    return rows[0] if rows else None


async def insert(api: httpx.AsyncClient, table: str, **row: Any) -> str:
    """A row; its id."""
    answer = await api.post(f"/{table}", json=row, headers={"Prefer": "return=representation"})
    answer.raise_for_status()
    return str(answer.json()[0]["id"])


async def rows_of(api: httpx.AsyncClient, table: str, person: str) -> list[dict[str, Any]]:
    """Those rows of a person that the reader may see."""
    answer = await api.get(f"/{table}", params={"user_id": f"eq.{person}"})
    answer.raise_for_status()
    rows: list[dict[str, Any]] = answer.json()
    return rows


async def tagged(api: httpx.AsyncClient, item: str, photo: str, seconds: float = 60.0) -> dict[str, Any]:
    """The item once it carries tags of this photo."""

    async def done() -> dict[str, Any] | None:
        row = await read_item(api, item)
        source = ((row or {}).get("ai_tags") or {}).get("source", {})
        return row if source.get("photo") == photo else None

    row: dict[str, Any] | None = await wait_for(done, seconds=seconds, what="tags of the current photo")
    assert row is not None
    return row
