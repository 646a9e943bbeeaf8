"""What is usual for each kind of garment: how formal, how warm and of which styles it is when nobody says.

Tags may be missing or wrong; what kind of garment it is, is known most often. The figures are our own judgement on
the vocabulary's ladders (formality 0 lounge … 4 formal, warmth 0 very light … 4 very warm), not measurements. A test
holds that every subcategory and material of the vocabulary has its line, so that no tag is ever without a meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from aura.vision.vocabulary import Category, Material, Season, Style

# The highest rung of both ladders, and what all rungs are whole multiples of.
LADDER, STEP = 4.0, 0.1


@dataclass(frozen=True, slots=True)
class Traits:
    """``formality`` and ``warmth`` from 0 to 4 in tenths, and the styles it belongs to."""

    formality: float
    warmth: float
    styles: tuple[Style, ...] = ()


def _read(table: str) -> Mapping[str, Traits]:
    found = {}
    for line in table.strip().splitlines():
        name, formality, warmth, *styles = line.split()
        found[name] = Traits(float(formality), float(warmth), tuple(Style(each) for each in styles))
    return MappingProxyType(found)


OF_SUBCATEGORY = _read("""
top 1.3 1
t_shirt 1 1 casual
longsleeve 1 1.6 casual
polo 1.7 1.2 preppy casual
shirt 2.4 1.5 classic business
blouse 2.5 1.3 elegant classic
undershirt 0.4 0.8 casual
tank_top 0.8 0.2 casual sporty
bodysuit 1.5 1 modern
sweatshirt 0.8 2.4 casual sporty
hoodie 0.6 2.6 streetwear casual
sweater 1.7 3 classic casual
turtleneck 2.2 3 minimalist classic
cardigan 1.8 2.4 classic
waistcoat 2.9 1.8 classic business
pants 2.2 2 classic
jeans 1.2 2.1 casual
chinos 2 1.8 classic preppy
sweatpants 0.3 2.2 sporty casual
leggings 0.5 1.6 sporty
shorts 0.8 0.2 casual
skirt 1.9 1.2 romantic classic
dress 2.2 1.1 romantic elegant
jumpsuit 1.9 1.5 modern
overalls 0.9 1.9 casual vintage
outerwear 1.5 2.8
jacket 1.4 2.6 casual
denim_jacket 1.1 2.2 casual vintage
leather_jacket 1.5 2.6 edgy
bomber_jacket 1.1 2.5 streetwear
puffer_jacket 0.9 3.8 casual outdoor
blazer 3 2 business classic
coat 2.6 3.5 classic elegant
trench_coat 2.6 2.6 classic
raincoat 1.2 2.2 outdoor
parka 1.1 3.8 outdoor
vest 1 2.4 outdoor
poncho 1.4 2.6 bohemian
shoes 1.6 1.8
sneakers 0.9 1.6 casual sporty streetwear
boots 1.5 3.2 edgy outdoor
ankle_boots 2 2.7 modern
sandals 0.9 0 bohemian casual
heels 3.1 1 elegant
flats 2 1.2 classic romantic
loafers 2.5 1.5 preppy classic
dress_shoes 3.3 1.7 business elegant
slippers 0 1.2
hat 1.6 1.5 vintage
cap 0.7 1 sporty streetwear
beanie 0.8 3.4 streetwear
headband 0.9 1
bag 1.5 2
handbag 2.5 2 elegant classic
backpack 0.8 2 sporty outdoor
tote 1.4 2 casual minimalist
clutch 3.3 2 elegant
accessory 1.6 2
scarf 1.8 3.4 classic
belt 2.1 2 classic
gloves 1.8 3.6 classic
tie 3.4 2 business
sunglasses 1.4 0.2 casual modern
watch 2.2 2 classic
jewelry 2.3 2 elegant
socks 1 2
tights 1.9 2.6
underwear 0.5 1
bra 0.5 0.5
underpants 0.5 0.8
sleepwear 0 1.5
swimwear 0.4 0
swimsuit 0.4 0
bikini 0.4 0
swim_shorts 0.4 0
""")

OF_CATEGORY: Mapping[Category, Traits] = MappingProxyType(
    {
        Category.TOPS: OF_SUBCATEGORY["top"],
        Category.BOTTOMS: Traits(1.7, 1.9),
        Category.ONE_PIECE: Traits(2.1, 1.2),
        Category.OUTERWEAR: OF_SUBCATEGORY["outerwear"],
        Category.SHOES: OF_SUBCATEGORY["shoes"],
        Category.HEADWEAR: Traits(1.1, 1.8),
        Category.BAGS: OF_SUBCATEGORY["bag"],
        Category.ACCESSORIES: OF_SUBCATEGORY["accessory"],
        Category.UNDERWEAR: OF_SUBCATEGORY["underwear"],
        Category.SWIMWEAR: OF_SUBCATEGORY["swimwear"],
    }
)

# What a material adds to the kind's formality and warmth, and the styles it brings along.
OF_MATERIAL: Mapping[Material, Traits] = MappingProxyType(
    {
        Material(name): traits
        for name, traits in _read("""
cotton 0 0
linen 0 -0.8 casual
denim -0.3 0.2 casual
corduroy 0 0.5 vintage
wool 0.3 0.9 classic
knit 0 0.6
fleece -0.5 0.9 outdoor
silk 0.7 -0.2 elegant
satin 0.7 -0.2 elegant
velvet 0.6 0.4 elegant
lace 0.5 -0.4 romantic
chiffon 0.5 -0.6 romantic
leather 0.2 0.4 edgy
suede 0.2 0.3 bohemian
fur 0.5 1 elegant
down -0.2 1 outdoor
synthetic -0.2 0 sporty
canvas -0.2 0 casual
rubber -0.4 0 outdoor
straw -0.1 -1 bohemian
metal 0.3 0
""").items()
    }
)

# The warmth that a season asks of each garment, and the temperature (°C) it stands for where only it is known:
# daytime means of a temperate climate such as Istanbul's.
SEASON_CELSIUS: Mapping[Season, float] = MappingProxyType(
    {Season.SPRING: 15.0, Season.SUMMER: 27.0, Season.AUTUMN: 14.0, Season.WINTER: 4.0}
)


def warmth_for(celsius: float) -> float:
    """The rung of the warmth ladder that suits a temperature: 0 from 28 °C up, 4 from 0 °C down, even between."""
    return min(4.0, max(0.0, (28.0 - celsius) / 7.0))
