"""The database's own record of every change to items, cached answers and style DNA: what no process can embellish.

Row triggers write into a schema that the API does not show, in the transaction of the change itself, so what
was rolled back is not in it, and the changes of one row are numbered in the order in which they took effect.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import class_row

INSTALL = """
create schema if not exists test_audit;
create table if not exists test_audit.items (
  seq bigserial primary key, at timestamptz not null default clock_timestamp(), op text not null, item uuid not null,
  owner uuid not null, photo text, category text, color text, pattern text, tags text[], ai_tags jsonb);
create table if not exists test_audit.answers (
  seq bigserial primary key, at timestamptz not null default clock_timestamp(), content_hash text not null);
create table if not exists test_audit.styles (
  seq bigserial primary key, at timestamptz not null default clock_timestamp(), owner uuid not null, dna jsonb not null,
  fingerprint text);

create or replace function test_audit.note_item() returns trigger
language plpgsql security definer set search_path = '' as $$
declare r public.clothing_items := case when tg_op = 'DELETE' then old else new end;
begin
  insert into test_audit.items (op, item, owner, photo, category, color, pattern, tags, ai_tags)
    values (tg_op, r.id, r.user_id, public.aura_photo_identity(r.image_url),
            r.category, r.color, r.pattern, r.tags, r.ai_tags);
  return null;
end $$;
create or replace function test_audit.note_answer() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into test_audit.answers (content_hash) values (new.content_hash);
  return null;
end $$;
create or replace function test_audit.note_style() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into test_audit.styles (owner, dna, fingerprint) values (new.user_id, new.dna, new.fingerprint);
  return null;
end $$;

create or replace trigger test_note_item after insert or update or delete on public.clothing_items
  for each row execute function test_audit.note_item();
create or replace trigger test_note_answer after insert on public.analysis_cache
  for each row execute function test_audit.note_answer();
create or replace trigger test_note_style after insert on public.ai_profiles
  for each row execute function test_audit.note_style();
-- Who finds that the same is kept already raises the revision alone: that is no DNA written.
create or replace trigger test_note_style_again after update on public.ai_profiles for each row
  when (to_jsonb(old) - 'revision' is distinct from to_jsonb(new) - 'revision')
  execute function test_audit.note_style();
"""


@dataclass(frozen=True, slots=True)
class ItemChange:
    """A row as one change left it (for ``DELETE``: as it was)."""

    op: str
    item: str
    photo: str | None
    category: str | None
    color: str | None
    pattern: str | None
    tags: list[str] | None
    ai_tags: dict[str, Any] | None

    @property
    def tagged_photo(self) -> str | None:
        """The photo that ``ai_tags`` is about."""
        source = (self.ai_tags or {}).get("source")
        return source.get("photo") if isinstance(source, dict) else None


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An answer came into the cache at ``at`` (Unix time)."""

    content_hash: str
    at: float


@dataclass(frozen=True, slots=True)
class StyleWrite:
    """A person's style DNA was written."""

    owner: str
    dna: dict[str, Any]
    fingerprint: str | None


async def install(db_url: str) -> None:
    """Begin to record, once for a database."""
    async with await psycopg.AsyncConnection.connect(db_url, autocommit=True) as db:
        await db.execute(INSTALL)


async def item_changes(db_url: str, owners: Sequence[str]) -> list[ItemChange]:
    """The changes of these people's items, each row's in the order of effect."""
    query = """select op, item::text, photo, category, color, pattern, tags, ai_tags
               from test_audit.items where owner = any (%s::uuid[]) order by seq"""
    async with (
        await psycopg.AsyncConnection.connect(db_url) as db,
        db.cursor(row_factory=class_row(ItemChange)) as all_,
    ):
        return await (await all_.execute(query, [list(owners)])).fetchall()


async def stored_answers(db_url: str) -> list[StoredAnswer]:
    """When which answer came into the cache."""
    query = "select content_hash, extract(epoch from at)::float8 as at from test_audit.answers order by seq"
    async with await psycopg.AsyncConnection.connect(db_url) as db, db.cursor(row_factory=class_row(StoredAnswer)) as c:
        return await (await c.execute(query)).fetchall()


async def style_writes(db_url: str, owners: Sequence[str]) -> list[StyleWrite]:
    """The writes of these people's style DNA, in the order of effect."""
    query = "select owner::text, dna, fingerprint from test_audit.styles where owner = any (%s::uuid[]) order by seq"
    async with await psycopg.AsyncConnection.connect(db_url) as db, db.cursor(row_factory=class_row(StyleWrite)) as c:
        return await (await c.execute(query, [list(owners)])).fetchall()
