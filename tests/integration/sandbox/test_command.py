"""`aura sandbox` as a person runs it: ready soon, settings to paste, readable complaints, nothing left."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import httpx
import psutil
import pytest
from dotenv import dotenv_values

from sandbox import Sandbox
from sandbox.folders import PREFIX, remove_abandoned
from sandbox.ports import is_free
from tests.support.waiting import wait_for

ROOT = Path(__file__).parents[3]
SECONDS = 60


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "aura", "sandbox", *arguments]


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(command(*arguments), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*arguments), cwd=ROOT, capture_output=True, text=True, timeout=SECONDS)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder that PostgreSQL's user can pass through."""
    with tempfile.TemporaryDirectory(prefix="aura-data-") as path:
        Path(path).chmod(0o711)
        yield Path(path)


def read_settings(process: subprocess.Popen[str]) -> dict[str, str]:
    """The ready line and the dotenv lines after it."""
    assert process.stdout is not None
    assert "ready at http://127.0.0.1:" in process.stdout.readline()
    text = "".join(process.stdout.readline() for _ in range(9))
    return {name: value for name, value in dotenv_values(stream=StringIO(text)).items() if value}


async def test_settings_work_and_nothing_is_left(folder: Path) -> None:
    env_file = folder / ".env"
    process = start("--port", "0", "--env-file", str(env_file))
    settings = await asyncio.to_thread(read_settings, process)
    written = await asyncio.to_thread(dotenv_values, env_file)
    assert dict(written) == settings
    assert settings["AURA_ENVIRONMENT"] == "development"
    children = psutil.Process(process.pid).children(recursive=True)
    async with httpx.AsyncClient() as client:
        headers = {"apikey": settings["SUPABASE_SECRET_KEY"]}
        answer = await client.get(f"{settings['SUPABASE_URL']}/rest/v1/users", headers=headers)
    assert (answer.status_code, answer.json()) == (200, [])
    process.send_signal(signal.SIGINT)
    _, complaints = await asyncio.to_thread(process.communicate, None, SECONDS)
    assert (process.returncode, complaints) == (0, "")
    assert psutil.wait_procs(children, timeout=SECONDS)[1] == []
    assert is_free(httpx.URL(settings["SUPABASE_URL"]).port or 0)
    assert not env_file.exists()


def test_a_data_folder_keeps_keys_rows_and_photos(folder: Path) -> None:
    with Sandbox(data_dir=folder, profile="fast") as first:
        headers = {"apikey": first.secret_key}
        user = {"email": "kept@example.com"}
        httpx.post(f"{first.url}/rest/v1/users", json=user, headers=headers).raise_for_status()
        photo = f"{first.url}/storage/v1/object/photos/a/b.jpg"
        httpx.post(photo, content=b"kept", headers=headers).raise_for_status()
    with Sandbox(data_dir=folder, profile="fast") as second:
        assert (second.anon_key, second.jwt_secret) == (first.anon_key, first.jwt_secret)
        rows = httpx.get(f"{second.url}/rest/v1/users?select=email", headers={"apikey": first.secret_key})
        assert rows.json() == [user]
        assert httpx.get(f"{second.url}/storage/v1/object/public/photos/a/b.jpg").content == b"kept"
        taken = run("--port", "0", "--data-dir", str(folder))
    assert taken.returncode == 1
    assert "is in use by another sandbox" in taken.stderr


def test_a_taken_port_is_one_readable_line(sandbox: Sandbox) -> None:
    port = httpx.URL(sandbox.url).port
    done = run("--port", str(port))
    assert done.returncode == 1
    assert f"port {port} is taken" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("name", ["missing", "a-text"])
def test_a_missing_postgrest_names_the_remedy(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "a-text").write_text("not a program")
    program = str(folder / name)
    monkeypatch.setenv("AURA_POSTGREST", program)
    done = run("--port", "0")
    assert done.returncode == 1
    assert f"AURA_POSTGREST={program}" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_persons_env_file_is_not_overwritten(folder: Path) -> None:
    (folder / ".env").write_text("MINE=1\n")
    done = run("--port", "0", "--env-file", str(folder / ".env"))
    assert done.returncode == 1
    assert "was not written by `aura sandbox`" in done.stderr
    assert (folder / ".env").read_text() == "MINE=1\n"


async def test_killed_it_leaves_no_process_and_the_next_one_tidies_up() -> None:
    process = start("--port", "0", "--json")
    assert process.stdout is not None
    ready = json.loads(await asyncio.to_thread(process.stdout.readline))
    family = psutil.Process(process.pid).children(recursive=True)
    assert {"postgres", "postgrest"} <= {child.name() for child in family}
    process.kill()
    await asyncio.to_thread(process.communicate)
    await wait_for(lambda: not any(child.is_running() for child in family), what="the end of its servers")
    left = _left_by(ready["SUPABASE_SECRET_KEY"])
    assert len(left) == 1
    os.utime(left[0], (0, 0))
    assert left[0] in await asyncio.to_thread(remove_abandoned)
    assert not left[0].exists()


def _left_by(secret_key: str) -> list[Path]:
    """The temporary folders of the sandbox with this key."""
    found = Path(tempfile.gettempdir()).glob(f"{PREFIX}*/keys.json")
    return [keys.parent for keys in found if secret_key in keys.read_text()]


def test_faults_from_the_terminal(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPABASE_URL", sandbox.url)
    monkeypatch.setenv("SUPABASE_SECRET_KEY", sandbox.secret_key)
    assert "'postgres': True" in run("fault", "status").stdout
    done = run("fault", "resubscribed")
    assert (done.returncode, done.stdout.strip()) == (0, "{'fault': 'resubscribed'}")
    wrong = run("fault", "break-path")
    assert wrong.returncode == 1
    assert "prefix" in wrong.stderr
