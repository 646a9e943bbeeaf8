"""Settings wrong in one way at a time, and a project that misbehaves: the doctor names that cause."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import jwt
import psycopg
import pytest

from handlers.services import utc_now
from sandbox import Sandbox
from tests.support.daemon_process import DaemonProcess
from tests.support.doctoring import diagnosis
from tests.support.waiting import wait_for

QUIET = frozenset({"outstanding", "analyzer"})
HOUR = timedelta(hours=1)


def legacy(role: str, **claims: object) -> str:
    return jwt.encode({"role": role, "iss": "supabase", **claims}, "0" * 32, "HS256")


@dataclass(frozen=True)
class Wrong:
    """``settings`` make ``check`` say ``said``; ``settings`` may depend on the sandbox."""

    check: str
    said: str
    settings: Callable[[Sandbox], dict[str, str]] = field(default=lambda _: {})
    level: str = "failure"
    clock: Callable[[], datetime] = utc_now


EXPIRED = datetime(2020, 1, 1, tzinfo=UTC)
WRONG = {
    "no URL": Wrong("url", "SUPABASE_URL is not set", lambda _: {"SUPABASE_URL": ""}),
    "a URL with a path": Wrong("url", "has a path (/rest/v1)", lambda s: {"SUPABASE_URL": f"{s.url}/rest/v1"}),
    "nobody at the URL": Wrong(
        "project", "Nothing answers", lambda _: {"SUPABASE_URL": f"http://127.0.0.1:{free_port()}"}
    ),
    "no secret key": Wrong("keys", "is not set", lambda _: {"SUPABASE_SECRET_KEY": ""}),
    "keys swapped": Wrong(
        "keys", "holds a key for the role anon", lambda s: {"SUPABASE_SECRET_KEY": s.publishable_key}
    ),
    "an expired key": Wrong(
        "keys",
        "expired at 2020-01-01",
        lambda _: {"SUPABASE_SECRET_KEY": legacy("service_role", exp=int(EXPIRED.timestamp()))},
    ),
    "a secret key of another project": Wrong(
        "service-key", "refuses the key", lambda _: {"SUPABASE_SECRET_KEY": "sb_secret_of_nobody"}
    ),
    "a publishable key of another project": Wrong(
        "anon-key", "refuses the key", lambda _: {"SUPABASE_PUBLISHABLE_KEY": "sb_publishable_of_nobody"}
    ),
    "another project's JWT secret": Wrong(
        "owners", "refused a token signed with", lambda _: {"SUPABASE_JWT_SECRET": "f" * 40}
    ),
    "a JWT secret that is none": Wrong("callers", "shorter than 32 bytes", lambda _: {"SUPABASE_JWT_SECRET": "short"}),
    "no key to sign with": Wrong(
        "owners", "There is no key to sign tokens with", lambda _: {"SUPABASE_JWT_SECRET": ""}, "warning"
    ),
    "the transaction pooler": Wrong(
        "database-url",
        "transaction pooler",
        lambda _: {"SUPABASE_DB_URL": "postgresql://postgres.abc:pw@aws-0-eu.pooler.supabase.com:6543/postgres"},
    ),
    "a database that is not there": Wrong(
        "database", "Cannot open", lambda _: {"SUPABASE_DB_URL": f"postgresql://postgres@127.0.0.1:{free_port()}/x"}
    ),
    "a shared queue without the database's URL": Wrong(
        "queue",
        "SUPABASE_DB_URL is not set",
        lambda _: {"AURA__QUEUE__ENGINE": "procrastinate", "SUPABASE_DB_URL": ""},
    ),
    "an analyzer without its settings": Wrong(
        "analyzer", "GOOGLE_CLOUD_PROJECT is not set", lambda _: {"AURA__ANALYSIS__ANALYZER": "vertexai"}
    ),
    "a clock an hour ahead": Wrong("clock", "ahead of the project's", clock=lambda: utc_now() + HOUR),
    "a clock an hour behind": Wrong("clock", "behind the project's", clock=lambda: utc_now() - HOUR),
}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@pytest.mark.parametrize("name", WRONG)
async def test_the_cause_is_named(patient: Sandbox, tmp_path: Path, name: str) -> None:
    wrong = WRONG[name]
    seen = await diagnosis(patient, tmp_path, wrong.settings(patient), clock=wrong.clock)
    quiet = QUIET - {wrong.check}
    assert seen.wrong(without=quiet) == {wrong.check}, str(seen)
    found = seen.finding(wrong.check)
    assert found.level == wrong.level
    assert wrong.said in found.text
    assert "nobody" not in str(seen)


async def test_a_realtime_that_is_away_is_named(patient: Sandbox, tmp_path: Path) -> None:
    await patient.faults.break_path("/realtime/v1", "503", 600)
    try:
        seen = await diagnosis(patient, tmp_path)
    finally:
        await patient.faults.clear()
    assert seen.wrong(without=QUIET) == {"realtime"}, str(seen)
    assert "cannot be joined: HTTP 503" in seen.finding("realtime").text


async def test_a_realtime_that_accepts_and_hears_nothing_is_named(patient: Sandbox, tmp_path: Path) -> None:
    await patient.faults.swallow_changes(100)
    try:
        seen = await diagnosis(patient, tmp_path, {"AURA__REALTIME__CANARY_LATE_SECONDS": "1"})
    finally:
        await patient.faults.clear()
    assert seen.wrong(without=QUIET) == {"realtime"}, str(seen)
    assert "did not come back" in seen.finding("realtime").text


async def test_a_storage_that_is_away_is_named(patient: Sandbox, tmp_path: Path) -> None:
    await patient.faults.break_path("/storage/v1", "503", 600)
    try:
        seen = await diagnosis(patient, tmp_path)
    finally:
        await patient.faults.clear()
    assert seen.wrong(without=QUIET) == {"storage"}, str(seen)


async def test_photos_of_a_foreign_host_are_named_with_the_setting(patient: Sandbox, tmp_path: Path) -> None:
    person = uuid4()
    async with await psycopg.AsyncConnection.connect(patient.db_url, autocommit=True) as connection:
        await connection.execute("insert into users (id, email) values (%s, %s)", [person, f"{person}@example.com"])
        row = [person, "https://cdn.example/private-name.jpg?token=secret"]
        await connection.execute("insert into clothing_items (user_id, name, image_url) values (%s, 'x', %s)", row)
        refused = await diagnosis(patient, tmp_path)
        allowed = await diagnosis(patient, tmp_path, {"AURA__PHOTOS__ALLOWED_HOSTS": "cdn.example"})
        await connection.execute("delete from users where id = %s", [person])
    found = refused.finding("storage")
    assert found.level == "warning"
    assert "cdn.example" in found.text
    assert "private-name" not in str(refused)
    assert "AURA__PHOTOS__ALLOWED_HOSTS" in (found.remedy or "")
    assert allowed.level("storage") == "ok"


async def test_work_that_nobody_does_is_named(patient: Sandbox, tmp_path: Path) -> None:
    person = uuid4()
    async with await psycopg.AsyncConnection.connect(patient.db_url, autocommit=True) as connection:
        await connection.execute("insert into users (id, email) values (%s, %s)", [person, f"{person}@example.com"])
        row = [person, f"{patient.url}/storage/v1/object/public/photos/a.jpg"]
        await connection.execute("insert into clothing_items (user_id, name, image_url) values (%s, 'x', %s)", row)
        seen = await diagnosis(patient, tmp_path, {"AURA__OPS__OLDEST_OUTSTANDING_SECONDS": "0.001"})
        await connection.execute("delete from users where id = %s", [person])
    said = [found.text for found in seen.results["outstanding"].findings]
    assert any("1 photos" in text and "ops.oldest_outstanding_seconds" in text for text in said), str(seen)


async def test_no_canary_is_left_behind(patient: Sandbox, tmp_path: Path) -> None:
    await diagnosis(patient, tmp_path)
    async with await psycopg.AsyncConnection.connect(patient.db_url) as connection:
        cursor = await connection.execute("select count(*) from aura_canary")
        assert await cursor.fetchone() == (0,)


async def command(folder: Path, *arguments: str, **environment: str) -> tuple[int, str]:
    """Run ``aura doctor``; its exit code and all that it said."""
    process = DaemonProcess(environment, folder, ("-m", "aura", "doctor", *arguments))
    await process.start()
    code = await process.ended(120)
    return code, process.log.read_text(encoding="utf-8")


def environment(sandbox: Sandbox) -> dict[str, str]:
    return {
        "AURA_ENVIRONMENT": "development",
        "SUPABASE_URL": sandbox.url,
        "SUPABASE_PUBLISHABLE_KEY": sandbox.publishable_key,
        "SUPABASE_SECRET_KEY": sandbox.secret_key,
        "SUPABASE_JWT_SECRET": sandbox.jwt_secret,
    }


async def test_the_command_says_what_it_leaves_out_without_the_databases_url(patient: Sandbox, tmp_path: Path) -> None:
    code, said = await command(tmp_path, **environment(patient))
    assert code == 0, said
    assert "SUPABASE_DB_URL is not set" in said
    assert "skipped  publication" in said
    assert "A canary came back" in said


async def test_the_commands_json_is_one_document_and_a_failure_is_its_exit_code(
    patient: Sandbox, tmp_path: Path
) -> None:
    settings = {**environment(patient), "SUPABASE_SECRET_KEY": "sb_secret_of_nobody"}
    code, said = await command(tmp_path, "--json", **settings)
    told = json.loads(said)
    assert code == 1
    assert told["ok"] is False
    assert [entry["check"] for entry in told["findings"] if entry["level"] == "failure"] == ["service-key"]
    assert "of_nobody" not in said


async def test_settings_that_cannot_be_read_are_a_finding(tmp_path: Path) -> None:
    code, said = await command(tmp_path, "--json", AURA__WORKER__CONCURENCY="4")
    assert code == 1
    assert json.loads(said)["findings"][0]["check"] == "settings"
    assert "AURA__WORKER__CONCURRENCY" in said


async def test_a_daemon_that_listens_is_seen(patient: Sandbox, tmp_path: Path) -> None:
    daemon = DaemonProcess({**environment(patient), "AURA__OPS__PORT": "0"}, tmp_path)
    await daemon.start()
    try:

        async def listens() -> bool:
            daemon.assert_running()
            return (await diagnosis(patient, tmp_path)).level("outstanding") == "ok"

        await wait_for(listens, what="the daemon's canary")
    finally:
        await daemon.kill()
