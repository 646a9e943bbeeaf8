"""What the notes of the transcripts stand for, where it is more than one statement of SQL."""

from __future__ import annotations

import json
import random
import string
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from uuid import uuid4

from psycopg import sql

from tests.support.realtime.keys import USER_A, USER_B, Keys
from tests.support.realtime.replay import Action, Replay
from tests.support.realtime.transcript import Line

LARGEST_NOTED, TOO_LARGE = 4_900_000, 5_100_000


def service_or_user(keys: Keys, line: Line) -> str:
    """Connections named after a user's plight belong to a user, the others to the service role."""
    return keys.user(USER_A) if line.conn.startswith("user") else keys.token()


def poisoned(keys: Keys, line: Line) -> str:
    """The poisoned policy is judged for a user; the bystander is the service role."""
    return keys.token() if line.conn == "other-table-service" else keys.user(USER_A)


def statements(*texts: str) -> Action:
    """Runs statements one after the other, each in a transaction of its own."""

    async def act(replay: Replay, _line: Line) -> None:
        for text in texts:
            await replay.stage.execute(text)

    return act


def at_once(*texts: str) -> Action:
    """Commits one transaction per statement; one poll sees them all."""

    async def act(replay: Replay, _line: Line) -> None:
        await commit_each(replay, *texts)

    return act


async def commit_each(replay: Replay, *texts: str) -> None:
    async with replay.stage.between_polls():
        await replay.stage.execute("".join(f"begin; {text}; commit; " for text in texts))


async def insert_item(replay: Replay, line: Line) -> None:
    note = line.content
    await replay.stage.execute(
        "insert into clothing_items (user_id, category, name, price) values (%s, %s, %s, %s)",
        note["u"],
        note["cat"],
        note["name"],
        note["price"],
    )


async def ping(replay: Replay, line: Line) -> None:
    await replay.clients[line.conn].socket.ping()


async def large_frame(replay: Replay, line: Line) -> None:
    """A broadcast of the noted size; after the largest, one that is too large."""
    size = line.content["bytes"]
    for length in (size, TOO_LARGE) if size == LARGEST_NOTED else (size,):
        frame = {"topic": "realtime:x", "event": "broadcast", "payload": {"pad": ""}, "ref": "9"}
        text = json.dumps(frame)
        with suppress(ConnectionError):  # the server may close before all of it is sent
            await replay.clients["c1"].send(text.replace('"pad": ""', f'"pad": "{"x" * (length - len(text))}"'))


async def stop_server(replay: Replay, _line: Line) -> None:
    await replay.stage.stop_server()


async def start_server(replay: Replay, _line: Line) -> None:
    await replay.stage.start_server()


async def kill_server(replay: Replay, _line: Line) -> None:
    await replay.stage.server.cut_sockets()
    await replay.stage.stop_server()


async def no_slots(replay: Replay, _line: Line) -> None:
    if slots := await replay.stage.execute("select slot_name from pg_replication_slots"):
        replay.say(f"there should be no slot while the server is down: {slots}")


async def restart_postgres(replay: Replay, _line: Line) -> None:
    await replay.stage.postgres.stop()
    await replay.stage.postgres.start()


async def crash_postgres(replay: Replay, _line: Line) -> None:
    await replay.stage.postgres.crash()


async def stop_postgres(replay: Replay, _line: Line) -> None:
    await replay.stage.postgres.stop()


async def start_postgres(replay: Replay, _line: Line) -> None:
    await replay.stage.postgres.start()


async def terminate(replay: Replay, line: Line) -> None:
    """Kills the server's backends of one name."""
    await replay.stage.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = %s and datname = %s",
        line.note.split()[-1],
        replay.stage.database,
    )


async def burst(replay: Replay, line: Line) -> None:
    rows = line.content["n"]
    await replay.stage.execute("insert into burst select n, 'x' from generate_series(1, %s) n", rows)


async def probe(replay: Replay, line: Line) -> None:
    await replay.stage.execute("insert into burst values (%s, 'probe')", 10_000_000 + line.content["k"])


async def insert_toasted(replay: Replay, line: Line) -> None:
    letters = "".join(random.Random(1).choices(string.ascii_letters, k=20_000))
    table = sql.Identifier(line.content["table"]).as_string()
    await replay.stage.execute(
        f"insert into {table} (user_id, name, price, ai_tags) values (%s, 'toast', 1, %s::jsonb)",
        USER_A,
        json.dumps({"k": letters}),
    )


async def vanish(replay: Replay, line: Line) -> None:
    """Inserts, updates and deletes a row in three transactions, between two polls."""
    table, row = line.content["table"], line.content["id"]
    await commit_each(
        replay,
        f"insert into {table} (id, user_id, name) values ('{row}', '{USER_A}', 'q1')",
        f"update {table} set name = 'q2' where id = '{row}'",
        f"delete from {table} where id = '{row}'",
    )


async def change_key(replay: Replay, _line: Line) -> None:
    first, second = uuid4(), uuid4()
    await commit_each(
        replay,
        f"insert into clothing_items (id, user_id, name) values ('{first}', '{USER_A}', 'pk1')",
        f"update clothing_items set id = '{second}' where id = '{first}'",
    )


async def publish_and_insert(replay: Replay, line: Line) -> None:
    number = line.content["k"]
    await replay.stage.execute("insert into later values (%s, %s)", number, f"l{number}")
    await replay.stage.execute("insert into clothing_items (user_id, name) values (%s, %s)", USER_A, f"ci{number}")


def full(actions: Mapping[str, Action]) -> dict[str, Action]:
    """The same for the table whose replica identity is FULL."""
    return {
        pattern: action.replace("clothing_items", "clothing_items_full") if isinstance(action, str) else action
        for pattern, action in actions.items()
    }


def _values(**values: Any) -> str:
    return ", ".join(f"'{value}'" for value in values.values())


def rooms_token(keys: Keys, line: Line) -> str:
    """The stranger has nothing but the anonymous key; all others are the service role."""
    return keys.token("anon") if line.conn == "anon-private" else keys.token()


def send(payload: str, topic: str, private: bool) -> str:
    """A broadcast by SQL."""
    return f"select realtime.send('{payload}', 'evt', '{topic}', {private})"


BROADCAST: dict[str, Action] = {
    "select realtime.send": send('{"x": 1}', "room", private=False),
    "realtime.send private": send('{"x": 2}', "priv", private=True),
}
HANDS: dict[str, Action] = {
    "row changes hands": f"insert into clothing_items (user_id, name) values ({_values(user=USER_A, name='hand')})",
    "sql update user_id A->B": f"update clothing_items set user_id = '{USER_B}'",
    "sql update user_id B->A": f"update clothing_items set user_id = '{USER_A}'",
}
TOAST: dict[str, Action] = {
    "sql insert with 20 KB": insert_toasted,
    "sql update price only": statements(
        "update clothing_items set price = 2", "update clothing_items_full set price = 2"
    ),
    "sql update ai_tags": statements(
        "update clothing_items set ai_tags = '{}'", "update clothing_items_full set ai_tags = '{}'"
    ),
}
NO_KEYS: dict[str, Action] = {
    "sql truncate": "truncate likes",
    "sql insert into table without": f"insert into nopk values ({_values(user=USER_A, name='y')})",
    "update nopk": statements("alter table nopk replica identity full", "update nopk set name = 'z'"),
    "delete nopk": "delete from nopk",
    "insert likes, authenticated lacks": statements(
        "revoke select on likes from authenticated",
        "grant select (user_id, combination_id) on likes to authenticated",
        f"insert into likes (user_id) values ('{USER_A}')",
    ),
    "insert likes, authenticated has": statements(
        "revoke select (user_id, combination_id) on likes from authenticated",
        "grant select (id, created_at) on likes to authenticated",
        f"insert into likes (user_id) values ('{USER_A}')",
    ),
}
VANISHING: dict[str, Action] = {
    "sql insert": vanish,
    "update pk": change_key,
    "rollback": statements("begin; insert into norls_full (name) values ('gone'); rollback"),
    "commit with": statements(
        "begin; insert into norls_full (name) values ('s1'); savepoint s; insert into norls_full (name) values ('s2');"
        " rollback to s; insert into norls_full (name) values ('s3'); commit"
    ),
}
PUBLICATION: dict[str, Action] = {
    "alter publication add": "alter publication supabase_realtime add table later",
    "sql insert": publish_and_insert,
    "alter publication drop": "alter publication supabase_realtime drop table clothing_items",
}
DDL: dict[str, Action] = {
    "insert; alter add": at_once(
        "insert into burst values (1, 'a')",
        "alter table burst add column extra text default 'dflt'",
        "insert into burst values (2, 'b')",
    ),
    "insert; rename column": at_once(
        "insert into burst values (3, 'a')",
        "alter table burst rename column extra to renamed",
        "insert into burst values (4, 'b')",
    ),
    "insert; drop column": at_once(
        "insert into burst values (5, 'a')",
        "alter table burst drop column renamed",
        "insert into burst values (6, 'b')",
    ),
    "insert; rename table": at_once("insert into burst values (7, 'c')", "alter table burst rename to burst2"),
}
