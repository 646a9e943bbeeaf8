"""What the title begins and the description ends is found, in both; what merely stands side by side is not."""

from __future__ import annotations

import pytest

from aura.market.across import LONGEST_PART, find_across
from aura.market.listing import Listing
from aura.market.review import review_listing


def marked(title: str, description: str) -> list[tuple[str, str, str]]:
    """Code, field and marked text of each finding."""
    texts = {"title": title, "description": description}
    return [(each.code, each.field, texts[each.field][each.start : each.end]) for each in find_across(*texts.values())]


@pytest.mark.parametrize(
    ("title", "description", "code", "first", "second"),
    [
        ("Silk skirt 0532", "111 22 33, size 38", "contact.phone", "0532", "111 22 33"),
        ("Etek sıfır beş yüz otuz iki", "yüz on bir yirmi iki otuz üç", "contact.phone", None, None),  # noqa: RUF001
        ("Boots jane.doe@", "gmail.com for more", "contact.email", "jane.doe@", "gmail.com"),
        ("Takas IBAN TR33 0006 1005", "1978 6457 8413 26", "payment.iban", None, "1978 6457 8413 26"),
    ],
)
def test_an_address_over_both_is_marked_in_both(
    title: str, description: str, code: str, first: str | None, second: str | None
) -> None:
    found = {field: text for each, field, text in marked(title, description) if each == code}
    assert set(found) == {"title", "description"}
    assert first in (None, found["title"])
    assert second in (None, found["description"])


@pytest.mark.parametrize(
    ("title", "description"),
    [
        ("Levi's 501", "32 34, from 1998"),
        ("Boots 38", "39 and 40 fit too"),
        ("Instagram favourite", "Message me here for more"),
        ("Dress", ""),
        ("", "0532 111 22 33"),
        ("0532 111 22 33", "Silk dress"),
    ],
)
def test_what_stands_side_by_side_is_left_alone(title: str, description: str) -> None:
    assert marked(title, description) == []


def test_only_the_seam_is_read() -> None:
    assert marked("0532 " + "x" * LONGEST_PART, "111 22 33") == []
    title = "x" * 200 + " 0532  "
    assert marked(title, "111 22 33") == [
        ("contact.phone", "title", "0532"),
        ("contact.phone", "description", "111 22 33"),
    ]


def test_a_review_says_it_once_in_each_field() -> None:
    listing = Listing(title="Silk skirt 0532", description="111 22 33 ask me anything", condition="good")
    found = [each for each in review_listing(listing, "en").violations if each.code == "contact.phone"]
    assert [(each.field, each.start, each.end) for each in found] == [("title", 11, 15), ("description", 0, 9)]
