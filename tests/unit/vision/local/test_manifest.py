"""A model folder is used only if it is whole; what is wrong is one line that says what to do."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from aura.errors import ConfigurationError
from aura.vision.local.available import require_onnxruntime
from aura.vision.local.manifest import GATE, MASK, TAGGER, ModelFolder

FILES = {TAGGER: b"a tagger", MASK: b"a mask", GATE: b"a gate"}


def described() -> dict[str, Any]:
    return {
        "version": "test-1",
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in FILES.items()},
        "side": 224,
        "labels": [
            {"name": "T-Shirt", "category": "tops", "subcategory": "t_shirt"},
            {"name": "Pants", "category": "bottoms", "subcategory": "pants"},
        ],
        "temperature": 0.8,
        "threshold": 0.7,
        "pattern": {"kinds": ["plain", "striped"], "threshold": 0.6},
        "gate": {"k": 5, "threshold": 0.4},
        "made_by": "a newer trainer",
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, data in FILES.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "manifest.json").write_text(json.dumps(described()))
    return tmp_path


def refused(folder: Path) -> str:
    with pytest.raises(ConfigurationError) as caught:
        ModelFolder.open(folder).verify()
    return str(caught.value)


def test_a_whole_folder_is_read(folder: Path) -> None:
    opened = ModelFolder.open(folder)
    opened.verify()
    assert opened.read(MASK) == b"a mask"
    assert [label.subcategory for label in opened.manifest.labels] == ["t_shirt", "pants"]
    assert opened.manifest.mask.side == 192


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_refused(folder: Path, name: str) -> None:
    (folder / name).write_bytes(FILES[name][:-1] + b"X")
    said = refused(folder)
    assert name in said
    assert "SHA-256" in said
    assert "analysis.analyzer" in said


@pytest.mark.parametrize("name", [*FILES, "manifest.json"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert f"{name} cannot be read" in refused(folder)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"labels": [{"name": "X", "category": "shoes", "subcategory": "t_shirt"}] * 2}, "labels"),
        ({"threshold": 1.5}, "threshold"),
        ({"temperature": 0}, "temperature"),
        ({"version": "a/b"}, "version"),
        ({"pattern": {"kinds": ["plain", "tartan-ish"], "threshold": 0.5}}, "pattern"),
        ({"files": {TAGGER: "not a hash"}}, "files"),
    ],
)
def test_a_manifest_that_makes_no_sense_is_refused(folder: Path, change: dict[str, Any], where: str) -> None:
    (folder / "manifest.json").write_text(json.dumps({**described(), **change}))
    assert f"at '{where}" in refused(folder)


def test_a_file_that_the_manifest_does_not_name_is_not_trusted(folder: Path) -> None:
    files = {name: digest for name, digest in described()["files"].items() if name != GATE}
    (folder / "manifest.json").write_text(json.dumps({**described(), "files": files}))
    assert GATE in refused(folder)


def test_without_onnxruntime_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aura.vision.local.available.find_spec", lambda _: None)
    with pytest.raises(ConfigurationError, match=r"pip install 'aura-backend\[local\]'"):
        require_onnxruntime()
