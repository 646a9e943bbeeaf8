"""A lookbook as one HTML file with nothing outside it: the photos of each outfit side by side, and why."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from html import escape
from importlib.resources import files
from string import Template

from aura.stylist.advice import Outfit
from aura.stylist.reasons import Reason
from handlers.lookbook import Garment, Lookbook

# Reasons that are shown: those that make most of the score.
REASONS = 5


def page(book: Lookbook, title: str, language: str) -> str:
    """The page."""
    template = Template((files("handlers") / "lookbook.html").read_text(encoding="utf-8"))
    cards = "\n".join(_card(outfit, book.garments) for outfit in book.outfits)
    missing = "".join(f"<p>{escape(text)}</p>" for text in book.missing)
    return template.substitute(title=escape(title), language=escape(language), cards=cards, missing=missing)


def _card(outfit: Outfit, garments: Mapping[str, Garment]) -> str:
    worn = "".join(_figure(garments[item]) for item in outfit.items if item in garments)
    why = "".join(_reason(reason) for reason in outfit.why[:REASONS])
    return (
        f'<article><div class="worn">{worn}</div><h2>{escape(outfit.name)}<small>{outfit.score:.2f}</small></h2>'
        f"<ul>{why}</ul></article>"
    )


def _figure(garment: Garment) -> str:
    if garment.jpeg is None:
        return f'<figure class="none"><figcaption>{escape(garment.name)}</figcaption></figure>'
    data = base64.b64encode(garment.jpeg).decode()
    return f'<figure><img alt="{escape(garment.name)}" src="data:image/jpeg;base64,{data}"></figure>'


def _reason(reason: Reason) -> str:
    """Its words, and a bar as long as the score and as high as the weight."""
    share = f"width:{reason.score:.0%};height:{3 + 14 * reason.weight:.0f}px"
    return f'<li><span>{escape(reason.text)}</span><b><i style="{share}"></i></b></li>'
