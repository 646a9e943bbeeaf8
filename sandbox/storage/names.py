"""Which object paths and bucket names are allowed: Storage's rule, and nothing that climbs.

Files are never stored under these names, so a hostile one could not leave the folder anyway; it
would still confuse policies that look at the first folder, so dot segments are refused outright.
"""

from __future__ import annotations

import re

from sandbox.storage import errors

# storage-api's isValidKey: what S3 calls safe characters, and a few more.
OBJECT_KEY = re.compile(r"[A-Za-z0-9_/!\-.*'() &$@=;:+,?]+")
BUCKET_NAME = re.compile(r"[A-Za-z0-9_!\-.*'() &$@=;:+,?]+")
MAX_KEY_BYTES = 1024
MAX_BUCKET_NAME = 100
DOTS = frozenset((".", ".."))


def check_object_name(name: str) -> str:
    """The name, if it is a valid object path; raises StorageError otherwise."""
    segments = name.split("/")
    well_formed = OBJECT_KEY.fullmatch(name) is not None and len(name.encode()) <= MAX_KEY_BYTES
    if not well_formed or "" in segments or DOTS.intersection(segments):
        raise errors.invalid_key(name)
    return name


def check_bucket_name(name: str) -> str:
    """The name, if it is a valid bucket's; raises StorageError otherwise."""
    trimmed = name.strip() == name and len(name) <= MAX_BUCKET_NAME and name not in DOTS
    if not trimmed or BUCKET_NAME.fullmatch(name) is None:
        raise errors.invalid_bucket_name()
    return name


def folder_prefix(prefix: str) -> str:
    """The start that the names of a folder's objects have in common ("" for the root)."""
    stripped = prefix.strip("/")
    if DOTS.intersection(stripped.split("/")):
        raise errors.invalid_key(prefix)
    return f"{stripped}/" if stripped else ""
