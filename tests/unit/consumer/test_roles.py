"""Which roles a process runs, which it refuses to, and what it imports for them."""

from __future__ import annotations

import subprocess
import sys

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


@pytest.mark.parametrize(
    ("roles", "also", "never"),
    [
        ("consumer,worker", "consumer.daemon", ("http_api",)),
        ("api", "http_api.role", ("realtime", "supabase", "consumer.hearing", "consumer.worker")),
    ],
)
def test_a_process_imports_only_what_its_roles_need(roles: str, also: str, never: tuple[str, ...]) -> None:
    program = (
        "import sys, consumer.cli, consumer.roles, aura.settings\n"
        f"consumer.roles.chosen_roles({roles!r}, aura.settings.Settings())\n"
        f"import {also}\n"
        f"print(sorted({{name for name in {never!r} if name in sys.modules}}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
