"""Rate limits that several replicas share in a real Redis, and what happens when it goes away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from aura.settings import Settings
from aura.telemetry.metrics import Metrics
from http_api.limiter import RateLimiter
from tests.support.redis_server import BINARY, RedisServer, redis_server
from tests.support.waiting import wait_for

pytestmark = pytest.mark.skipif(BINARY is None, reason="neither redis-server nor valkey-server is installed")


@pytest.fixture
async def redis(tmp_path: Path) -> AsyncIterator[RedisServer]:
    async with redis_server(tmp_path) as server:
        yield server


@asynccontextmanager
async def replica(url: str, metrics: Metrics | None = None, rate: str = "50/hour") -> AsyncIterator[RateLimiter]:
    """The limiter of one process; every kind has the same rate."""
    kinds = ("per_ip", "read", "write", "ai", "webhook")
    settings = Settings.model_validate({"rate_limits": {"redis_url": url, **dict.fromkeys(kinds, rate)}})
    limiter = RateLimiter.from_settings(settings, metrics or Metrics())
    yield limiter
    await limiter.aclose()


async def test_two_replicas_share_one_count_exactly(redis: RedisServer) -> None:
    async with replica(redis.url) as one, replica(redis.url) as other:
        hits = [limiter.hit("ai", "ada") for limiter in (one, other) for _ in range(100)]
        answers = await asyncio.gather(*hits)
        assert sum(answer.allowed for answer in answers) == 50
        refused = await other.hit("ai", "ada")
        assert (refused.allowed, refused.remaining) == (False, 0)
        assert 1 <= refused.reset_seconds <= 3_601
        assert (await other.hit("ai", "deniz")).remaining == 49


async def test_a_killed_server_refuses_nobody_and_is_found_again(redis: RedisServer) -> None:
    metrics = Metrics()
    rate = "1000000/hour"
    async with replica(redis.url, metrics, rate) as one, replica(redis.url, rate=rate) as other:
        await one.hit("read", "ada")
        with capture_logs() as logs:
            await redis.kill()
            while_away = [await one.hit("read", "ada") for _ in range(20)]
            await redis.start()
            await other.hit("read", "deniz")
            await wait_for(lambda: _counts_together(one, other))
        assert all(answer.allowed for answer in while_away)
        assert (metrics.registry.get_sample_value("aura_api_limits_unshared_total") or 0) >= 20
        assert [line["log_level"] for line in logs if line["event"] == "limits_unshared"] == ["warning"]
        assert [line["log_level"] for line in logs if line["event"] == "limits_shared_again"] == ["info"]


async def _counts_together(one: RateLimiter, other: RateLimiter) -> bool:
    """Whether a hit of one replica is seen by the other."""
    before = (await other.hit("write", "probe")).remaining
    await one.hit("write", "probe")
    return (await other.hit("write", "probe")).remaining == before - 2


async def test_each_process_still_limits_while_the_server_is_away(redis: RedisServer) -> None:
    async with replica(redis.url, rate="5/hour") as limiter:
        await redis.kill()
        answers = [await limiter.hit("ai", "ada") for _ in range(8)]
        assert [answer.allowed for answer in answers] == [True] * 5 + [False] * 3


async def test_a_frozen_server_holds_up_one_request_a_second_for_half_a_second_at_most(redis: RedisServer) -> None:
    async with replica(redis.url) as limiter:
        await limiter.hit("read", "ada")
        redis.freeze()
        try:
            async with asyncio.timeout(10):
                answers = await asyncio.gather(*(limiter.hit("read", "ada") for _ in range(40)))
        finally:
            redis.thaw()
        assert all(answer.allowed for answer in answers)


async def test_a_server_that_never_was_there_is_as_good_as_one_that_is_away(redis: RedisServer) -> None:
    await redis.kill()
    async with replica(redis.url) as limiter:
        assert (await limiter.hit("per_ip", "203.0.113.7")).allowed


async def test_an_absence_at_the_start_is_said_before_any_request(redis: RedisServer) -> None:
    await redis.kill()
    with capture_logs() as logs:
        async with replica(redis.url) as limiter:
            assert limiter.counting == "in Redis"
            await limiter.check()
            assert limiter.counting == "in this process, because Redis does not answer"
            await limiter.check()
            assert [line["event"] for line in logs] == ["limits_unshared"]
            await redis.start()
            await wait_for(lambda: _is_found(limiter), what="Redis being found again")
    assert [line["event"] for line in logs] == ["limits_unshared", "limits_shared_again"]


async def _is_found(limiter: RateLimiter) -> bool:
    await limiter.check()
    return limiter.counting == "in Redis"


async def test_connections_are_bounded_and_keys_are_hashed_and_end(redis: RedisServer) -> None:
    client = Redis.from_url(redis.url)
    async with replica(redis.url, rate="100000/minute") as limiter:
        await asyncio.gather(*(limiter.hit("per_ip", f"203.0.113.{number}") for number in range(200)))
        info = await client.info("clients")
        keys = await client.keys("*")
        lives = [await client.ttl(key) for key in keys]
    await client.aclose()
    assert info["connected_clients"] <= 17
    assert len(keys) == 200
    assert not any(b"203.0.113" in key for key in keys)
    assert all(0 < life <= 120 for life in lives)


async def test_a_burst_waits_for_a_connection_and_is_counted_all_the_same(redis: RedisServer) -> None:
    metrics = Metrics()
    async with replica(redis.url, metrics, rate="300/hour") as limiter:
        answers = await asyncio.gather(*(limiter.hit("read", "ada") for _ in range(400)))
    assert sum(answer.allowed for answer in answers) == 300
    assert metrics.registry.get_sample_value("aura_api_limits_unshared_total") == 0


async def test_a_password_and_a_unix_socket(tmp_path: Path) -> None:
    async with redis_server(tmp_path, password="hunter2") as server:
        await _share(server.url, server.url.replace("redis://", "valkey://"))
    async with redis_server(tmp_path) as server:
        await _share(server.url, server.socket_url)


async def _share(url: str, other_url: str) -> None:
    async with replica(url) as limiter, replica(other_url) as other:
        await limiter.hit("ai", "ada")
        assert (await other.hit("ai", "ada")).remaining == 48


async def test_a_wrong_password_is_an_absence_and_never_in_the_log(tmp_path: Path) -> None:
    async with redis_server(tmp_path, password="hunter2") as server:
        with capture_logs() as logs:
            async with replica(server.url.replace("hunter2", "hunter3")) as limiter:
                assert (await limiter.hit("ai", "ada")).allowed
    assert len(logs) == 1
    assert "hunter" not in str(logs)
