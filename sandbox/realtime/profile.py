"""Every delay and limit of the server, with the value that the real one was seen to use.

`REAL` is the default. `FAST` shortens what merely waits (refusals, cold start, polling), for tests
that do not measure time; no rule, limit or time-out differs. `scaled` shrinks all of time at once.
Source of the figures: observation of supabase/realtime v2.122.0 with its self-hosted defaults.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Profile:
    """All durations are in seconds; a pair is a range from which a random one is taken."""

    # Waiting on purpose.
    refusal_delay: float = 2.0  # before a handshake is refused
    join_error_delay: float = 5.0  # before a failed join is answered; the socket stands still
    cold_reply: Range = (0.2, 0.7)  # first join after the feed was stopped
    resubscribe: Range = (1.0, 3.0)  # after a refreshed token, and while the feed is starting
    retry_subscribe: Range = (5.0, 10.0)  # after a database error
    poll_floor: float = 0.016  # least time that one poll takes
    poll_interval: float = 0.1  # after a poll that read only changes which nobody follows
    idle_interval: float = 0.5  # after a poll that read nothing
    reconnect: Range = (0.1, 0.3)  # the poller's backend was killed, the database is there
    reconnect_try: float = 0.25  # between two attempts to reach a database that is away
    resume: Range = (2.0, 2.5)  # the database was away and is back
    poll_error: Range = (0.1, 0.25)  # after a poll that failed

    # Time-outs and periods.
    idle_close: float = 66.0  # no inbound byte: 60 s, checked in steps of a tenth
    token_check: float = 300.0  # an expiry is looked at no later than this
    give_up: float = 85.0  # database away for this long: the feed ends, and tells nobody
    feed_linger: float = 600.0  # after the last subscriber left
    publication_check: float = 60.0
    rate_tick: float = 5.0
    poll_timeout: float = 15.0
    metadata_trust: float = 30.0  # how long a tenant's record is believed without asking the database
    metadata_timeout: float = 15.0  # asking it while it is away
    sweep: float = 600.0  # sockets that left all their channels

    second: float = 1.0  # of the clock by which tokens expire

    # The cost of a row inside the real server's SQL; a table with RLS costs twice that.
    row_cost: float = 0.0008

    # Limits.
    max_changes: int = 100  # a poll, never splitting a transaction
    max_record_bytes: int = 1_048_576
    small_value_bytes: int = 64
    max_events_per_second: int = 100
    max_joins_per_second: int = 100
    rate_buckets: int = 12  # of rate_tick each: averages over up to a minute
    max_concurrent_users: int = 200
    max_channels: int = 100
    max_frame_bytes: int = 5_000_000
    max_heap_bytes: int = 50_000_000  # unsent bytes at which a slow reader's socket is killed

    def scaled(self, factor: float) -> Profile:
        """The same server with all of its time multiplied by `factor`; what is counted per second too."""
        scaled = _multiplied(self, factor, {field.name for field in fields(self)})
        return replace(
            scaled,
            max_events_per_second=round(self.max_events_per_second / factor),
            max_joins_per_second=round(self.max_joins_per_second / factor),
        )


DELAYS = frozenset(
    (
        "refusal_delay",
        "join_error_delay",
        "cold_reply",
        "resubscribe",
        "retry_subscribe",
        "poll_floor",
        "poll_interval",
        "idle_interval",
        "reconnect",
        "resume",
        "poll_error",
    )
)


def _multiplied(profile: Profile, factor: float, names: frozenset[str] | set[str]) -> Profile:
    changes: dict[str, float | Range] = {}
    for name in names:
        value = getattr(profile, name)
        if isinstance(value, float):
            changes[name] = value * factor
        elif isinstance(value, tuple):
            changes[name] = (value[0] * factor, value[1] * factor)
    return replace(profile, **changes)  # type: ignore[arg-type]


REAL = Profile()
FAST = _multiplied(REAL, 0.05, DELAYS)
