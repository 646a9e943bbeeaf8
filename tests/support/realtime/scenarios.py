"""How each recorded transcript is replayed: which SQL its notes stand for, whose tokens it used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sandbox.realtime import Profile
from tests.support.realtime import events
from tests.support.realtime.keys import USER_A, USER_B, Keys
from tests.support.realtime.replay import Action, Scenario
from tests.support.realtime.transcript import Line

ITEM = f"insert into clothing_items (user_id, name) values ('{USER_A}', '{{name}}')"
LIKE = f"insert into likes (user_id) values ('{USER_A}')"
NAMED_ITEM = {"sql insert": ITEM}


def item(name: str) -> str:
    """An insert of a clothing item of user A."""
    return ITEM.format(name=name)


def user_a(keys: Keys, _line: Line) -> str:
    return keys.user(USER_A)


def anon(keys: Keys, _line: Line) -> str:
    return keys.token("anon")


def bad_tokens(keys: Keys, line: Line) -> str:
    """The token that a topic of the transcript is named after."""
    name = line.content["topic"].rpartition(":")[2] if isinstance(line.content, dict) else ""
    made: dict[str, Callable[[], str]] = {
        "expired": lambda: keys.token(lasts=-5),
        "bad_signature": keys.forged,
        "iat-string": lambda: keys.token(iat="yesterday"),
        "no_role": lambda: keys.token(None),
        "unknown_role": lambda: keys.token("nosuchrole"),
        "no_exp": lambda: keys.token(lasts=None),
    }
    return made.get(name, keys.token)()


def bad_api_keys(keys: Keys, line: Line) -> str:
    """The API key that a connection of the transcript is named after."""
    made: dict[str, Callable[[], str]] = {
        "expired": lambda: keys.token(lasts=-HOUR),
        "bad signature": keys.forged,
        "no role claim": lambda: keys.token(None),
    }
    return made.get(line.conn, keys.token)()


HOUR = 3600


class Refreshes:
    """The tokens of the refresh transcript: A, A again, B, then one of each bad kind."""

    def __init__(self) -> None:
        self._last = ""

    def __call__(self, keys: Keys, line: Line) -> str:
        if line.content["event"] == "phx_join":
            return keys.user(USER_A)
        topic = line.content["topic"].removeprefix("realtime:x-")
        made: dict[str, Callable[[], str]] = {
            "expired": lambda: keys.user(lasts=-5),
            "bad_signature": keys.forged,
            "no_role": lambda: keys.token(None),
        }
        if topic in made:
            return made[topic]()
        return self._of_item_channel(keys, str(line.content["ref"]))

    def _of_item_channel(self, keys: Keys, ref: str) -> str:
        if ref == "2":  # "same token again"
            return self._last
        self._last = keys.user(USER_B if ref == "3" else USER_A)
        return self._last


def first_expires(keys: Keys, line: Line) -> str:
    """The first join's token lives eight seconds, the second's an hour."""
    return keys.user(lasts=8.0 if line.content["ref"] == "1" else HOUR)


def limits(**changes: float) -> Callable[[Profile], Profile]:
    """A profile with other limits."""
    return lambda profile: replace(profile, **changes)  # type: ignore[arg-type]


def slow_rows(profile: Profile) -> Profile:
    """A busy machine: rows cost twice, so that 10,000 of them exceed the poll's time."""
    return replace(profile, row_cost=2 * profile.row_cost)


KINDS = """
    insert into kinds (id, i2, i8, f8, n, n2, b, bo, d, t, ts, tstz, iv, j, jb, ta, ia, ua, jba, u, v, c, inet_c, r, e)
    values (4, 1, 9223372036854775807, 0.1, 123456789012345678901234567890.5, 12.3, '\\xdeadbeef', true, '2026-02-28',
            '13:14:15.123456', '2026-02-28 13:14:15.123456', '2026-02-28 13:14:15.123456+02', '1 day 02:03',
            '{"b":1,"a":2}', '{"b":1,"a":2}', array['x',null,'a,b','{}'], '{1,2}',
            '{11111111-1111-4111-8111-111111111111}',
            array['{"k":1}'::jsonb], '11111111-1111-4111-8111-111111111111', 'vc', 'ch', '10.0.0.1', '[1,5)',
            E'tab\\t nl\\n ctrl\\x01 emoji 😀 "q" \\\\ back')
"""
SHORT_FILTERS: dict[str, Action] = {
    "sql insert": events.insert_item,
    "sql update price": "update clothing_items set price = price + 100, category = 'moved'",
    "sql delete": "delete from clothing_items",
    "full: (other|own)": "delete from clothing_items_full",
}
FULL_ITEM = "insert into clothing_items_full (user_id, name) values ('{user}', 'f')"
NO_RLS = tuple(f"alter table {table} disable row level security" for table in ("clothing_items", "clothing_items_full"))
POISON = (
    "alter table likes add column if not exists n int default 1",
    "alter table likes enable row level security",
    "create policy poisoned on likes using (combination_id is null or 1 / (length(combination_id::text) - 36) > 0)",
)
POISON_ROW = "insert into likes (combination_id) values (gen_random_uuid())"

SCENARIOS = (
    Scenario("01a", {"sql insert committed": ITEM, "sql single": LIKE}, warm=False, slack=50),
    Scenario("01b", {"sql insert committed": ITEM, "sql single": LIKE}, slack=14),
    Scenario("02"),
    Scenario(
        "02b",
        {
            "sql insert kinds, all set": KINDS,
            "sql insert kinds: nulls": (
                "insert into kinds (id, n, f8, d, ts) values (5, 'NaN', 'NaN', 'infinity', '-infinity')"
            ),
            "sql insert kinds f8": "insert into kinds (id, f8, n) values (6, 'Infinity', 1e20)",
        },
    ),
    Scenario("03a"),
    Scenario("03b", setup=NO_RLS),
    Scenario("03c", setup=NO_RLS),
    Scenario(
        "04-authenticated-user-A-default",
        events.HANDS,
        extra=((13.1, "delete from clothing_items"),),
        token=user_a,
        api_key=anon,
    ),
    Scenario(
        "04-authenticated-user-A-full",
        events.full(events.HANDS),
        extra=((13.1, "delete from clothing_items_full"),),
        token=user_a,
        api_key=anon,
    ),
    Scenario(
        "05",
        SHORT_FILTERS,
        extra=((9.3, FULL_ITEM.format(user=USER_B)), (11.3, FULL_ITEM.format(user=USER_A))),
    ),
    Scenario("05b"),
    Scenario("07a"),
    Scenario("07b", extra=[(at, LIKE) for at in range(5, 66, 5)], factor=0.1),
    Scenario("07c", {"sent ws ping": events.ping}, factor=0.03),
    Scenario("07d", factor=0.03),
    Scenario("08a", NAMED_ITEM, token=first_expires, factor=0.2),
    Scenario("08b", NAMED_ITEM, token=Refreshes(), slack=30),
    Scenario("08c", {"sql insert likes": LIKE}, token=bad_tokens),
    Scenario("08d", api_key=bad_api_keys, ignore=frozenset(("unknown tenant", "wrong path"))),
    Scenario("08e"),
    Scenario("08g", profile=limits(max_joins_per_second=3, rate_tick=5.28), warm=False, factor=0.3),
    Scenario("08h", profile=limits(max_concurrent_users=3), warm=False),
    Scenario(
        "09a",
        {
            "SIGTERM": events.stop_server,
            "server started": events.start_server,
            "sql insert": ITEM,
            "slots": events.no_slots,
        },
        extra=((0.3, item("before")), (19.9, item("after"))),
    ),
    Scenario("09b", {"SIGKILL": events.kill_server}),
    Scenario(
        "09c-postgres-restart",
        {"postgres restart": events.restart_postgres, "sql insert": ITEM},
        extra=((2.1, item("before")),),
        warm=False,
        slack=4,
        factor=0.2,
        cut_short=frozenset(("realtime:again",)),
    ),
    Scenario(
        "09c-postgres-immediate-20s",
        {"postgres immediate": events.crash_postgres, "postgres is back": events.start_postgres, "sql insert": ITEM},
        extra=((0.2, item("before")),),
        slack=4,
        factor=0.2,
        cut_short=frozenset(("realtime:again",)),
    ),
    Scenario("09e", {"pg_terminate_backend (?P<name>.*)": events.terminate, "sql insert": ITEM}, slack=4),
    Scenario("10", {"sql insert": LIKE}, extra=((26.2, LIKE),)),
    Scenario("10b", extra=((3.0, LIKE),)),
    Scenario("11", events.BROADCAST, token=events.rooms_token, api_key=events.rooms_token),
    Scenario("12a2", {"burst start": events.burst, "probe insert": events.probe}, profile=slow_rows, factor=0.15),
    Scenario("12f", {"burst start": events.burst, "probe insert": events.probe}, factor=0.15),
    Scenario(
        "13", events.TOAST, extra=((3.07, "delete from clothing_items"), (7.12, "delete from clothing_items_full"))
    ),
    Scenario("14", events.NO_KEYS, extra=((0.2, LIKE),), token=events.service_or_user),
    Scenario("15", events.VANISHING, factor=0.3),
    Scenario("16", events.PUBLICATION, warm_seconds=47.5, slack=4, factor=0.04),
    Scenario(
        "17",
        {"postgres stop": events.stop_postgres, "postgres is back": events.start_postgres, "sql insert": ITEM},
        factor=0.03,
    ),
    Scenario(
        "17b",
        {"postgres stop": events.stop_postgres, "postgres is back": events.start_postgres, "sql insert": ITEM},
        slack=8,
        warm=False,
        factor=0.03,
    ),
    Scenario("18", {"sent frame": events.large_frame}),
    Scenario("20", extra=((2.35, LIKE),), warm=False),
    Scenario(
        "21",
        {"insert a likes": POISON_ROW, "sql insert": ITEM, "policy fixed": "drop policy poisoned on likes"},
        setup=POISON,
        token=events.poisoned,
        extra=((1.1, item("ok-before")), (98.1, item("rejoined"))),
        factor=0.1,
        slack=2,
    ),
    Scenario(
        "21b",
        {"sql insert clothing": ITEM, "sql insert poison": POISON_ROW},
        setup=POISON,
        token=events.poisoned,
        extra=((8.7, item("later")),),
        slack=20,
    ),
    Scenario(
        "22",
        events.DDL,
        factor=0.3,
        extra=(
            (7.1, "insert into burst2 values (8, 'c')"),
            (8.9, "alter table burst2 rename to burst"),
            (9.1, "insert into burst values (9, 'c')"),
            (15.1, "insert into burst values (10, 'c')"),
        ),
    ),
)
# Transcripts, kept or not, that are not replayed, and why.
NOT_REPLAYED = {
    "19": "recorded without its frames; the rule has a test of its own (a slow reader is cut off)",
    "06": "not kept (21 MB); the limit of 1 MiB has tests of its own",
    "08f": "not kept; 1,400 joins that met no limit",
    "12a": "not kept; black-out after a burst: the rate limit has tests of its own",
    "12b": "not kept; the same with 10,000 transactions",
    "12c": "not kept; made with other limits",
    "12d": "not kept; made with other limits",
    "12e": "not kept; one transaction under RLS: the cost model has tests of its own",
    "12g": "not kept; 150 changes a second: the rate limit has tests of its own",
    "12h": "not kept; 80 changes a second: the rate limit has tests of its own",
    "12j": "not kept; 5,000 rows in one transaction",
    "12k": "not kept; 2,000 rows under RLS in one transaction",
}
