"""Fills the app's tables as a project of some age has them, before this backend is installed.

The data are made by the server from row numbers, so a run is reproducible. The app's own indexes are dropped
while the rows are loaded and built again afterwards: the result is the same, the loading takes a tenth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, LiteralString, TypeAlias

import psycopg

Connection: TypeAlias = psycopg.AsyncConnection[tuple[Any, ...]]

_INDEXES: tuple[tuple[LiteralString, LiteralString], ...] = (
    ("clothing_items_user_id_idx", "(user_id)"),
    ("clothing_items_category_idx", "(category)"),
    ("clothing_items_tags_idx", "using gin (tags)"),
    ("clothing_items_ai_tags_idx", "using gin (ai_tags)"),
)
_URL = "'https://project.supabase.co/storage/v1/object/public/photos/' || n"
_PHOTO = "'https://project.supabase.co/storage/v1/object/photos/' || n"
_TAGS = f"""
  case when %(tagged)s then jsonb_build_object(
    'status', case when n > %(items)s - %(failed)s then 'failed' else 'done' end,
    'category', jsonb_build_object('value', (array['top','dress','shoes','bag','coat','skirt'])[n %% 6 + 1],
                                   'confidence', round((n %% 100) / 100.0, 2)),
    'colors', jsonb_build_array(jsonb_build_object('name', (array['blue','black','red','white'])[n %% 4 + 1],
                                                   'hex', '#' || lpad(to_hex(n %% 4096), 6, '0'), 'share', 0.7)),
    'pattern', jsonb_build_object('value', (array['plain','striped','floral'])[n %% 3 + 1], 'confidence', 0.9),
    'seasons', jsonb_build_array(jsonb_build_object('value', 'summer', 'confidence', 0.6)),
    'source', jsonb_build_object('photo', {_PHOTO}, 'analyzer', 'vertexai', 'version', 'vertexai/m/1',
                                 'content_hash', 'sha256:' || md5(n::text), 'duration_ms', n %% 900))
  end"""
_STATEMENTS = (
    """insert into users (id, email)
       select md5('u' || n)::uuid, n || '@example.com' from generate_series(1, %(users)s) n""",
    'insert into profiles (user_id, preferred_style) select id, \'{"styles": ["casual"]}\' from users',
    f"""insert into clothing_items (id, user_id, name, category, color, tags, image_url, ai_tags, created_at)
        select md5('i' || n)::uuid, md5('u' || n %% %(users)s + 1)::uuid, 'item ' || n, 'top', 'blue',
               array['a' || n %% 50, 'b' || n %% 7], {_URL}, {_TAGS},
               now() - (%(items)s - n) * interval '30 s' - interval '1 d'
        from generate_series(1, %(items)s) n""",
    """insert into combinations (id, user_id, name, is_public)
       select md5('c' || n)::uuid, md5('u' || n %% %(users)s + 1)::uuid, 'outfit ' || n, true
       from generate_series(1, %(users)s) n""",
    """insert into combination_items (combination_id, clothing_item_id)
       select md5('c' || n %% %(users)s + 1)::uuid, md5('i' || n)::uuid
       from generate_series(1, least(2 * %(users)s, %(items)s)) n""",
    """insert into likes (user_id, combination_id)
       select md5('u' || n)::uuid, md5('c' || n * 7 %% %(users)s + 1)::uuid from generate_series(1, %(users)s) n""",
    """insert into comments (user_id, combination_id, content)
       select md5('u' || n)::uuid, md5('c' || n)::uuid, 'nice' from generate_series(1, %(users)s, 2) n""",
)


@dataclass(frozen=True)
class Size:
    """How much is loaded; ``failed`` of the items carry the mark of a failure for good."""

    items: int
    users: int
    failed: int


async def load(connection: Connection, size: Size, *, tagged: bool) -> None:
    """Loads users, items, outfits, likes and comments; with ``tagged`` every item has its tags."""
    values = {"items": size.items, "users": size.users, "failed": size.failed, "tagged": tagged}
    for name, _ in _INDEXES:
        await connection.execute(f"drop index {name}".encode())
    await connection.execute("alter table likes disable trigger count_likes")
    for statement in _STATEMENTS:
        await connection.execute(statement.encode(), values)
    await connection.execute("alter table likes enable trigger count_likes")
    await connection.execute("set maintenance_work_mem = '512MB'")
    for name, columns in _INDEXES:
        await connection.execute(f"create index {name} on clothing_items {columns}".encode())
    await connection.execute("vacuum (analyze)")


async def first(connection: Connection, query: str) -> Any:
    """The first column of the first row."""
    found = await (await connection.execute(query.encode())).fetchone()
    return found[0] if found else None


async def book_failures(connection: Connection) -> None:
    """What `analysis_failures` holds of the items that failed for good; run after the migrations."""
    await connection.execute("""
        insert into analysis_failures (item_id, user_id, photo, code, message, permanent, next_attempt_at)
        select id, user_id, aura_photo_identity(image_url), 'unreadable_photo', 'unreadable', true, now()
        from clothing_items where ai_tags @> '{"status": "failed"}'""")
    await connection.execute("analyze analysis_failures")
