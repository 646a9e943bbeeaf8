"""People with wardrobes on a real sandbox, and services with an analyzer that counts."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from handlers.services import Services
from sandbox import Sandbox
from tests.support.accounts import People
from tests.support.handling import FakeClock, services_for
from tests.support.instant import InstantAnalyzer
from tests.support.wardrobes import Wearer


@pytest.fixture
async def ada(people: People) -> Wearer:
    """Somebody new."""
    return Wearer(await people.sign_up("ada"))


@pytest.fixture
async def bob(people: People) -> Wearer:
    """Somebody else."""
    return Wearer(await people.sign_up("bob"))


@pytest.fixture
def analyzer() -> InstantAnalyzer:
    """Says that every photo shows a light blue striped shirt."""
    return InstantAnalyzer()


@pytest.fixture
def clock() -> FakeClock:
    """The handlers' clock."""
    return FakeClock()


@pytest.fixture
async def services(sandbox: Sandbox, analyzer: InstantAnalyzer, clock: FakeClock) -> AsyncIterator[Services]:
    """A daemon's services, with the legacy secret to sign tokens."""
    async with services_for(sandbox, analyzer, clock=clock) as opened:
        yield opened
