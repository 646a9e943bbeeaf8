"""Says when two URLs show the same photo, so that re-signing a link never costs a second analysis.

A signed Supabase Storage URL changes with every signature while the object behind it stays the
same. The identity of such a photo is its origin, bucket and path; every other URL is its own
identity, unchanged. The SQL function ``aura_photo_identity(text)`` follows the same rule (it stands
in an index), and a test compares the two on ``tests/data/photo_identity_cases.json``.
"""

from __future__ import annotations

import re
from typing import NamedTuple

# Written in the subset of regular expressions that Python and PostgreSQL read alike.
STORAGE_URL = r"^(https?://[^/?#]+)/storage/v1/(object|render/image)/(public|sign|authenticated)/([^?#]+)"
_STORAGE_URL = re.compile(STORAGE_URL)


class StorageObject(NamedTuple):
    """Where an object lies in Supabase Storage; ``path`` begins with the bucket's name."""

    origin: str
    access: str
    path: str


def parse_storage_url(url: str) -> StorageObject | None:
    """The Storage object that ``url`` points at, or None for any other address."""
    found = _STORAGE_URL.match(url)
    if found is None:
        return None
    return StorageObject(origin=found[1], access=found[3], path=found[4])


def photo_identity(url: str) -> str:
    """The identity of the photo behind ``url``: equal for all links to one Storage object."""
    stored = parse_storage_url(url)
    if stored is None:
        return url
    return f"{stored.origin}/storage/v1/object/{stored.path}"
