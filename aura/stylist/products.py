"""A shop's products as pieces, and which of them come close to a piece that is wanted.

Pure. A product's words may be anybody's; what cannot be told to be a garment that outfits are made of is no product
here. Products are compared by kind, colour, formality and warmth; how far apart is still the same is our own judgement.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nsmallest
from typing import Any

from aura.stylist.alike import colour_distance
from aura.stylist.board import SLOTS
from aura.stylist.details import text_of
from aura.stylist.features import traits_of
from aura.stylist.pieces import Piece, everyday_reader
from aura.stylist.slots import slot_of
from aura.vision.vocabulary import Slot

# Distances at which two pieces are a step apart: another kind, a rung of formality or warmth, a colour (CIE94).
OTHER_KIND, RUNG, COLOUR_STEP, UNKNOWN_COLOUR = 0.6, 0.5, 50.0, 0.5
FOR_OTHERS = 0.5
# Beyond this a product is something else than what is wanted.
FARTHEST = 1.4


@dataclass(frozen=True, slots=True)
class Product:
    """Something to buy: as the shop shows it, and as a piece (its id is the product's)."""

    piece: Piece
    name: str
    brand: str | None = None
    price: float | None = None
    currency: str | None = None
    image_url: str | None = None
    affiliate_link: str | None = None
    gender: str | None = None


@dataclass(frozen=True, slots=True)
class Shelf:
    """All products by slot; ``version`` differs whenever they do."""

    version: str = ""
    products: Mapping[Slot, Sequence[Product]] = field(default_factory=dict)

    def near(self, wanted: Piece, most: int, *, kindred: bool) -> list[Product]:
        """The products that come closest to what is wanted, none that is something else.

        Args:
            kindred: whether the person wears what many people never do (``hypotheses.KINDRED``): what is sold for
                women is preferred for them, what is sold for men for others.
        """
        others = "men" if kindred else "women"
        measured = (
            (_apart(wanted, each.piece) + FOR_OTHERS * (each.gender == others), each.piece.id, each)
            for each in self.products.get(slot_of(wanted), ())
        )
        return [each for far, _, each in nsmallest(most, measured, key=lambda entry: entry[:2]) if far <= FARTHEST]


def shelf_of(version: str, rows: Iterable[Mapping[str, Any]]) -> Shelf:
    """The shelf of these rows of ``catalog_products``; the same in whatever order they come."""
    found: defaultdict[Slot, list[Product]] = defaultdict(list)
    for row in rows:
        product = _product(row)
        if product is not None and slot_of(product.piece) in SLOTS:
            found[slot_of(product.piece)].append(product)
    return Shelf(version, {slot: tuple(sorted(each, key=lambda one: one.piece.id)) for slot, each in found.items()})


def _product(row: Mapping[str, Any]) -> Product | None:
    piece = _piece(row)
    if piece is None:
        return None
    price = row.get("price")
    return Product(
        piece=piece,
        name=text_of(row.get("name")),
        brand=text_of(row.get("brand")) or None,
        price=float(price) if isinstance(price, int | float | str) else None,
        currency=text_of(row.get("currency")) or None,
        image_url=_link(row.get("image_url")),
        affiliate_link=_link(row.get("affiliate_link")),
        gender=text_of(row.get("gender")) or None,
    )


def _piece(row: Mapping[str, Any]) -> Piece | None:
    """As an item whose owner told what the shop tells."""
    kind = f"{text_of(row.get('category'))} {text_of(row.get('subcategory'))}".strip()
    told = {
        "id": str(row["id"]),
        "name": row.get("name"),
        "category": kind,
        "color": row.get("color"),
        "pattern": row.get("pattern"),
        "tags": row.get("seasons"),
        "ai_material": row.get("material"),
        "ai_formality": row.get("formality"),
    }
    return everyday_reader().piece(told)


def _link(value: object) -> str | None:
    return value if isinstance(value, str) and value.startswith(("https://", "http://")) else None


def _apart(wanted: Piece, offered: Piece) -> float:
    one, other = traits_of(wanted), traits_of(offered)
    colour = colour_distance(wanted.colour, offered.colour)
    rungs = abs(one.formality - other.formality) + abs(one.warmth - other.warmth)
    kind = OTHER_KIND * (wanted.subcategory != offered.subcategory)
    return kind + RUNG * rungs + (UNKNOWN_COLOUR if colour is None else colour / COLOUR_STEP)
