"""`python -m sandbox`: the command without the `aura` dispatcher, for programs that start a sandbox."""

from __future__ import annotations

import sys

import click

from aura.errors import AuraError
from sandbox.cli import sandbox

if __name__ == "__main__":
    try:
        sandbox(prog_name="aura sandbox")
    except AuraError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(1)
