"""The classes of the data set, in the order of the network's output, and what each is in the vocabulary."""

from __future__ import annotations

from types import MappingProxyType

from aura.vision.vocabulary import CATEGORY_OF

SUBCATEGORY_OF = MappingProxyType(
    {
        "T-Shirt": "t_shirt",
        "Longsleeve": "longsleeve",
        "Pants": "pants",
        "Shoes": "shoes",
        "Shirt": "shirt",
        "Dress": "dress",
        "Outwear": "outerwear",
        "Shorts": "shorts",
        "Hat": "hat",
        "Skirt": "skirt",
        "Polo": "polo",
        "Undershirt": "undershirt",
        "Blazer": "blazer",
        "Hoodie": "hoodie",
        "Body": "bodysuit",
        "Top": "top",
        "Blouse": "blouse",
    }
)
"""The vocabulary's subcategory of every class; the ten largest classes stand first."""

NAMES = tuple(SUBCATEGORY_OF)
CATEGORIES = tuple(CATEGORY_OF[sub].value for sub in SUBCATEGORY_OF.values())
"""The vocabulary's category of every class, in the same order."""
LARGEST = NAMES[:10]
"""The classes for which figures of other people are published."""


def described() -> list[dict[str, str]]:
    """Every class as the manifest lists it."""
    return [
        {"name": name, "category": category, "subcategory": sub}
        for (name, sub), category in zip(SUBCATEGORY_OF.items(), CATEGORIES, strict=True)
    ]
