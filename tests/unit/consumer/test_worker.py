from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

import pytest
import structlog

from aura.errors import ConfigurationError, Permanent, RetryAt, Transient
from aura.settings import Settings, WorkerSettings
from aura.telemetry.metrics import Metrics
from consumer.ports import Perform
from consumer.queue import MemoryQueue
from consumer.worker import WorkerPool
from handlers.work import Outcome, Work
from tests.unit.consumer.fakes import database_away, utc_now
from tests.unit.consumer.virtual_time import run_virtually

SECRET = "what the row said"
DONE = Outcome("written", ("ai_tags",))


class Bench:
    """A pool whose work is a function of the test's."""

    def __init__(self, perform: Perform, concurrency: int = 4) -> None:
        loop = asyncio.get_running_loop()
        self.queue, self.metrics = MemoryQueue(1000), Metrics()
        self.began: list[tuple[str, float]] = []
        self._perform = perform
        settings = Settings(worker=WorkerSettings(concurrency=concurrency))
        self.pool = WorkerPool(
            self.queue, self.note, settings, self.metrics, clock=loop.time, utc_now=utc_now, random=Random(0)
        )

    async def note(self, work: Work) -> Outcome:
        self.began.append((work.key, asyncio.get_running_loop().time()))
        return await self._perform(work)

    def add(self, *keys: str) -> None:
        for key in keys:
            assert self.queue.add(Work("analyze_item", key))

    async def run(self, seconds: float) -> None:
        task = asyncio.create_task(self.pool.run())
        await asyncio.sleep(seconds)
        assert not task.done()
        task.cancel()
        await asyncio.wait([task])

    def count(self, metric: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(metric, labels) or 0.0


def virtually(main: Callable[[], Any]) -> None:
    run_virtually(main())


def failing(*errors: Exception | Outcome) -> Perform:
    """Raises or returns each in turn, then succeeds."""
    rest = list(errors)

    async def perform(_work: Work) -> Outcome:
        error = rest.pop(0) if rest else DONE
        if isinstance(error, Exception):
            raise error
        return error

    return perform


@pytest.mark.parametrize(("seconds", "times"), [(0.9, [9.9, 19.8, 29.7, 39.6]), (3, [13, 26, 39])])
def test_style_that_changes_all_the_time_takes_a_tenth_of_a_worker_or_rests_ten_seconds(
    seconds: float, times: list[float]
) -> None:
    async def main() -> None:
        bench = Bench(failing())
        style = Work("style_dna", "somebody")

        async def perform(_work: Work) -> Outcome:
            bench.queue.add(style)  # something changed again while it was computed
            await asyncio.sleep(seconds)
            return DONE

        bench._perform = perform
        bench.queue.add(style)
        await bench.run(40)
        assert [round(at - bench.began[0][1], 1) for _, at in bench.began] == [0, *times]

    virtually(main)


@pytest.mark.parametrize("error", [None, Transient("database_unavailable", "The database hangs.")])
def test_the_seconds_of_an_outage_are_no_reason_to_rest(error: Exception | None) -> None:
    """A style that is slow because the database hangs, whether it fails of it or just gets through."""

    async def main() -> None:
        bench = Bench(failing())
        style = Work("style_dna", "somebody")

        async def perform(work: Work) -> Outcome:
            if work.kind == "analyze_item":
                await asyncio.sleep(9)
                raise Transient("database_unavailable", "The database hangs.")
            if [key for key, _ in bench.began].count("somebody") == 1:
                bench.queue.add(style)  # the listing shows it again
                await asyncio.sleep(10)
                if error is not None:
                    raise error
            return DONE

        bench._perform = perform
        bench.add("item")
        bench.queue.add(style)
        await bench.run(60)
        first, second = (at for key, at in bench.began if key == "somebody")
        assert second - first < 20

    virtually(main)


def test_work_is_done_and_counted() -> None:
    async def main() -> None:
        bench = Bench(failing())
        bench.add("a", "b")
        await bench.run(1)
        assert [key for key, _ in bench.began] == ["a", "b"]
        assert bench.queue.depth().total == 0
        assert bench.count("aura_work_total", kind="analyze_item", outcome="written") == 2

    virtually(main)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Transient("analyzer_timeout", "slow"), "analyzer_timeout"),
        (RuntimeError(SECRET), "unexpected"),
        (TimeoutError(), "timed_out"),
        (ExceptionGroup(SECRET, [ValueError(SECRET)]), "unexpected"),
    ],
)
def test_no_failure_ends_a_worker_and_each_is_tried_again(error: Exception, code: str) -> None:
    async def main() -> None:
        bench = Bench(failing(error, error, error), concurrency=1)
        bench.add("a")
        with structlog.testing.capture_logs() as logs:
            await bench.run(60)
        assert len(bench.began) == 4
        assert bench.queue.depth().total == 0
        assert bench.count("aura_failures_total", kind="analyze_item", code=code) == 3
        assert bench.count("aura_work_retries_total", kind="analyze_item") == 3
        assert SECRET not in str(logs)

    virtually(main)


def test_an_unexpected_failure_is_traced_once() -> None:
    async def main() -> None:
        error = RuntimeError(SECRET)
        bench = Bench(failing(error, error, error), concurrency=1)
        bench.add("a")
        with structlog.testing.capture_logs() as logs:
            await bench.run(60)
        traced = [line for line in logs if "trace" in line]
        assert len(traced) == 1
        assert "test_worker.py" in traced[0]["trace"]

    virtually(main)


def test_a_retry_with_a_time_comes_at_that_time() -> None:
    async def main() -> None:
        bench = Bench(failing(RetryAt("analyzer_quota", "busy", utc_now() + timedelta(seconds=90))))
        bench.add("a")
        await bench.run(200)
        assert bench.began[1][1] - bench.began[0][1] == pytest.approx(90, abs=0.1)

    virtually(main)


def test_a_retry_far_away_is_left_to_the_database() -> None:
    async def main() -> None:
        bench = Bench(failing(RetryAt("daily_limit", "tomorrow", utc_now() + timedelta(hours=9))))
        bench.add("a")
        await bench.run(10)
        assert bench.queue.depth().total == 0
        assert len(bench.began) == 1

    virtually(main)


def test_what_is_permanent_is_not_tried_again() -> None:
    async def main() -> None:
        bench = Bench(failing(Permanent("unreadable_photo", "no photo")))
        bench.add("a")
        await bench.run(100)
        assert len(bench.began) == 1
        assert bench.queue.depth().total == 0

    virtually(main)


def test_a_pending_outcome_is_taken_up_again() -> None:
    async def main() -> None:
        bench = Bench(failing(Outcome("pending")))
        bench.add("a")
        await bench.run(5)
        assert len(bench.began) == 2

    virtually(main)


def test_work_that_hangs_is_cut_off_and_blocks_nobody() -> None:
    async def main() -> None:
        async def hang(work: Work) -> Outcome:
            await asyncio.sleep(10_000 if work.key == "stuck" else 0)
            return DONE

        bench = Bench(hang, concurrency=2)
        bench.add("stuck", *(f"item-{number}" for number in range(20)))
        await bench.run(120)
        assert len({key for key, _ in bench.began}) == 21
        assert bench.count("aura_failures_total", kind="analyze_item", code="timed_out") == 1

    virtually(main)


@pytest.mark.parametrize("error", [database_away(), ConfigurationError("Check the key.")])
def test_the_whole_pool_slows_down_while_the_database_is_away(error: Exception) -> None:
    async def main() -> None:
        away = True

        async def perform(_work: Work) -> Outcome:
            if away:
                raise error
            return DONE

        bench = Bench(perform, concurrency=8)
        bench.add(*(f"item-{number}" for number in range(500)))
        task = asyncio.create_task(bench.pool.run())
        await asyncio.sleep(300)
        assert len(bench.began) < 250, "about eight tries in every pause of up to thirty seconds"
        assert not bench.pool.health().ready
        away = False
        await asyncio.sleep(100)
        assert bench.queue.depth().total == 0
        assert bench.pool.health().ready
        task.cancel()

    virtually(main)


def test_a_shutdown_waits_for_what_is_in_hand() -> None:
    async def main() -> None:
        async def slow(_work: Work) -> Outcome:
            await asyncio.sleep(5)
            return DONE

        bench = Bench(slow, concurrency=2)
        bench.add("a", "b", "c")
        task = asyncio.create_task(bench.pool.run())
        await asyncio.sleep(1)
        assert await bench.queue.drain(20) == 0
        await task
        assert [key for key, _ in bench.began] == ["a", "b"]
        assert bench.count("aura_work_total", kind="analyze_item", outcome="written") == 2

    virtually(main)


def test_cancelled_work_goes_back() -> None:
    async def main() -> None:
        async def slow(_work: Work) -> Outcome:
            await asyncio.sleep(1000)
            return DONE

        bench = Bench(slow)
        bench.add("a")
        await bench.run(1)
        assert bench.queue.depth().processing == 0
        assert bench.queue.knows(Work("analyze_item", "a"))

    virtually(main)


def test_each_line_names_its_work_and_no_other() -> None:
    async def main() -> None:
        seen: dict[str, Any] = {}

        async def perform(work: Work) -> Outcome:
            seen[work.key] = structlog.contextvars.get_contextvars()
            structlog.contextvars.bind_contextvars(left_over=work.key)
            return DONE

        bench = Bench(perform, concurrency=1)
        bench.add("a", "b")
        await bench.run(1)
        assert seen == {"a": {"work_id": "analyze_item:a"}, "b": {"work_id": "analyze_item:b"}}

    virtually(main)
