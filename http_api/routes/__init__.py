"""One module for each part of the API; each exports ``OPERATIONS``.

``all_operations`` is what is served and documented. A new part is one name in ``PARTS``.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from http_api.operations import Operation

# In the order in which the API's document shows them.
PARTS = ("analysis", "recommendations", "style_dna", "listings", "webhooks")


def all_operations() -> tuple[Operation, ...]:
    """Every operation, in the document's order."""
    present = [part for part in PARTS if find_spec(f"{__name__}.{part}")]
    return tuple(one for part in present for one in import_module(f"{__name__}.{part}").OPERATIONS)
