"""``aura demo``: the whole backend at work, for a person to watch or for a machine to check."""

from __future__ import annotations

import asyncio
import json
import tempfile
from contextlib import ExitStack
from pathlib import Path

import click
from rich.console import Console

from aura.errors import AuraError
from demo.picture import Picture
from demo.report import Report
from demo.screen import Quiet, Screen, verdict
from demo.story import tell

SAMPLES = Path(__file__).parent / "photos"
NAMES = ("Ada", "Deniz")


@click.command()
@click.option("--check", is_flag=True, help="Run unattended: no live screen, exit code 1 if anything failed.")
@click.option("--json", "json_path", metavar="FILE", help="Write the figures as one JSON object; - is stdout.")
@click.option(
    "--picture",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write what was shown, and the figures, as an SVG picture.",
)
@click.option(
    "--photos",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=SAMPLES,
    show_default="the sample wardrobe",
    help="A folder with one folder of JPEG photos for each of two people (ada and deniz).",
)
def demo(check: bool, json_path: str | None, picture: Path | None, photos: Path) -> int:
    """See it all work: a sandbox, the daemon, two people's uploads, an outage.

    Starts an embedded Supabase and the daemon, uploads real photographs through the official client, cuts
    Realtime off in the middle and shows that nothing is lost. Takes about half a minute, leaves nothing behind.
    """
    wardrobes = [_photos_of(photos / name.lower()) for name in NAMES]
    console = Console(stderr=True)
    report = asyncio.run(_run(wardrobes, console, check, picture))
    if json_path != "-":
        console.print(verdict(report))
    _write(report, json_path)
    return 1 if report.faults() else 0


async def _run(wardrobes: list[list[Path]], console: Console, check: bool, picture: Path | None) -> Report:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="aura-demo-")))
        quiet = check or not console.is_terminal
        drawing = Picture(Quiet(console) if quiet else stack.enter_context(Screen(console)))
        report = await tell(wardrobes, NAMES, folder, drawing)
    if picture is not None:
        drawing.save(picture, report)
    return report


def _photos_of(folder: Path) -> list[Path]:
    found = sorted(path for path in folder.glob("*") if path.suffix.lower() in {".jpg", ".jpeg"})
    if len(found) < 2:
        raise AuraError(f"--photos: {folder} holds {len(found)} JPEG photos; each person needs at least two.")
    return found


def _write(report: Report, path: str | None) -> None:
    if path is None:
        return
    line = json.dumps(report.as_json())
    if path == "-":
        click.echo(line)
    else:
        Path(path).write_text(line + "\n", encoding="utf-8")
