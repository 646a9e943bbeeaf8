"""Every recorded transcript of the real server is replayed against the sandbox's, frame by frame.

Recorded from supabase/realtime v2.122.0. Time is scaled (most transcripts run at a twentieth of
theirs), rules are not. What cannot be replayed is listed with the reason; the last test prints the
counts and fails if a kept transcript is neither replayed nor listed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from sandbox.database import temporary_database
from sandbox.postgres import PostgresServer
from tests.support.realtime.replay import Outcome, Replay, Scenario
from tests.support.realtime.scenarios import NOT_REPLAYED, SCENARIOS
from tests.support.realtime.stage import stage
from tests.support.realtime.transcript import is_named, names

OUTCOMES: dict[str, Outcome] = {}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def postgres() -> AsyncIterator[PostgresServer]:
    """One server for all transcripts; each gets a database of its own."""
    async with temporary_database() as server:
        yield server


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
async def test_the_sandbox_answers_as_recorded(scenario: Scenario, postgres: PostgresServer) -> None:
    async with stage(postgres, scenario.scaled_profile(), scenario.factor) as built, ClientSession() as http:
        outcome = await Replay(scenario, built, http).run()
    OUTCOMES[scenario.name] = outcome
    assert not outcome.differences, "\n".join(outcome.differences)


def test_every_transcript_is_replayed_or_listed(capsys: pytest.CaptureFixture[str]) -> None:
    replayed = {name for name in names() for scenario in SCENARIOS if is_named(name, scenario.name)}
    listed = {name for name in names() for short in NOT_REPLAYED if is_named(name, short)}
    exact = {scenario.name for scenario in SCENARIOS if scenario.slack is None}
    identical = [name for name, outcome in OUTCOMES.items() if not outcome.differences and name in exact]
    within = [name for name, outcome in OUTCOMES.items() if not outcome.differences and name not in exact]
    frames = sum(outcome.frames for outcome in OUTCOMES.values())
    with capsys.disabled():
        print(f"\ntranscripts: {len(names())} kept, {len(OUTCOMES)} replayed ({frames} frames)")
        print(f"  {len(identical)} identical, {len(within)} identical but for which rows chance lets through")
        for short, reason in sorted(NOT_REPLAYED.items()):
            print(f"  not replayed: {short}: {reason}")
    assert replayed | listed == names()
    assert not replayed & listed
