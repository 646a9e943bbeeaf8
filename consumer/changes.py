"""One change of one row, as Realtime tells it, read so tolerantly that nothing on the wire can raise.

It is read inside the socket's reader, where an exception would end all hearing. Two subtleties of the
protocol are kept: a payload with ``errors`` is a hole (its row may be missing altogether), and a key that is
missing from ``record`` says nothing at all (an unchanged large value is left out), unlike a key that is null.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, cast

ChangeType = Literal["INSERT", "UPDATE", "DELETE"]

_TYPES = frozenset({"INSERT", "UPDATE", "DELETE"})
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Change:
    """One row's change. ``record`` and ``old_record`` hold only what was sent; never guess at the rest."""

    table: str
    type: ChangeType
    record: Mapping[str, Any] = field(default_factory=dict)
    old_record: Mapping[str, Any] = field(default_factory=dict)
    errors: tuple[str, ...] = ()
    commit_timestamp: str | None = None


def parse_change(payload: object) -> Change | None:
    """The change in a ``postgres_changes`` payload (``{"data": {...}, "ids": [...]}``); None if there is none.

    Never raises: what is malformed becomes an empty record, what is no change at all becomes None.
    """
    data = _mapping(_mapping(payload).get("data"))
    kind, table = _text(data.get("type")), _text(data.get("table"))
    if kind not in _TYPES or not table:
        return None
    return Change(
        table=table,
        type=cast("ChangeType", kind),
        record=_mapping(data.get("record")),
        old_record=_mapping(data.get("old_record")),
        errors=_errors(data.get("errors")),
        commit_timestamp=_text(data.get("commit_timestamp")),
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else _NOTHING


def _text(value: object) -> str | None:
    """A plain string: the package hands its enumerations over as members, whose ``str()`` is another text."""
    return str.__str__(value) if isinstance(value, str) else None


def _errors(value: object) -> tuple[str, ...]:
    if not value:
        return ()
    parts = value if isinstance(value, list | tuple) else (value,)
    return tuple(part if isinstance(part, str) else type(part).__name__ for part in parts)
