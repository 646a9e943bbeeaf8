"""What the stylist says, in the languages it speaks: one data file each under ``languages``.

Only words of the vocabulary are said, never a person's own text: a name is short and harmless whatever was typed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from aura.stylist.accessories import Purpose
from aura.stylist.pieces import Piece
from aura.vision.lexicon import read_data
from aura.vision.vocabulary import SUBCATEGORIES, Category, Colour

DEFAULT = "en"
# From which score on a reason counts as well met, and as met in part.
WELL, PARTLY = 0.7, 0.35
# How many own pieces are named as examples.
EXAMPLES = 2
# What is more than this is only called so: nobody imagines 4,162 outfits.
MANY = 1000


class Speech:
    """One language."""

    def __init__(
        self, language: str, said: Mapping[str, Any], lexicon: Mapping[str, Mapping[str, Sequence[str]]]
    ) -> None:
        self.language = language
        self._said = said
        self._lexicon = lexicon
        self._colours = {each: self.title(self._usual("color", each)) for each in Colour}
        self._garments = {each: self.title(self._usual("subcategory", each)) for each in SUBCATEGORIES}
        self._garments |= said["garments"]
        self._reasons = {factor: tuple(map(str, tiers)) for factor, tiers in said["reasons"].items()}

    def colour(self, colour: Colour) -> str:
        """A colour's name in a title: "Light Blue"."""
        return self._colours[colour]

    def garment(self, category: Category, subcategory: str | None) -> str:
        """What a garment is, in a title: "T-Shirt"."""
        if subcategory is None:
            return str(self._said["categories"].get(category) or self.title(category))
        return self._garments[subcategory]

    def piece(self, piece: Piece) -> str:
        """A piece in two or three words: "Light Blue T-Shirt"."""
        colour = () if piece.colour is None else (self.colour(piece.colour),)
        return " ".join((*colour, self.garment(piece.category, piece.subcategory)))

    def name(self, kind: str, **parts: object) -> str:
        """One of the forms of a name, filled in."""
        return str(self._said["names"][kind]).format(**parts)

    def setting(self, name: str) -> str:
        """What an outfit is for, in a title: "Office"."""
        return str(self._said["settings"][name])

    def reason(self, factor: str, tier: int) -> str:
        """What a factor's score means; ``tier`` as ``tier_of`` tells it."""
        return self._reasons[factor][tier]

    def accessories(self, worn: Iterable[tuple[Piece, Purpose | None]]) -> str:
        """Accessories and what each is worn for."""
        forms = self._said["accessories"]
        parts = [str(forms[purpose or Purpose.LOOK]).format(piece=self.piece(piece)) for piece, purpose in worn]
        return str(forms["all"]).format(all=self.listed(parts))

    def colours(self, relation: str, **names: str) -> str:
        """How an outfit's colours relate."""
        return str(self._said["colours"][relation]).format(**names)

    def missing(self, what: str, count: int = 1) -> str:
        """What a wardrobe lacks, as a sentence."""
        text = self._said["missing"][what]
        return str(text if isinstance(text, str) else text[count != 1]).format(count=count)

    def idea(self, *, partners: int, examples: Sequence[str], unlocks: int, completes: bool, sure: bool) -> str:
        """What a piece that one might buy would do for the wardrobe, as a sentence.

        Args:
            partners: how many own pieces it goes with.
            examples: names of those, the best first.
            completes: whether the outfits are there and only lack this.
            sure: whether the counts are exact.
        """
        opens = self._counted("completes" if completes else "opens", unlocks, sure)
        if not partners:
            return self._idea("alone")
        form = "goes" if partners > 1 else "goes_one"
        your = self._idea("or").join(
            self._idea("your", piece=each) for each in list(dict.fromkeys(examples))[:EXAMPLES]
        )
        return self._idea(form, partners=self._counted("partners", partners, sure), examples=your, opens=opens)

    def word(self, kind: str, value: str) -> str:
        """A value of the vocabulary within a sentence: "light blue"."""
        special = self._said.get("words", {}).get(value)
        return str(special or self._usual(kind, value)).replace("_", " ")

    def listed(self, parts: Sequence[str]) -> str:
        """Several parts as one: "a, b and c"."""
        return f" {self._said['dna']['and']} ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))

    def dna(self, form: str, **parts: str) -> str:
        """One of the forms of a sentence about a style, filled in."""
        return str(self._said["dna"][form]).format(**parts)

    def dna_word(self, kind: str, rung: int) -> str:
        """How a style is called that is at this rung of a ladder."""
        return str(self._said["dna"][kind][rung])

    def needed(self) -> str:
        """Of a piece that outfits begin with."""
        return self._idea("needed")

    def number(self, count: int) -> str:
        """A whole number with its thousands apart."""
        return f"{count:,}".replace(",", str(self._said["thousands"]))

    def title(self, text: str) -> str:
        """Every word with a capital letter, as the language writes it."""
        return " ".join(self._capital(word[0]) + word[1:] for word in text.replace("_", " ").split())

    def _idea(self, form: str, **parts: str) -> str:
        return str(self._said["ideas"][form]).format(**parts)

    def _counted(self, form: str, count: int, sure: bool) -> str:
        kind = "over" if count > MANY else "exact" if sure else "about"
        number = self._idea(kind, count=self.number(min(count, MANY)))
        return str(self._said["ideas"][form][count != 1]).format(count=number)

    def _usual(self, kind: str, value: str) -> str:
        """The word of the lexicon that comes first; the vocabulary's own where it has none."""
        return next(iter(self._lexicon.get(kind, {}).get(value, ())), value)

    def _capital(self, letter: str) -> str:
        return "\u0130" if self.language == "tr" and letter == "i" else letter.upper()


def tier_of(score: float) -> int:
    """How well a reason is met: 0 well, 1 in part, 2 hardly."""
    return 0 if score >= WELL else 1 if score >= PARTLY else 2


@cache
def speech(language: str = DEFAULT) -> Speech:
    """How the stylist speaks a language.

    Raises:
        LookupError: it does not.
    """
    if language not in languages():
        raise LookupError(f"the stylist does not speak {language!r}")
    said = read_data((files("aura.stylist") / "languages" / f"{language}.yaml").read_text(encoding="utf-8"))
    return Speech(language, said, _lexicon(said["lexicon"]) if said["lexicon"] else {})


@cache
def languages() -> tuple[str, ...]:
    """The languages that there are files for."""
    found = (each.name for each in (files("aura.stylist") / "languages").iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in found if name.endswith(".yaml")))


def _lexicon(language: str) -> Any:
    return read_data((files("aura.vision") / "lexicons" / f"{language}.yaml").read_text(encoding="utf-8"))
