"""What browsers are told: which pages may call, what they may read, and what they must not do with any answer."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from http_api.security_headers import SECURITY_HEADERS
from sandbox import Sandbox
from tests.support.api import ApiHouse, api_house
from tests.support.attacks.attack import ITEM, STATUS

pytestmark = pytest.mark.asyncio(loop_scope="module")

OURS = "https://app.example.com"
LOCAL = "http://localhost:3000"
ANALYZE, LOOK = ITEM.decode(), STATUS.decode()
ALLOW = "Access-Control-Allow-Origin"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(sandbox: Sandbox) -> AsyncIterator[ApiHouse]:
    async with api_house(sandbox, sign=False, api={"allowed_origins": (OURS, LOCAL)}) as house:
        yield house


def asking(origin: str, method: str = "POST", headers: str = "authorization,content-type") -> dict[str, str]:
    """What a browser sends ahead of a request."""
    return {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": headers,
    }


@pytest.mark.parametrize("origin", [OURS, LOCAL])
async def test_a_preflight_of_our_pages_is_allowed(house: ApiHouse, origin: str) -> None:
    answer = await house.client.options(ANALYZE, headers=asking(origin))
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers[ALLOW] == origin
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    allowed = {name.strip().lower() for name in answer.headers["Access-Control-Allow-Headers"].split(",")}
    assert {"authorization", "content-type", "prefer", "if-none-match", "x-request-id"} <= allowed
    assert int(answer.headers["Access-Control-Max-Age"]) > 0
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert {name.strip() for name in answer.headers["Vary"].split(",")} >= {"Origin", "Access-Control-Request-Method"}


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example.com",
        "https://app.example.com.evil.com",
        "https://app.example.com:8443",
        "http://app.example.com",
        "https://APP.example.com",
        "https://app.example.com/",
        "https://sub.app.example.com",
        "null",
        "*",
        "",
    ],
)
async def test_no_other_page_may_call_or_read(house: ApiHouse, origin: str) -> None:
    preflight = await house.client.options(ANALYZE, headers=asking(origin))
    request = await house.ada.get(LOOK, headers={"Origin": origin})
    for answer in (preflight, request):
        assert ALLOW not in answer.headers
        assert "Access-Control-Allow-Methods" not in answer.headers
        assert "Origin" in answer.headers["Vary"]


async def test_our_pages_may_read_errors_and_the_headers_that_explain_them(house: ApiHouse) -> None:
    origin = {"Origin": OURS}
    answers = {
        401: await house.client.get(LOOK, headers=origin),
        404: await house.client.get("/nowhere", headers=origin),
        405: await house.client.delete(LOOK, headers=origin),
        413: await house.ada.post(ANALYZE, "x" * 70_000, headers=origin),
        422: await house.ada.post(ANALYZE, {"clothing_item_id": "x"}, headers=origin),
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        assert answer.headers[ALLOW] == OURS
        exposed = {name.strip() for name in answer.headers["Access-Control-Expose-Headers"].split(",")}
        assert exposed >= {"ETag", "Location", "RateLimit-Remaining", "Retry-After", "X-Request-ID"}


async def test_a_preflight_counts_for_its_address_and_has_an_id(house: ApiHouse) -> None:
    answer = await house.client.options(ANALYZE, headers={**asking(OURS), "X-Request-ID": "r-1"})
    assert answer.headers["X-Request-ID"] == "r-1"
    assert int(answer.headers["RateLimit-Remaining"]) < int(answer.headers["RateLimit-Limit"])


async def test_every_answer_carries_the_headers_that_protect_it(house: ApiHouse) -> None:
    answers = [
        await house.client.get(LOOK),
        await house.client.get("/nowhere"),
        await house.client.request("TRACE", LOOK),
        await house.client.options(ANALYZE, headers=asking(OURS)),
        await house.ada.get(LOOK),
        await house.ada.post(ANALYZE, []),
    ]
    for answer in answers:
        assert {name: answer.headers[name] for name in SECURITY_HEADERS} == dict(SECURITY_HEADERS)
        assert "Server" not in answer.headers


async def test_without_configured_origins_nothing_is_said_about_any(sandbox: Sandbox) -> None:
    async with api_house(sandbox, sign=False) as closed:
        for answer in (
            await closed.client.options(ANALYZE, headers=asking(OURS)),
            await closed.client.get(LOOK, headers={"Origin": OURS}),
        ):
            assert not [name for name in answer.headers if name.lower().startswith("access-control-")]
