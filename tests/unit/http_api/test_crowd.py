"""How many connections may be open, and which goes first."""

from __future__ import annotations

import gc

from prometheus_client import CollectorRegistry, Gauge

from http_api.crowd import Crowd
from http_api.descriptors import OTHERS, fitting


class Guest:
    """A connection that only knows whether it was closed."""

    def __init__(self) -> None:
        self.closed = False

    def force_close(self) -> None:
        self.closed = True

    def finish(self) -> None:
        self.closed = True


def full(crowd: Crowd, most: int) -> list[Guest]:
    guests = [Guest() for _ in range(most)]
    for guest in guests:
        crowd.joined(guest)
    return guests


def test_there_is_room_until_it_is_full() -> None:
    crowd = Crowd(2)
    guests = full(crowd, 1)
    assert crowd.make_room()
    guests += full(crowd, 1)
    assert not crowd.make_room()
    assert len(crowd) == 2
    crowd.left(guests[0])
    assert crowd.make_room()


def test_the_connection_that_is_idle_longest_makes_room() -> None:
    crowd = Crowd(3)
    first, second, third = full(crowd, 3)
    for guest in (second, first, third):
        crowd.idle(guest)
    crowd.busy(second)
    assert crowd.make_room()
    assert (first.closed, second.closed, third.closed) == (True, False, False)
    assert len(crowd) == 2


def test_one_that_is_busy_is_never_closed_for_another() -> None:
    crowd = Crowd(1)
    (guest,) = full(crowd, 1)
    assert not crowd.make_room()
    assert not guest.closed


def test_a_connection_that_was_never_made_takes_no_place() -> None:
    crowd = Crowd(1)
    crowd.joined(Guest())
    gc.collect()
    assert len(crowd) == 0
    assert crowd.make_room()


def test_the_gauge_shows_how_many_there_are() -> None:
    registry = CollectorRegistry()
    crowd = Crowd(5, Gauge("connections", "Open.", registry=registry))
    guests = full(crowd, 3)
    crowd.left(guests[1])
    assert registry.get_sample_value("connections") == 2


def test_connections_leave_descriptors_for_others() -> None:
    assert fitting(2_000, 1_048_576) == 2_000
    assert fitting(2_000, 2_000) == 2_000 - OTHERS
    assert fitting(2_000, 600) == 300
    assert fitting(10, 600) == 10
    assert fitting(2_000, -1) == 2_000
