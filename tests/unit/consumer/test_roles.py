"""Which roles a process runs, and which it refuses to."""

from __future__ import annotations

import pytest

from aura.errors import ConfigurationError
from aura.settings import Settings
from consumer.roles import chosen_roles, existing_roles


@pytest.mark.parametrize("names", ["consumer,worker", "worker, consumer", "worker,consumer,worker,"])
def test_who_eats_is_started_before_who_feeds(names: str) -> None:
    assert chosen_roles(names, Settings()) == ["worker", "consumer"]


def test_all_that_exist_are_run_where_none_is_named() -> None:
    assert list(chosen_roles(None, Settings())) == list(existing_roles()) == ["api", "worker", "consumer"]


def test_the_api_can_be_alone() -> None:
    assert chosen_roles("api", Settings()) == ["api"]


@pytest.mark.parametrize(
    ("names", "says"),
    [
        ("consumer", "queue.engine is memory"),
        ("worker", "queue.engine is memory"),
        ("worker,api", "queue.engine is memory"),
        ("api,consumer", "queue.engine is memory"),
        ("consumer,worker,cook", "cook is no role; there are api, consumer, worker"),
        (" , ", "nothing is no role"),
        ("", "nothing is no role"),
    ],
)
def test_roles_that_cannot_be_are_refused(names: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        chosen_roles(names, Settings())
