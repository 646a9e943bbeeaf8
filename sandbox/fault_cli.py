"""`aura sandbox fault NAME`: breaks a running sandbox from the terminal."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import click
from dotenv import dotenv_values

from sandbox.broken_paths import WAYS
from sandbox.errors import SandboxError
from sandbox.fault_client import FaultClient

NAMES = (
    "cut_sockets",
    "refuse_connections",
    "half_open",
    "swallow_changes",
    "delay_delivery",
    "resubscribed",
    "restart_realtime",
    "stop_postgres",
    "break_path",
    "expire_tokens",
    "clear",
    "status",
)


@click.command()
@click.argument("name", type=click.Choice([name.replace("_", "-") for name in NAMES]))
@click.option("--seconds", type=float, help="How long (or how late, for delay-delivery).")
@click.option("--count", type=int, help="How many changes, for swallow-changes.")
@click.option("--prefix", help="Which path, for break-path: /rest/v1, /storage/v1, …")
@click.option("--how", type=click.Choice(WAYS), help="In which way, for break-path.")
@click.option("--crash", is_flag=True, default=None, help="Without a clean shutdown, for stop-postgres.")
@click.option(
    "--env-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Where the sandbox's settings are; otherwise SUPABASE_URL and SUPABASE_SECRET_KEY of the environment.",
)
def fault(name: str, env_file: Path | None, **details: Any) -> None:
    """Break a running sandbox on purpose, or mend it (`clear`)."""
    client = _client(env_file)
    given = {key: value for key, value in details.items() if value is not None}
    click.echo(asyncio.run(_apply(client, name.replace("-", "_"), given)))


async def _apply(client: FaultClient, name: str, details: dict[str, Any]) -> dict[str, Any]:
    if name == "status":
        return await client.status()
    return await client.clear() if name == "clear" else await client.request(name, **details)


def _client(env_file: Path | None) -> FaultClient:
    values = {**os.environ, **(dotenv_values(env_file) if env_file else {})}
    url = values.get("SUPABASE_URL")
    key = values.get("SUPABASE_SECRET_KEY") or values.get("SUPABASE_SERVICE_ROLE_KEY")
    if not url or not key:
        raise SandboxError("set SUPABASE_URL and SUPABASE_SECRET_KEY as the sandbox printed them, or give --env-file")
    return FaultClient(url.rstrip("/"), key)
