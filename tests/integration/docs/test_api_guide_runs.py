"""Every command of the API guide runs as it stands, and what it answers is like what the guide shows."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE

import psycopg
import pytest
from psycopg.rows import TupleRow

from sandbox import Sandbox
from tests.support.daemon_process import DaemonProcess, daemon_environment, running
from tests.support.monitoring import ROOT
from tests.support.transcripts import Step, differences, run, shown_json, steps

WARDROBE = [
    ("Oxford Shirt", "shirt", "white"), ("Tee", "t-shirt", "navy"), ("Knit", "sweater", "camel"),
    ("Chinos", "trousers", "beige"), ("Jeans", "jeans", "navy"), ("Loafers", "loafers", "brown"),
    ("Trainers", "sneakers", "white"), ("Overcoat", "coat", "grey"),
]  # fmt: skip
ME = "me@example.com"


def of_the_guide() -> list[Step]:
    """Its commands after those that start everything: that is what the fixtures do."""
    told = steps((ROOT / "docs" / "api.md").read_text(encoding="utf-8"))
    begin = next(number for number, step in enumerate(told) if step.command.startswith("set -a"))
    return told[begin:]


@dataclass(frozen=True)
class Terminal:
    """A shell's folder and variables, in front of a running API."""

    folder: Path
    environment: dict[str, str]


@pytest.fixture
async def terminal(sandbox: Sandbox, tmp_path: Path, db: psycopg.AsyncConnection[TupleRow]) -> AsyncIterator[Terminal]:
    """With ``API`` and ``TOKEN`` set, a .env, the sample photos, and a person who has some clothes."""
    settings = {**daemon_environment(sandbox), "AURA__ANALYSIS__ANALYZER": "local"}
    (tmp_path / ".env").write_text("".join(f"{name}='{value}'\n" for name, value in settings.items()))
    (tmp_path / "demo").symlink_to(ROOT / "demo")
    api = DaemonProcess(settings, tmp_path, ("-m", "aura", "run", "--roles", "api"))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {"PATH": path, "HOME": str(tmp_path), "LANG": "C.UTF-8"}
    async with running(api):
        await api.until_ready()
        me = await _token(tmp_path, environment)
        for name, category, color in WARDROBE:
            await db.execute(
                "insert into clothing_items (user_id, name, category, color) values (%s, %s, %s, %s)",
                (me["user_id"], name, category, color),
            )
        yield Terminal(tmp_path, {**environment, "API": await api.api_url(), "TOKEN": me["access_token"]})
    await db.execute("delete from auth.users where email = %s", (ME,))


async def _token(folder: Path, environment: dict[str, str]) -> dict[str, str]:
    asking = await asyncio.create_subprocess_exec(
        "aura", "token", "--user", ME, "--json", cwd=folder, env=environment, stdout=PIPE
    )
    said, _ = await asking.communicate()
    answer: dict[str, str] = json.loads(said)
    return answer


@pytest.mark.timeout(300)
async def test_what_the_guide_shows_is_what_the_api_answers(terminal: Terminal) -> None:
    told = of_the_guide()
    assert len(told) > 10
    for step, output in zip(told, await run(told, terminal.folder, terminal.environment), strict=True):
        assert "urn:aura:problem" not in output, f"{step.command}\n{output}"
        if (shown := shown_json(step.shown)) is not None:
            assert differences(shown, json.loads(output)) == [], f"{step.command}\n{output}"
