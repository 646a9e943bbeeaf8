"""How ``aura run`` begins: it refuses in one line what a person must mend, and waits for what passes by itself."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from sandbox import Sandbox
from tests.integration.process.conftest import Daemons
from tests.support.daemon_process import DaemonProcess, daemon_environment
from tests.support.sandboxes import running_sandbox
from tests.support.waiting import wait_for


@pytest.fixture(scope="module")
def bare() -> Iterator[Sandbox]:
    """A project to which the migrations were never applied."""
    with running_sandbox("fast") as sandbox:
        yield sandbox


async def test_a_project_without_the_migrations_names_the_command(daemons: Daemons, bare: Sandbox) -> None:
    assert "`aura migrate`" in await daemons.refused(**daemon_environment(bare))


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"SUPABASE_URL": ""}, "SUPABASE_URL"),
        ({"SUPABASE_SECRET_KEY": "sb_secret_of_nobody"}, "SUPABASE_S"),
        ({"AURA_ENVIRONMENT": "production", "AURA__ANALYSIS__ANALYZER": ""}, "AURA__ANALYSIS__ANALYZER"),
    ],
)
async def test_a_setting_that_is_missing_or_wrong_is_named(
    daemons: Daemons, settings: dict[str, str], named: str
) -> None:
    said = await daemons.refused(**settings)
    assert named in said
    assert "of_nobody" not in said


async def test_a_consumer_without_a_worker_is_refused(daemons: Daemons) -> None:
    assert "--roles" in await daemons.refused("--roles", "consumer")


async def test_an_ops_port_that_is_taken_is_named(daemons: Daemons) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        said = await daemons.refused(AURA__OPS__PORT=port)
    assert "AURA__OPS__PORT" in said
    assert port in said


async def waits_for_the_database(daemon: DaemonProcess) -> bool:
    told = await daemon.readiness()
    reasons = [reason for role in told["roles"].values() for reason in role["reasons"]]
    return not told["ready"] and all("Waiting for the database" in reason for reason in reasons)


async def test_a_database_that_is_away_is_waited_for(daemons: Daemons, sandbox: Sandbox) -> None:
    await sandbox.faults.stop_postgres(300)
    try:
        daemon = await daemons.start()
        await wait_for(lambda: waits_for_the_database(daemon), what="a daemon that waits")
        assert (await daemon.get("/readyz")).status_code == 503
        assert (await daemon.get("/healthz")).status_code == 200
    finally:
        await sandbox.faults.clear()
    await daemon.until_ready()


async def test_a_daemon_that_waits_can_be_stopped(daemons: Daemons, sandbox: Sandbox) -> None:
    await sandbox.faults.stop_postgres(300)
    try:
        daemon = await daemons.start()
        await wait_for(lambda: waits_for_the_database(daemon), what="a daemon that waits")
        assert await daemon.stop() == 0
    finally:
        await sandbox.faults.clear()
