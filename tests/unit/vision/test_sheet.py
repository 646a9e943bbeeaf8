"""The contact sheet is one file that shows everything, and nothing that a file's name could smuggle in."""

from __future__ import annotations

import base64
import io
import re
from html.parser import HTMLParser
from pathlib import Path

from PIL import Image

from aura.errors import Permanent
from aura.vision.analyzer import Analysis
from aura.vision.batch import FileResult, Picture
from aura.vision.garment import Candidate, GarmentColour, GarmentTags, Judged
from aura.vision.sheet import contact_sheet
from aura.vision.vocabulary import Category, Colour, Formality, Pattern


def picture() -> Picture:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "JPEG")
    return Picture(out.getvalue(), b"\x89PNG mask")


NAVY = GarmentColour(name=Colour.NAVY, hex="#1f2a44", share=0.8, confidence=0.9)
SURE = GarmentTags(
    category=Judged[Category](value=Category.TOPS, confidence=0.97),
    subcategory=Judged[str](value="t_shirt", confidence=0.93),
    colors=(NAVY,),
    pattern=Judged[Pattern](value=Pattern.STRIPED, confidence=0.88),
    formality=Judged[Formality](value=Formality.CASUAL, confidence=0.6, source="derived"),
)
UNSURE = GarmentTags(
    candidates=(
        Candidate(category=Category.TOPS, subcategory="shirt", confidence=0.5),
        Candidate(category=Category.OUTERWEAR, subcategory="blazer", confidence=0.3),
    ),
    colors=(NAVY,),
)
RESULTS = [
    FileResult(Path("a/sure.jpg"), Analysis("done", SURE), 41, picture()),
    FileResult(Path("unsure.jpg"), Analysis("done", UNSURE), 43, Picture(b"jpeg")),
    FileResult(Path("cat.jpg"), Analysis("no_garment", GarmentTags()), 17, picture()),
    FileResult(Path("<script>alert(1)</script>.jpg"), Permanent("unreadable_photo", "It's <damaged>."), 2),
]


class Cards(HTMLParser):
    """Collects each card's class and text, and every tag; complains about what was never closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.kinds: list[str] = []
        self.texts: list[str] = []
        self.tags: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "article":
            self.kinds.append(dict(attrs)["class"] or "")
            self.texts.append("")

    def handle_data(self, data: str) -> None:
        if self.texts:
            self.texts[-1] += data


def test_each_photo_has_a_card_of_its_kind() -> None:
    cards = Cards(contact_sheet(RESULTS, "local/test/1"))
    assert cards.kinds == ["done", "unsure", "no_garment", "failed"]
    sure, unsure, none, failed = cards.texts
    for said in ("t shirt (93%)", "41 ms", "sure.jpg", "navy", "#1f2a44", "80%", "striped", "derived"):
        assert said in sure
    assert "shirt or blazer" in unsure
    assert "no garment" in none
    assert "It's <damaged>." in failed


def test_a_name_cannot_add_tags_to_the_page() -> None:
    assert "script" not in Cards(contact_sheet(RESULTS, "<b>local</b>")).tags


def test_the_page_needs_nothing_outside_itself() -> None:
    page = contact_sheet(RESULTS, "local/test/1")
    sources = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert len(sources) == 5  # photo and mask of two, the photo alone of one
    assert all(source.startswith("data:image/") for source in sources)
    assert base64.b64decode(sources[0].partition(",")[2]) == RESULTS[0].picture.jpeg  # type: ignore[union-attr]
    assert "http" not in page


def test_the_summary_counts() -> None:
    page = contact_sheet(RESULTS, "local/test/1")
    assert "4 photos, 1 done, 1 unsure, 1 no garment, 1 failed, median 29 ms" in page


def test_no_photos_make_a_page_too() -> None:
    assert "0 photos" in contact_sheet([], "local/test/1")
