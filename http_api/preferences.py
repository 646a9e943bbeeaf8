"""Reads the ``Prefer`` request header (RFC 7240)."""

from __future__ import annotations

from collections.abc import Iterable


def prefers_async(values: Iterable[str]) -> bool:
    """Whether ``respond-async`` is among the preferences; parameters and other preferences are ignored.

    Args:
        values: the header's values, as often as it was sent.
    """
    preferences = (one for value in values for one in value.split(","))
    return any(one.partition(";")[0].strip().lower() == "respond-async" for one in preferences)
