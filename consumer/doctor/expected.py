"""What must be in the database: the app's tables as the backend uses them, and all that its migrations make.

The app's columns and types are those of its own schema; what the migrations make is read from the migrations.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from aura.migrations import Migration, load_migrations
from consumer.router import BINDINGS, CANARY_TABLE

_STAMP = "timestamptz default now()"
APP_COLUMNS: Mapping[str, Mapping[str, str]] = {
    "users": {"id": "uuid"},
    "profiles": {"user_id": "uuid", "preferred_style": "jsonb", "updated_at": _STAMP},
    "clothing_items": {
        "id": "uuid",
        "user_id": "uuid",
        "name": "text",
        "category": "text",
        "color": "text",
        "pattern": "text",
        "brand": "text",
        "image_url": "text",
        "tags": "text[]",
        "ai_tags": "jsonb",
        "last_worn_date": "date",
        "is_favorite": "boolean default false",
        "created_at": _STAMP,
        "updated_at": _STAMP,
    },
    "combinations": {
        "id": "uuid",
        "user_id": "uuid",
        "name": "text",
        "description": "text",
        "is_public": "boolean default false",
        "updated_at": _STAMP,
    },
    "combination_items": {"id": "uuid", "combination_id": "uuid", "clothing_item_id": "uuid"},
    "likes": {"id": "uuid", "user_id": "uuid", "combination_id": "uuid"},
    "comments": {"id": "uuid", "user_id": "uuid", "combination_id": "uuid", "content": "text", "updated_at": _STAMP},
    "swap_listings": {
        "id": "uuid",
        "user_id": "uuid",
        "clothing_item_id": "uuid",
        "title": "text",
        "description": "text",
        "images_urls": "text[]",
        "condition": "text",
        "preferred_swap_categories": "text[]",
        "is_active": "boolean default true",
        "deleted_at": "timestamptz",
    },
}
# Tables that Realtime carries, and what of them the subscription asks for.
PUBLISHED: Mapping[str, tuple[str, ...]] = {
    **{binding.table: binding.columns for binding in BINDINGS},
    CANARY_TABLE: ("id", "beat"),
}
STAMPED = tuple(table for table, columns in APP_COLUMNS.items() if "updated_at" in columns)
# Whose updated_at decides whether tags may be written; elsewhere it only tells caches.
DECISIVE = "clothing_items"

_TABLE = re.compile(r"^create table if not exists public\.(\w+)", re.MULTILINE)
_FUNCTION = re.compile(r"^create or replace function public\.(\w+)", re.MULTILINE)
_TRIGGER = re.compile(r"^ *\('(\w+)', '(aura_\w+)', '(?:insert|update|delete)', 'aura_\w+'\)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Made:
    """What the migrations make, each with the version of the migration that makes it first.

    Triggers are named ``<table>.<trigger>``.
    """

    tables: Mapping[str, str]
    functions: Mapping[str, str]
    triggers: Mapping[str, str]


@cache
def made() -> Made:
    """What this version's migrations make."""
    return made_by(load_migrations())


def made_by(migrations: tuple[Migration, ...]) -> Made:
    """What ``migrations``, oldest first, make."""
    tables: dict[str, str] = {}
    functions: dict[str, str] = {}
    triggers: dict[str, str] = {}
    for migration in migrations:
        for name in _TABLE.findall(migration.sql):
            tables.setdefault(name, migration.version)
        for name in _FUNCTION.findall(migration.sql):
            functions.setdefault(name, migration.version)
        for table, name in _TRIGGER.findall(migration.sql):
            triggers.setdefault(f"{table}.{name}", migration.version)
    return Made(tables, functions, triggers)
