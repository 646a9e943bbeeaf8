"""The one closed vocabulary in which garments are described; tagger, stylist and market share it.

Nothing outside it can be produced or stored, so every rule may rely on knowing every value. Words that
people use ("Blue Jeans", "trousers") are brought into it by ``lexicon.py``; what the colours look like
is in ``colours.py``. ``VERSION`` is part of each analysis' version: raise it when a value is added,
removed or changes its meaning, and what was said in an older version can be found and renewed.

A subcategory with the name of its category ("outerwear", "shoes") says no more than the category does.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

VERSION = "1"


class Word(StrEnum):
    """A value of the vocabulary, equal to its text and hashed as that: in C, ten times as fast as ``Enum`` does it."""

    __hash__ = str.__hash__


class Ladder(Word):
    """Values in order, lowest first; ``level`` is the rung, from 0."""

    @property
    def level(self) -> int:
        """The place on the ladder, counted from 0."""
        return list(type(self)).index(self)


class Category(Word):
    """What a garment is, as a wardrobe is sorted."""

    TOPS = "tops"
    BOTTOMS = "bottoms"
    ONE_PIECE = "one_piece"
    OUTERWEAR = "outerwear"
    SHOES = "shoes"
    HEADWEAR = "headwear"
    BAGS = "bags"
    ACCESSORIES = "accessories"
    UNDERWEAR = "underwear"
    SWIMWEAR = "swimwear"


class Slot(Word):
    """Which place of an outfit a garment fills."""

    TOP = "top"
    BOTTOM = "bottom"
    FULL_BODY = "full_body"
    OUTER = "outer"
    SHOES = "shoes"
    HEAD = "head"
    BAG = "bag"
    ACCESSORY = "accessory"
    NONE = "none"


class Pattern(Word):
    """What the cloth shows."""

    PLAIN = "plain"
    STRIPED = "striped"
    CHECKED = "checked"
    DOTTED = "dotted"
    FLORAL = "floral"
    ANIMAL = "animal"
    CAMOUFLAGE = "camouflage"
    GEOMETRIC = "geometric"
    PAISLEY = "paisley"
    TIE_DYE = "tie_dye"
    COLOR_BLOCK = "color_block"
    GRAPHIC = "graphic"
    ALLOVER_PRINT = "allover_print"


class Material(Word):
    """What it is mainly made of, as far as a photo shows."""

    COTTON = "cotton"
    LINEN = "linen"
    DENIM = "denim"
    CORDUROY = "corduroy"
    WOOL = "wool"
    KNIT = "knit"
    FLEECE = "fleece"
    SILK = "silk"
    SATIN = "satin"
    VELVET = "velvet"
    LACE = "lace"
    CHIFFON = "chiffon"
    LEATHER = "leather"
    SUEDE = "suede"
    FUR = "fur"
    DOWN = "down"
    SYNTHETIC = "synthetic"
    CANVAS = "canvas"
    RUBBER = "rubber"
    STRAW = "straw"
    METAL = "metal"


class Season(Word):
    """When it is worn."""

    SPRING = "spring"
    SUMMER = "summer"
    AUTUMN = "autumn"
    WINTER = "winter"


class Formality(Ladder):
    """From the sofa to the gala."""

    LOUNGE = "lounge"
    CASUAL = "casual"
    SMART_CASUAL = "smart_casual"
    BUSINESS = "business"
    FORMAL = "formal"


class Warmth(Ladder):
    """How much it warms, from a beach dress to a down parka."""

    VERY_LIGHT = "very_light"
    LIGHT = "light"
    MEDIUM = "medium"
    WARM = "warm"
    VERY_WARM = "very_warm"


class Style(Word):
    """The looks that people choose between."""

    CASUAL = "casual"
    CLASSIC = "classic"
    MODERN = "modern"
    MINIMALIST = "minimalist"
    ELEGANT = "elegant"
    BUSINESS = "business"
    SPORTY = "sporty"
    STREETWEAR = "streetwear"
    BOHEMIAN = "bohemian"
    ROMANTIC = "romantic"
    VINTAGE = "vintage"
    PREPPY = "preppy"
    EDGY = "edgy"
    OUTDOOR = "outdoor"


class Colour(Word):
    """Basic colour terms with the light and dark ones that people name on their own."""

    BLACK = "black"
    CHARCOAL = "charcoal"
    GRAY = "gray"
    LIGHT_GRAY = "light_gray"
    WHITE = "white"
    CREAM = "cream"
    BEIGE = "beige"
    CAMEL = "camel"
    BROWN = "brown"
    NAVY = "navy"
    BLUE = "blue"
    LIGHT_BLUE = "light_blue"
    TEAL = "teal"
    TURQUOISE = "turquoise"
    MINT = "mint"
    GREEN = "green"
    DARK_GREEN = "dark_green"
    OLIVE = "olive"
    YELLOW = "yellow"
    MUSTARD = "mustard"
    ORANGE = "orange"
    RUST = "rust"
    CORAL = "coral"
    RED = "red"
    BURGUNDY = "burgundy"
    PINK = "pink"
    MAGENTA = "magenta"
    PURPLE = "purple"
    LAVENDER = "lavender"
    GOLD = "gold"
    SILVER = "silver"


_SUBCATEGORIES = {
    Category.TOPS: "top t_shirt longsleeve polo shirt blouse undershirt tank_top bodysuit sweatshirt hoodie "
    "sweater turtleneck cardigan waistcoat",
    Category.BOTTOMS: "pants jeans chinos sweatpants leggings shorts skirt",
    Category.ONE_PIECE: "dress jumpsuit overalls",
    Category.OUTERWEAR: "outerwear jacket denim_jacket leather_jacket bomber_jacket puffer_jacket blazer coat "
    "trench_coat raincoat parka vest poncho",
    Category.SHOES: "shoes sneakers boots ankle_boots sandals heels flats loafers dress_shoes slippers",
    Category.HEADWEAR: "hat cap beanie headband",
    Category.BAGS: "bag handbag backpack tote clutch",
    Category.ACCESSORIES: "accessory scarf belt gloves tie sunglasses watch jewelry socks tights",
    Category.UNDERWEAR: "underwear bra underpants sleepwear",
    Category.SWIMWEAR: "swimwear swimsuit bikini swim_shorts",
}

CATEGORY_OF = MappingProxyType({name: category for category, names in _SUBCATEGORIES.items() for name in names.split()})
"""The category of every subcategory."""

SUBCATEGORIES = tuple(CATEGORY_OF)
"""Every subcategory, those of one category together."""

SLOT_OF = MappingProxyType(
    {
        Category.TOPS: Slot.TOP,
        Category.BOTTOMS: Slot.BOTTOM,
        Category.ONE_PIECE: Slot.FULL_BODY,
        Category.OUTERWEAR: Slot.OUTER,
        Category.SHOES: Slot.SHOES,
        Category.HEADWEAR: Slot.HEAD,
        Category.BAGS: Slot.BAG,
        Category.ACCESSORIES: Slot.ACCESSORY,
        Category.UNDERWEAR: Slot.NONE,
        Category.SWIMWEAR: Slot.NONE,
    }
)
"""The slot that garments of a category fill."""
