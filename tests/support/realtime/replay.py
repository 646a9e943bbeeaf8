"""Replays one transcript against the sandbox's server and compares every frame.

Steps are taken in the recorded order. Before each, the frames that had been received by then are
waited for, and the recorded pause is kept, scaled; so a slow machine makes a replay slower, not
different.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from aiohttp import ClientError, ClientSession

from sandbox.realtime import REAL, Profile
from tests.support.realtime.client import UPGRADE, Client, is_change, is_on
from tests.support.realtime.compare import differences, loose_differences, same_spacing
from tests.support.realtime.keys import Keys
from tests.support.realtime.stage import Stage
from tests.support.realtime.transcript import Line, read

PATIENCE = 30.0  # seconds of real time for a frame that was recorded
GRACE = 0.3  # for frames that should not come
JWT = "<jwt>"
CONNECT_NOTES = ("ws connect", "ws open", "ws closed", "ws connect refused")

Action = str | Callable[["Replay", Line], Awaitable[None]]
TokenFor = Callable[[Keys, Line], str]


def service(keys: Keys, _line: Line) -> str:
    """The token in most transcripts."""
    return keys.token("service_role")


@dataclass(frozen=True)
class Scenario:
    """How a transcript is replayed.

    `actions` say what a note stands for: SQL, or a coroutine; the first whose pattern matches the
    note's start is taken. `extra` are steps that the recording did not note, at their second.
    `slack`: how many rows may differ where chance decides; None compares exactly. `ignore` names
    connections, `cut_short` topics at whose end the recording stopped too early for all frames.
    """

    name: str
    actions: Mapping[str, Action] = field(default_factory=dict)
    extra: Sequence[tuple[float, str]] = ()
    setup: Sequence[str] = ()
    token: TokenFor = service
    api_key: TokenFor = service
    factor: float = 0.05
    profile: Callable[[Profile], Profile] = lambda profile: profile
    warm: bool = True
    warm_seconds: float = 0.0
    slack: int | None = None
    ignore: frozenset[str] = frozenset()
    cut_short: frozenset[str] = frozenset()

    def scaled_profile(self) -> Profile:
        """The real profile with the scenario's changes, in its scaled time."""
        return self.profile(REAL).scaled(self.factor)


@dataclass
class Outcome:
    """What came of a replay: all `differences` in words, and how many frames were compared."""

    frames: int
    differences: list[str]


class Replay:
    """One run of one scenario."""

    def __init__(self, scenario: Scenario, stage: Stage, http: ClientSession) -> None:
        self.scenario = scenario
        self.stage = stage
        self.found: list[str] = []
        self.clients: dict[str, Client] = {}
        self._http = http
        self._began = 0.0
        self._lines = self._with_extra(read(scenario.name))
        self._expected: dict[str, list[str]] = {}

    async def run(self) -> Outcome:
        """Takes all steps; returns what differs."""
        for statement in self.scenario.setup:
            await self.stage.execute(statement)
        if self.scenario.warm:
            await self._warm_up()
        self._began = time.monotonic()
        for at, line in enumerate(self._lines):
            if line.kind == "recv":
                self._expected.setdefault(line.conn, []).append(line.raw)
            else:
                await self._settle()
                await self._until(line.seconds)
                await self._step(line, self._lines[at + 1 :])
        await self._settle()
        await asyncio.sleep(GRACE)
        return self._outcome()

    async def _until(self, second: float) -> None:
        """Waits for a moment of the recording; what comes late shifts all that follows."""
        left = self._began + second * self.scenario.factor - time.monotonic()
        if left > 0:
            await asyncio.sleep(left)
        else:
            self._began -= left

    def say(self, difference: str) -> None:
        """Notes something that is not as recorded."""
        self.found.append(difference)

    async def _warm_up(self) -> None:
        """Another client is subscribed already, so that the feed runs."""
        client = await self._open("warm", {"apikey": [self.stage.keys.token()], "vsn": ["1.0.0"]})
        binding = {"event": "*", "schema": "public", "table": "combinations"}
        await client.send(
            json.dumps(
                {
                    "topic": "realtime:warm",
                    "event": "phx_join",
                    "ref": "1",
                    "payload": {"config": {"postgres_changes": [binding]}},
                }
            )
        )
        await client.wait_for(2, PATIENCE)
        await asyncio.sleep(self.scenario.warm_seconds * self.scenario.factor)

    async def _step(self, line: Line, following: Sequence[Line]) -> None:
        if line.kind == "send":
            await self._send(line)
        elif line.kind == "extra":
            await self.stage.execute(line.content)
        elif line.note == "ws connect":
            await self._connect(line, following)
        elif line.note == "ws closed":
            await self._closed(line)
        elif line.note not in CONNECT_NOTES:
            await self._act(line)

    async def _send(self, line: Line) -> None:
        frame = line.content
        text = frame if isinstance(frame, str) else json.dumps(frame)
        if JWT in text:
            text = text.replace(JWT, self.scenario.token(self.stage.keys, line))
        if line.conn not in self.clients:  # a recording without notes of connecting
            await self._open(line.conn, {"apikey": [self.stage.keys.token()], "vsn": ["1.0.0"]})
        try:
            await self.clients[line.conn].send(text)
        except ClientError as error:
            self.say(f"{line.conn}: could not send {text[:80]}: {error}")

    async def _act(self, line: Line) -> None:
        if line.note == "sql":
            await self.stage.execute(line.content["sql"], *line.content["args"])
            return
        for pattern, action in self.scenario.actions.items():
            if re.match(pattern, line.note):
                if isinstance(action, str):
                    await self.stage.execute(action.replace("{name}", _name(line)))
                else:
                    await action(self, line)
                return

    async def _connect(self, line: Line, following: Sequence[Line]) -> None:
        query = parse_qs(urlsplit(line.content["uri"]).query)
        if query.get("apikey") == [JWT]:
            query["apikey"] = [self.scenario.api_key(self.stage.keys, line)]
        headers = {"x-api-key": self.stage.keys.token()} if line.conn == "x-api-key header" else {}
        notes = (other for other in following if other.kind == "note")
        answer = next(other for other in notes if other.conn == line.conn or "while down" in other.note)
        if answer.note == "ws open":
            self.clients[line.conn] = await self._open(line.conn, query, headers)
        elif answer.note == "ws connect refused":
            await self._expect_refusal(query, answer)
        else:
            await self._expect_nobody(query)

    async def _open(self, conn: str, query: dict[str, list[str]], headers: dict[str, str] | None = None) -> Client:
        client = await Client.connect(self._http, self._url(query), headers or {})
        self.clients[conn] = client
        return client

    async def _expect_refusal(self, query: dict[str, list[str]], answer: Line) -> None:
        if answer.conn in self.scenario.ignore:
            return
        async with self._http.get(self._url(query), headers=UPGRADE) as response:
            ours = (response.status, await response.text())
        theirs = (answer.content["http_status"], answer.content["body"])
        if ours != theirs:
            self.say(f"handshake {answer.conn}: recorded {theirs}, received {ours}")

    async def _expect_nobody(self, query: dict[str, list[str]]) -> None:
        try:
            async with self._http.get(self._url(query), headers=UPGRADE) as response:
                self.say(f"connecting while down was answered with {response.status}")
        except ClientError:
            return

    async def _closed(self, line: Line) -> None:
        client = self.clients[line.conn]
        if not _closed_by_server(line):
            await asyncio.sleep(GRACE)
            await client.close()
            return
        await client.wait_closed(PATIENCE)
        if client.code != line.content["code"]:
            self.say(f"{line.conn} closed: recorded {line.content['code']}, received {client.code}")

    async def _settle(self) -> None:
        """What had been received by now is waited for; but for the changes where chance decides about them."""
        exact = self.scenario.slack is None
        for conn, frames in self._expected.items():
            count = sum(exact or not is_change(frame) for frame in frames)
            await self.clients[conn].wait_for(count, PATIENCE, changes=exact)

    def _outcome(self) -> Outcome:
        count = 0
        for conn, expected in self._expected.items():
            recorded, received = same_spacing(expected, self._complete(conn, expected))
            count += len(recorded)
            if self.scenario.slack is None:
                found = differences(recorded, received)
            else:
                found = loose_differences(recorded, received, self.scenario.slack)
            self.found += [f"{conn}: {difference}" for difference in found]
        return Outcome(count, self.found)

    def _complete(self, conn: str, recorded: Sequence[str]) -> list[str]:
        """What was received, without what came on a topic after the recording had stopped."""
        received = self.clients[conn].frames
        for topic in self.scenario.cut_short:
            count = sum(is_on(topic, frame) for frame in recorded)
            surplus = [frame for frame in received if is_on(topic, frame)][count:]
            received = [frame for frame in received if frame not in surplus]
        return received

    def _url(self, query: dict[str, list[str]]) -> str:
        pairs = "&".join(f"{name}={values[0]}" for name, values in query.items())
        return f"{self.stage.url}?{pairs}"

    def _with_extra(self, lines: list[Line]) -> list[Line]:
        extra = [Line(second, "extra", "", statement) for second, statement in self.scenario.extra]
        return sorted([*lines, *extra], key=lambda line: line.seconds)


def _closed_by_server(line: Line) -> bool:
    """The recording client's exception says who closed first."""
    return not str(line.content["exc"]).endswith("False)")


def _name(line: Line) -> str:
    """The name of the row that a note tells of."""
    return str(line.content.get("name", "")) if isinstance(line.content, dict) else ""
