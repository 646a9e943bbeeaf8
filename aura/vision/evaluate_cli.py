"""``aura evaluate``: how good the local tagger is on anybody's own labelled photos."""

from __future__ import annotations

from pathlib import Path

import click
import orjson
from rich.console import Console

from aura.settings import load_settings
from aura.vision.evaluation_report import report
from aura.vision.image import DecodeLimits
from aura.vision.labelled import Columns, read_labelled
from aura.vision.local.assess import assess, show
from aura.vision.local.available import MODEL, require_onnxruntime
from aura.vision.local.engine import Engine
from aura.vision.local.manifest import ModelFolder
from aura.vision.progress import bar

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("folder", type=FOLDER)
@click.option("--labels", required=True, type=FILE, metavar="CSV", help="What is on each photo, one line each.")
@click.option(
    "--image-column", default="image", show_default=True, help="The column with the photo's file name or stem."
)
@click.option("--label-column", default="label", show_default=True, help="The column that says what it shows.")
@click.option("--split-column", default="split", show_default=True, help="The column that --split looks at.")
@click.option("--split", metavar="NAME", help="Only the lines of this split, such as validation.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON, the whole confusion matrix included.")
def evaluate(
    folder: Path,
    labels: Path,
    image_column: str,
    label_column: str,
    split_column: str,
    split: str | None,
    as_json: bool,
) -> None:
    """Compare the local tagger with what people say is on the photos of FOLDER.

    Prints accuracy, the figures of each label, what is mistaken for what, how far confidence can be believed, and how
    many photos are tagged how well at which confidence. Labels may be the tagger's own ("T-Shirt") or other words for
    the same garments ("tee"); photos with other labels show how many of them the gate takes for no garment.
    """
    photos = read_labelled(folder, labels, Columns(image_column, label_column, split_column), split)
    settings = load_settings()
    limits = DecodeLimits(settings.photos.max_bytes, settings.photos.max_pixels, settings.analysis.max_side_px)
    engine = _engine()
    with bar("photos", len(photos)) as advance:
        shown = show(photos, engine, limits, settings.local.workers, advance)
    assessment = assess(shown, engine)
    if as_json:
        said = {"model": engine.manifest.version, **assessment.to_json()}
        click.echo(orjson.dumps(said, option=orjson.OPT_INDENT_2).decode())
    else:
        Console().print(report(assessment))


def _engine() -> Engine:
    require_onnxruntime()
    return Engine(ModelFolder.open(MODEL))
