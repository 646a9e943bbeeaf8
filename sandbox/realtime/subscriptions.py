"""The live subscriptions: who follows which table, since when the feed accepted them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from sandbox.realtime.filters import Filter
from sandbox.realtime.visibility import Viewer


class Subscriber(Protocol):
    """A joined channel, as far as the feed needs it."""

    def deliver(self, payload: str, ids: list[int], event: str) -> None:
        """Takes a change: its data as JSON text, the ids of the bindings that match, the kind of event."""

    def resubscribe(self) -> None:
        """The publication changed and all subscriptions were dropped: subscribe again at once."""

    def subscribed(self) -> None:
        """Tells the client that its bindings are live."""


@dataclass(eq=False, slots=True)
class Subscription:
    """One binding of one channel, accepted by the database; `tables` are its filters by table."""

    subscriber: Subscriber
    id: int
    event: str
    viewer: Viewer
    select: tuple[str, ...] | None
    tables: Mapping[int, tuple[Filter, ...]]

    @property
    def role(self) -> str:
        return self.viewer.role

    def filters_on(self, oid: int) -> tuple[Filter, ...]:
        return self.tables[oid]


Followers = Mapping[int, list[Subscription]]  # by table, channel by channel in the order of subscribing


class Subscriptions:
    """All live subscriptions, by table and by channel."""

    def __init__(self) -> None:
        self._by_subscriber: dict[Subscriber, list[Subscription]] = {}
        self._by_table: dict[int, list[Subscription]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._by_subscriber.values()))

    @property
    def subscribers(self) -> list[Subscriber]:
        """The channels that have live subscriptions."""
        return list(self._by_subscriber)

    def snapshot(self) -> Followers:
        """Who follows what now, by table; later changes do not show in it."""
        return self._by_table

    def replace(self, subscriber: Subscriber, subscriptions: Iterable[Subscription]) -> None:
        """Sets all subscriptions of a channel; it keeps its place among the others."""
        self._by_subscriber[subscriber] = list(subscriptions)
        self._index()

    def remove(self, subscriber: Subscriber) -> None:
        """Forgets a channel."""
        if self._by_subscriber.pop(subscriber, None) is not None:
            self._index()

    def clear(self) -> list[Subscriber]:
        """Forgets all; returns the channels that were subscribed."""
        subscribers = self.subscribers
        self._by_subscriber.clear()
        self._index()
        return subscribers

    def _index(self) -> None:
        self._by_table = {}
        for subscriptions in self._by_subscriber.values():
            for subscription in subscriptions:
                for oid in subscription.tables:
                    self._by_table.setdefault(oid, []).append(subscription)


def by_channel(subscriptions: Iterable[Subscription]) -> dict[Subscriber, list[int]]:
    """The ids of the matching bindings per channel, in reverse order of its join, as the real server has them."""
    ids: dict[Subscriber, list[int]] = {}
    for subscription in subscriptions:
        ids.setdefault(subscription.subscriber, []).insert(0, subscription.id)
    return ids
