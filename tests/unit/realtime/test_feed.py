"""Nobody is told that they are subscribed by a feed that does not follow anything."""

from __future__ import annotations

import random

import pytest

from sandbox.realtime import FAST
from sandbox.realtime.faults import Counters, Faults
from sandbox.realtime.feed import Feed, NotConnected


class Nobody:
    """A subscriber that must not be told anything."""

    def deliver(self, payload: str, ids: list[int], event: str) -> None:
        raise AssertionError(payload)

    def resubscribe(self) -> None:
        raise AssertionError

    def subscribed(self) -> None:
        raise AssertionError


def test_a_feed_that_ended_takes_no_subscription() -> None:
    """It may end while a binding is being checked; the channel then tries again, as for any cold feed."""
    feed = Feed("", "supabase_realtime", FAST, Faults(), Counters(), random.Random(1))
    with pytest.raises(NotConnected):
        feed.subscribe(Nobody(), [])
    assert feed.subscriptions.subscribers == []
