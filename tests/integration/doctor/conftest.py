"""A sandbox that may be broken: its own, so that nobody else meets what is broken in it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from aura.migrations import migrate
from sandbox import Sandbox
from tests.support.sandboxes import running_sandbox


@pytest.fixture(scope="package")
def patient() -> Iterator[Sandbox]:
    """A migrated sandbox."""
    with running_sandbox("fast") as sandbox:
        asyncio.run(migrate(sandbox.db_url))
        yield sandbox
