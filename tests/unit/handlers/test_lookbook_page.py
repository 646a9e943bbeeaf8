"""The page of outfits holds all it shows, and nothing that somebody typed is taken for markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from aura.stylist.advice import Outfit
from aura.stylist.reasons import Reason
from handlers.lookbook import Garment, Lookbook
from handlers.lookbook_page import REASONS, page

EVIL = '"><script>alert(1)</script>'
JPEG = b"\xff\xd8\xff\xe0 no picture, but bytes"


def book(name: str = "My shirt") -> Lookbook:
    why = tuple(Reason(f"f{n}", n / 10, 0.1, f"reason {n} {name}") for n in range(REASONS + 3))
    outfits = (Outfit(f"Navy {name}", ("a", "b", "gone"), 0.834, why), Outfit("Bare", ("b",), 0.5))
    return Lookbook(outfits, {"a": Garment("a", name, JPEG), "b": Garment("b", f"{name} 2")}, (f"No shoes {name}",))


class Elements(HTMLParser):
    """The elements of a page, with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def count(self, tag: str) -> int:
        return sum(each == tag for each, _ in self.found)


def test_every_outfit_is_shown_with_its_photos_and_reasons() -> None:
    text = page(book(), "Outfits", "en")
    elements = Elements(text)
    assert (elements.count("article"), elements.count("img"), elements.count("figure")) == (2, 1, 3)
    assert elements.count("li") == REASONS
    assert "0.83" in text
    assert "No shoes" in text
    assert "reason 0" in text


def test_words_are_words() -> None:
    elements = Elements(page(book(EVIL), EVIL, "en"))
    assert elements.count("script") == 0
    assert elements.count("article") == 2


def test_nothing_outside_the_page_is_needed() -> None:
    text = page(book(), "Outfits", "tr")
    assert '<html lang="tr">' in text
    assert not re.search(r'(src|href)="(?!data:)', text)
    assert "http" not in text
