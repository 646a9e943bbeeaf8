"""Rate limits counted in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from limits import parse
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from pydantic import SecretStr

from aura.errors import ConfigurationError
from aura.settings import Settings
from aura.telemetry.logs import mask
from aura.telemetry.metrics import Metrics
from http_api.limit_storage import BoundedMemory
from http_api.limiter import RateLimiter

START = 1_800_000_000.0


class Clock:
    """Wall-clock time that only tests move."""

    def __init__(self) -> None:
        self.now = START

    def time(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def clock() -> Iterator[Clock]:
    """The time that the library and its storage see."""
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch:
        for module in ("limits.aio.storage.memory", "http_api.limit_storage"):
            patch.setattr(f"{module}.time", SimpleNamespace(time=clock.time))
        yield clock


def limiter(metrics: Metrics | None = None, **rates: str) -> RateLimiter:
    chosen = Settings.model_validate({"rate_limits": rates})
    return RateLimiter.from_settings(chosen, metrics or Metrics())


async def test_the_limit_is_exact_and_kinds_and_keys_count_apart(clock: Clock) -> None:
    metrics = Metrics()
    limits = limiter(metrics, ai="3/minute", read="5/minute")
    answers = [await limits.hit("ai", "ada") for _ in range(5)]
    assert [answer.allowed for answer in answers] == [True, True, True, False, False]
    assert [answer.remaining for answer in answers] == [2, 1, 0, 0, 0]
    assert (await limits.hit("ai", "deniz")).allowed
    assert (await limits.hit("read", "ada")).remaining == 4
    assert metrics.registry.get_sample_value("aura_api_rate_limited_total", {"kind": "ai"}) == 2


async def test_it_is_exact_under_concurrency(clock: Clock) -> None:
    limits = limiter(write="50/minute")
    answers = await asyncio.gather(*(limits.hit("write", "ada") for _ in range(200)))
    assert sum(answer.allowed for answer in answers) == 50


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 12), st.lists(st.floats(0, 70), min_size=1, max_size=40))
def test_an_answer_promises_what_the_next_requests_find(clock: Clock, amount: int, pauses: list[float]) -> None:
    async def scenario() -> None:
        limits = limiter(read=f"{amount}/minute")
        for pause in pauses:
            clock.now += pause
            answer = await limits.hit("read", "ada")
            if not answer.allowed:
                clock.now += answer.reset_seconds
                answer = await limits.hit("read", "ada")
                assert answer.allowed
        again = [await limits.hit("read", "ada") for _ in range(answer.remaining + 1)]
        assert [hit.allowed for hit in again] == [True] * answer.remaining + [False]

    asyncio.run(scenario())


async def test_memory_is_bounded_and_the_oldest_goes_first(clock: Clock) -> None:
    storage = BoundedMemory(keys=100)
    strategy, item = SlidingWindowCounterRateLimiter(storage), parse("2/minute")
    for number in range(1_000):
        assert await strategy.hit(item, str(number))
    assert len(storage.storage) == len(storage.expirations) == 100
    assert await strategy.hit(item, "999")
    assert not await strategy.hit(item, "999")
    assert await strategy.hit(item, "0")


async def test_what_has_expired_makes_room_by_itself(clock: Clock) -> None:
    storage = BoundedMemory(keys=100)
    strategy, item = SlidingWindowCounterRateLimiter(storage), parse("2/second")
    for number in range(50):
        await strategy.hit(item, str(number))
    clock.now += 5
    await strategy.hit(item, "late")
    assert len(storage.storage) == 1


async def test_storages_see_no_keys(clock: Clock) -> None:
    limits = limiter()
    await limits.hit("per_ip", "203.0.113.77")
    await limits.hit("read", "odd \ud800 key")
    assert not any("203.0.113" in key for key in limits._alone.storage)


@pytest.mark.parametrize(
    "url", ["localhost:6379", "http://:hunter2@localhost", "redis://", "redis://:hunter2@host:port", "memcached://h"]
)
def test_an_url_that_is_none_of_redis_is_refused_without_its_password(url: str) -> None:
    chosen = Settings.model_validate({"rate_limits": {"redis_url": SecretStr(url)}})
    with pytest.raises(ConfigurationError, match="AURA__RATE_LIMITS__REDIS_URL") as refused:
        RateLimiter.from_settings(chosen, Metrics())
    assert "hunter2" not in str(refused.value)
    assert mask(str(refused.value)) == str(refused.value)  # an example that looks like a secret would be cut out
