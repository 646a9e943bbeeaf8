"""Which roles a process runs, and which it refuses to."""

from __future__ import annotations

import pytest

from aura.errors import ConfigurationError
from aura.settings import Settings
from consumer.roles import chosen_roles


@pytest.mark.parametrize("names", [None, "consumer,worker", "worker, consumer", "worker,consumer,worker,"])
def test_who_eats_is_started_before_who_feeds(names: str | None) -> None:
    assert chosen_roles(names, Settings()) == ["worker", "consumer"]


@pytest.mark.parametrize(
    ("names", "says"),
    [
        ("consumer", "queue.engine is memory"),
        ("worker", "queue.engine is memory"),
        ("consumer,worker,cook", "cook is no role"),
        (" , ", "nothing is no role"),
    ],
)
def test_roles_that_cannot_be_are_refused(names: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        chosen_roles(names, Settings())
