"""``aura run``: the command that serves, as daemon, as API, or as both."""

from __future__ import annotations

import click

from aura.event_loop import run as run_loop
from aura.settings import load_settings
from aura.telemetry.logs import configure_logging
from consumer.process import Process
from consumer.roles import chosen_roles


@click.command()
@click.option(
    "--roles", metavar="NAMES", help="Which roles to run: consumer,worker or api or all.  [default: all that exist]"
)
def run(roles: str | None) -> None:
    """Run the backend: follow the project, tag photos, keep style DNA current, answer the app.

    The roles consumer and worker are the daemon, api is the HTTP API on its own port (PORT, default 8080). Needs
    SUPABASE_URL and SUPABASE_SECRET_KEY (or SUPABASE_SERVICE_ROLE_KEY), an analyzer (AURA__ANALYSIS__ANALYZER) and a
    project on which `aura migrate` has run. SIGTERM ends it gracefully; a second signal at once. /healthz, /readyz
    and /metrics are on the ops port (AURA__OPS__PORT, default 9464).
    """
    settings = load_settings()
    names = chosen_roles(roles, settings)
    configure_logging(settings.log, environment=settings.environment)
    run_loop(Process(settings, names).run())
