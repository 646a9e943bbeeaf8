"""``aura migrate``: brings the project's database up to what this version of the backend needs."""

from __future__ import annotations

import asyncio

import click

from aura.migrations import Report
from aura.migrations import migrate as apply_migrations
from aura.settings import load_settings


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be applied.")
def migrate(*, dry_run: bool) -> None:
    """Apply the backend's database migrations to the project.

    Needs SUPABASE_DB_URL (direct connection or session pooler). Safe while the app is in use, and harmless when
    run again: only what is missing is applied. The app's own tables and policies are not changed.
    """
    secret = load_settings().supabase.db_url
    db_url = secret.get_secret_value() if secret else None
    report = asyncio.run(apply_migrations(db_url, dry_run=dry_run, say=click.echo))
    for line in describe(report):
        click.echo(line)


def describe(report: Report) -> list[str]:
    """The report as lines for a terminal."""
    if not report.applied:
        return [f"Up to date: all {len(report.present)} migrations are applied."]
    if report.dry_run:
        return [f"Would apply {title}." for title in report.applied]
    return [f"Applied {len(report.applied)} migration(s); {len(report.present)} were there already."]
