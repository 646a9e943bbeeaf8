"""``aura analyze`` on real photo files, as people run it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aura.errors import ConfigurationError
from aura.vision.cli import analyze

PHOTOS = Path(__file__).parents[2] / "data" / "photos"


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AURA_CONFIG_DIR", str(tmp_path))
    monkeypatch.delenv("AURA__ANALYSIS__ANALYZER", raising=False)
    monkeypatch.delenv("AURA_ENVIRONMENT", raising=False)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(analyze, [str(argument) for argument in arguments])


def test_a_folder_as_json() -> None:
    result = run(PHOTOS, "--analyzer", "palette", "--json")
    assert result.exit_code == 0, result.output
    tags = {Path(entry["photo"]).stem: entry for entry in json.loads(result.stdout)}
    assert len(tags) == 9
    assert tags["polo-navy"]["status"] == "done"
    assert tags["polo-navy"]["colors"][0]["name"] == "navy"
    assert "category" not in tags["polo-navy"]


def test_a_bad_file_does_not_stop_the_others(tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff broken")
    (tmp_path / "page.png").write_text("<html></html>")
    shutil.copy(PHOTOS / "polo-navy.jpg", tmp_path / "polo.JPG")
    (tmp_path / "notes.txt").write_text("not a photo, and not looked at")
    result = run(tmp_path, "--analyzer", "palette", "--json")
    assert result.exit_code == 1
    codes = [(Path(entry["photo"]).name, entry.get("code")) for entry in json.loads(result.stdout)]
    assert codes == [
        ("broken.jpg", "unreadable_photo"),
        ("page.png", "photo_unsupported_type"),
        ("polo.JPG", None),
    ]


def test_a_table_for_people() -> None:
    result = run(PHOTOS / "shorts-red.jpg", "--analyzer", "palette")
    assert result.exit_code == 0, result.output
    assert "shorts-red.jpg" in result.stdout
    assert "red (" in result.stdout


def test_without_an_analyzer_the_setting_is_named() -> None:
    result = run(PHOTOS / "shorts-red.jpg")
    assert isinstance(result.exception, ConfigurationError)
    assert "analysis.analyzer" in str(result.exception)


def test_a_missing_file_is_wrong_usage(tmp_path: Path) -> None:
    assert run(tmp_path / "nothing.jpg").exit_code == 2
