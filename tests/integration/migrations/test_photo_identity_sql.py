"""The rule of photo identity is written twice, in Python and in SQL: the two must agree."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aura.photos.identity import photo_identity
from tests.support.databases import Database

CASES = json.loads((Path(__file__).parents[2] / "data" / "photo_identity_cases.json").read_text())
PIECES = [
    "https://",
    "http://",
    "p.co",
    "/storage/v1/",
    "object/",
    "render/image/",
    "public/",
    "sign/",
    "w/a.jpg",
    "?t=1",
]


async def test_sql_gives_the_identities_of_the_shared_table(db: Database) -> None:
    found = await db.rows("select aura_photo_identity(url) from unnest(%s::text[]) url", [url for url, _ in CASES])
    assert [row[0] for row in found] == [identity for _, identity in CASES]


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.sampled_from([*PIECES, "#x", "\n", "é"])).map("".join), min_size=50))
async def test_sql_agrees_with_python_on_any_url(db: Database, urls: list[str]) -> None:
    found = await db.rows("select aura_photo_identity(url) from unnest(%s::text[]) url", urls)
    assert [row[0] for row in found] == [photo_identity(url) for url in urls]
