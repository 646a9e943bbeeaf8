"""`aura sandbox`: runs an embedded Supabase until Ctrl-C, and `aura sandbox fault` breaks it on purpose."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path

import click
import structlog

from sandbox.errors import SandboxError
from sandbox.fault_cli import fault
from sandbox.folders import data_folder
from sandbox.profiles import ProfileName
from sandbox.project import Options, Project, running
from sandbox.settings_text import dotenv, settings, write_env_file

DEFAULT_PORT = 54321  # the Supabase CLI's


@click.group(invoke_without_command=True)
@click.option("--port", default=DEFAULT_PORT, show_default=True, help="Port of the gateway; 0 takes any free one.")
@click.option(
    "--data-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the data here. Without it everything is deleted at the end.",
)
@click.option(
    "--env-file", type=click.Path(dir_okay=False, path_type=Path), help="Also write the settings to this .env file."
)
@click.option(
    "--legacy-keys/--signing-keys",
    default=False,
    help="Sign users' tokens with the shared HS256 secret, or with an ES256 key (default).",
)
@click.option(
    "--profile",
    type=click.Choice(["real", "fast"]),
    default="real",
    show_default=True,
    help="Realtime's delays as on the real server, or shortened.",
)
@click.option("--token-seconds", default=3600, show_default=True, help="Life of users' access tokens.")
@click.option("--json", "as_json", is_flag=True, help="Print the settings as one line of JSON when ready.")
@click.pass_context
def sandbox(
    context: click.Context,
    port: int,
    data_dir: Path | None,
    env_file: Path | None,
    legacy_keys: bool,
    profile: ProfileName,
    token_seconds: int,
    as_json: bool,
) -> None:
    """Run an embedded Supabase: PostgreSQL, REST, Auth, Storage and Realtime on one port, until Ctrl-C."""
    if context.invoked_subcommand is not None:
        return
    with data_folder(data_dir) as folder:
        options = Options(folder, data_dir is not None, port, legacy_keys, profile, token_seconds)
        asyncio.run(_serve(options, env_file, as_json=as_json))


sandbox.add_command(fault)


async def _serve(options: Options, env_file: Path | None, *, as_json: bool) -> None:
    """Runs until a signal comes; ends with SandboxError when PostgREST ends by itself."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # stdout holds the settings alone
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    began = time.monotonic()
    async with running(options) as project:
        _announce(project, env_file, time.monotonic() - began, as_json=as_json)
        try:
            await _until(stop, project)
        finally:
            if env_file is not None and not options.durable:
                env_file.unlink(missing_ok=True)  # noqa: ASYNC240 - one call, at the very end


async def _until(stop: asyncio.Event, project: Project) -> None:
    stopped = asyncio.create_task(stop.wait())
    ended = asyncio.create_task(project.postgrest_ended())
    await asyncio.wait({stopped, ended}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    ended.cancel()
    if not stop.is_set():
        raise SandboxError("PostgREST ended by itself; start the sandbox again with --data-dir to keep its log")


def _announce(project: Project, env_file: Path | None, seconds: float, *, as_json: bool) -> None:
    values = settings(project)
    if env_file is not None:
        write_env_file(env_file, values)
    if as_json:
        click.echo(json.dumps({"ready": True, "pid": os.getpid(), "seconds": round(seconds, 3), **values}))
        return
    click.echo(f"# Supabase sandbox ready at {project.url} after {seconds:.1f} s. Ctrl-C stops it.")
    click.echo(dotenv(values), nl=False)
