"""Recommendations that the app has already are not sent again (ETag)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.support.api import ApiHouse, Visitor
from tests.support.recommending import ITEMS, PATH, recommended, wardrobe


async def tagged(visitor: Visitor, tag: str | None = None, **query: Any) -> httpx.Response:
    headers = {} if tag is None else {"If-None-Match": tag}
    return await visitor.get(PATH, params=query, headers=headers)


async def test_an_answer_that_the_app_has_is_not_sent_again(api: ApiHouse) -> None:
    await wardrobe(api.ada, "shirt", "jeans")
    first = await tagged(api.ada)
    tag = first.headers["ETag"]
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert "Authorization" in first.headers["Vary"]
    again = await tagged(api.ada, tag)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == tag
    assert again.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ("{strong}", 304),
        ("W/{strong}", 304),
        ('"other", {strong}', 304),
        ('"a,b" , W/"c",W/{strong}', 304),
        ("*", 304),
        ('"other"', 200),
        ('W/"other", "another"', 200),
        ("{bare}", 200),
        ('"*"', 200),
        ("", 200),
        (",,,", 200),
        ('"unclosed', 200),
    ],
)
async def test_every_form_of_if_none_match(modern_api: ApiHouse, form: str, status: int) -> None:
    await wardrobe(modern_api.ada, "shirt", "jeans")
    strong = (await tagged(modern_api.ada)).headers["ETag"].removeprefix("W/")
    response = await tagged(modern_api.ada, form.format(strong=strong, bare=strong.strip('"')))
    assert response.status_code == status


async def test_the_tag_differs_by_question_person_and_content(modern_api: ApiHouse) -> None:
    for visitor in (modern_api.ada, modern_api.deniz):
        await recommended(visitor)
    tags = [
        (await tagged(modern_api.deniz)).headers["ETag"],
        (await tagged(modern_api.ada)).headers["ETag"],
        (await tagged(modern_api.ada, **ITEMS)).headers["ETag"],
        (await tagged(modern_api.ada, **ITEMS, limit=1)).headers["ETag"],
    ]
    await wardrobe(modern_api.ada, "shirt")
    tags.append((await tagged(modern_api.ada)).headers["ETag"])
    assert len(set(tags)) == len(tags)
    assert (await tagged(modern_api.ada, tags[0])).status_code == 200


async def test_a_change_that_changes_no_answer_is_still_304(modern_api: ApiHouse) -> None:
    (item, *_) = await wardrobe(modern_api.ada, "shirt", "jeans")
    tag = (await tagged(modern_api.ada)).headers["ETag"]
    await modern_api.ada.wearer.edit(item, notes="a note")
    assert (await tagged(modern_api.ada, tag)).status_code == 304
