"""``aura evaluate`` and the contact sheet of ``aura analyze`` with the model that ships, as people run them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aura.errors import AuraError, ConfigurationError
from aura.vision.cli import analyze
from aura.vision.evaluate_cli import evaluate

DATA = Path(__file__).parents[2] / "data"
CLOTHING, NOT_CLOTHING = DATA / "clothing", DATA / "not_clothing"
LARGEST_TEN = {"T-Shirt", "Longsleeve", "Pants", "Shoes", "Shirt", "Dress", "Outwear", "Shorts", "Hat", "Skirt"}


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AURA_CONFIG_DIR", str(tmp_path))
    monkeypatch.delenv("AURA__ANALYSIS__ANALYZER", raising=False)
    monkeypatch.delenv("AURA_ENVIRONMENT", raising=False)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(evaluate, [str(argument) for argument in arguments])


def test_the_shipped_model_on_the_photos_kept_here() -> None:
    result = run(CLOTHING, "--labels", CLOTHING / "images.csv", "--json")
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)
    assert figures["photos"] == 30
    assert set(figures["largest"]) == LARGEST_TEN
    # Thirty photos, rare labels as often as common ones: they tell a broken model from a whole one, and no more.
    assert figures["accuracy"] >= 0.8
    assert figures["category_accuracy"] >= 0.85
    assert figures["refused"] <= 1
    assert figures["stated"]["accuracy"] >= 0.83
    assert figures["category_stated"]["coverage"] >= 0.85
    assert figures["category_stated"]["accuracy"] >= 0.85
    assert sum(map(sum, figures["confusion"])) == 30


def test_other_columns_one_split_and_labels_it_does_not_know(tmp_path: Path) -> None:
    for path in (CLOTHING.glob("*.jpg"), NOT_CLOTHING.glob("*.jpg")):
        for photo in sorted(path)[:3]:
            shutil.copy(photo, tmp_path)
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff broken")
    truth = dict(line.split(",") for line in (CLOTHING / "images.csv").read_text().splitlines()[1:])
    lines = [f"{path.name},{truth.get(path.stem, 'toy')},mine" for path in sorted(tmp_path.glob("*.jpg"))]
    labels = tmp_path / "labels.csv"
    labels.write_text("\n".join(["file,what,part", *lines, "nowhere.jpg,Hat,another"]))
    names = ("--image-column", "file", "--label-column", "what", "--split-column", "part")
    result = run(tmp_path, "--labels", labels, *names, "--split", "mine", "--json")
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)
    assert figures["photos"] == 3
    assert figures["other_labels"] == {"toy": {"photos": 3, "refused": 3}}
    assert figures["unreadable"] == 1


def test_tables_for_people() -> None:
    result = run(CLOTHING, "--labels", CLOTHING / "images.csv")
    assert result.exit_code == 0, result.output
    for said in ("calibration error", "T-Shirt", "Mistaken most often", "0.95"):
        assert said in result.stdout
    labels, categories = result.stdout.split("The likeliest category")
    assert "accuracy over the 10 largest classes" in labels.partition("The likeliest label")[2]
    assert "accuracy over the 10 largest classes" in categories
    assert "accuracy of what rows get" in categories


def test_only_labels_that_it_does_not_know_are_an_error(tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text("image,label\ncoffee,Cup\n")
    result = run(NOT_CLOTHING, "--labels", labels)
    assert isinstance(result.exception, AuraError)
    assert "T-Shirt" in str(result.exception)


def test_without_onnxruntime_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aura.vision.local.available.find_spec", lambda _: None)
    result = run(CLOTHING, "--labels", CLOTHING / "images.csv")
    assert isinstance(result.exception, ConfigurationError)
    assert "aura-backend[local]" in str(result.exception)


def test_a_contact_sheet_with_masks(tmp_path: Path) -> None:
    page = tmp_path / "sheet.html"
    arguments = [str(DATA / "photos" / "shorts-red.jpg"), str(NOT_CLOTHING / "coffee.jpg"), "--analyzer", "local"]
    result = CliRunner().invoke(analyze, [*arguments, "--html", str(page)])
    assert result.exit_code == 0, result.output
    text = page.read_text(encoding="utf-8")
    assert text.count("data:image/jpeg") == 2
    assert text.count("data:image/png") == 1  # the cup has no mask
    assert "shorts (" in text
    assert "no garment" in text
