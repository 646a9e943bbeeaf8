"""One module for each part of the API; each exports ``OPERATIONS``. What is listed here is served and documented."""

from __future__ import annotations

from http_api.operations import Operation
from http_api.routes import analysis, listings, recommendations, style_dna, webhooks


def all_operations() -> tuple[Operation, ...]:
    """Every operation, in the document's order."""
    parts = (analysis, recommendations, style_dna, listings, webhooks)
    return tuple(operation for part in parts for operation in part.OPERATIONS)
