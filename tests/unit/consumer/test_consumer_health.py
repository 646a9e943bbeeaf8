from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aura.errors import AuraError, ConfigurationError, Transient
from aura.gateway.work_rows import OutstandingSummary
from consumer.doubts import Cause, Doubt, refused_handshake, said_by_server
from consumer.health import ConsumerHealth, judge
from consumer.liveness import State

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Hears:
    live: bool = True
    state: State = State.LIVE
    canary_age: float | None = 1.0
    trouble: Doubt | None = None


@dataclass
class Writes:
    trouble: AuraError | None = None


@dataclass
class Lists:
    trouble: AuraError | None = None
    summary: OutstandingSummary | None = None
    summary_at: datetime | None = None


def health(hears: Hears | None = None, writes: Writes | None = None, lists: Lists | None = None) -> ConsumerHealth:
    return judge(hears or Hears(), writes or Writes(), lists or Lists(), oldest_allowed=900)


def test_live_and_nothing_left_lying_is_ready() -> None:
    assert health() == ConsumerHealth(
        True,
        (),
        {"state": "live", "canary_age_seconds": 1.0, "oldest_outstanding_seconds": 0.0, "outstanding_items": None},
    )


def test_an_open_socket_is_not_readiness() -> None:
    told = health(Hears(live=False, state=State.DEAF))
    assert not told.ready
    assert "deaf" in told.reasons[0]


def test_a_permanent_cause_is_told_with_its_remedy() -> None:
    doubt = refused_handshake(401, '{"error":"The token provided is not a valid JWT"}')
    reason = health(Hears(live=False, state=State.CONNECTING, trouble=doubt)).reasons[0]
    assert "not a valid JWT" in reason
    assert "SUPABASE_SERVICE_ROLE_KEY" in reason


def test_a_database_that_is_away_is_told() -> None:
    away = Transient("database_unavailable", "The database does not answer.")
    assert health(writes=Writes(away)).reasons == ("The database does not answer.",)
    assert health(lists=Lists(ConfigurationError("Run `aura migrate`."))).reasons == ("Run `aura migrate`.",)


def test_work_left_lying_is_told_although_everything_seems_well() -> None:
    summary = OutstandingSummary(3, NOW - timedelta(seconds=1000), 0, None)
    told = health(lists=Lists(summary=summary, summary_at=NOW))
    assert not told.ready
    assert "1000 s" in told.reasons[0]
    assert told.details["outstanding_items"] == 3


def test_what_the_server_said_is_sorted() -> None:
    cases = {
        "ChannelRateLimitReached: Too many channels": (True, False),
        "InvalidJWTToken: Token has expired 5 seconds ago": (False, True),
        "JwtSignatureError: Failed to validate JWT signature": (False, True),
        "UnknownErrorOnChannel: timeout": (False, False),
    }
    for text, expected in cases.items():
        doubt = said_by_server(Cause.JOIN_REFUSED, text)
        assert (doubt.rate_limited, doubt.remedy is not None) == expected, text
