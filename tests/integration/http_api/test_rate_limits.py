"""Rate limits as clients meet them: per address before anybody is known, per person after, shared between replicas."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from sandbox import Sandbox
from tests.support.api import ApiHouse, api_house
from tests.support.attacks.attack import STATUS
from tests.support.redis_server import BINARY, redis_server

LOOK = STATUS.decode()
SHARED = pytest.mark.skipif(BINARY is None, reason="neither redis-server nor valkey-server is installed")


async def statuses(house: ApiHouse, times: int, forwarded: str | None = None) -> list[int]:
    """How nobody in particular is answered, so many times."""
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    return [(await house.client.get(LOOK, headers=headers)).status_code for _ in range(times)]


def check_refusal(answer: httpx.Response, limit: int) -> None:
    """The 429 says what the limit is and when it is worth coming back."""
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    assert (answer.headers["RateLimit-Limit"], answer.headers["RateLimit-Remaining"]) == (str(limit), "0")
    assert answer.headers["RateLimit-Policy"] == f"{limit};w=86400"
    assert int(answer.headers["Retry-After"]) == int(answer.headers["RateLimit-Reset"]) >= 1


async def test_an_address_has_its_limit_before_anybody_is_known(sandbox: Sandbox) -> None:
    async with api_house(sandbox, sign=False, rate_limits={"per_ip": "5/day"}) as house:
        assert await statuses(house, 5) == [401] * 5
        check_refusal(await house.client.get(LOOK), 5)
        check_refusal(await house.ada.get("/nowhere"), 5)
        assert await statuses(house, 2, forwarded="203.0.113.7") == [429, 429]


async def test_behind_a_proxy_each_of_its_clients_has_its_own(sandbox: Sandbox) -> None:
    limits = {"per_ip": "2/day"}
    async with api_house(sandbox, sign=False, api={"trusted_proxies": 1}, rate_limits=limits) as house:
        assert await statuses(house, 3, forwarded="203.0.113.7") == [401, 401, 429]
        assert await statuses(house, 1, forwarded="203.0.113.8") == [401]
        assert await statuses(house, 1, forwarded="6.6.6.6, 203.0.113.7") == [429]
        assert await statuses(house, 3, forwarded="2001:db8:1:2::1") == [401, 401, 429]
        assert await statuses(house, 1, forwarded="2001:db8:1:2:ffff::1") == [429]
        assert await statuses(house, 1, forwarded="2001:db8:1:3::1") == [401]


async def test_a_person_has_limits_for_each_kind_of_route(sandbox: Sandbox) -> None:
    async with api_house(sandbox, sign=False, rate_limits={"read": "3/day", "ai": "1/day"}) as house:
        left = [(await house.ada.get(LOOK)).headers["RateLimit-Remaining"] for _ in range(3)]
        assert left == ["2", "1", "0"]
        check_refusal(await house.ada.get(LOOK), 3)
        assert (await house.deniz.get(LOOK)).status_code == 404
        body = {"clothing_item_id": LOOK.rpartition("/")[2]}
        assert (await house.ada.post("/api/v1/ai/analyze-clothing-item", body)).status_code == 404
        check_refusal(await house.ada.post("/api/v1/ai/analyze-clothing-item", body), 1)


@SHARED
async def test_two_replicas_count_together(sandbox: Sandbox, tmp_path: Path) -> None:
    async with redis_server(tmp_path) as redis:
        limits = {"per_ip": "6/day", "redis_url": redis.url}
        async with (
            api_house(sandbox, sign=False, rate_limits=limits) as one,
            api_house(sandbox, sign=False, rate_limits=limits) as other,
        ):
            assert await statuses(one, 3) + await statuses(other, 3) == [401] * 6
            assert await statuses(one, 1) + await statuses(other, 1) == [429] * 2
            await redis.kill()
            assert await statuses(one, 1) == [401]
