"""The local tagger with the model that ships, on real photos."""

from __future__ import annotations

import asyncio
import csv
import io
import shutil
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from aura.errors import ConfigurationError
from aura.settings import AnalysisSettings, Settings
from aura.vision.analyzer import Analysis, build_analyzer
from aura.vision.image import decode_photo
from aura.vision.local import available
from aura.vision.local.analyzer import LocalAnalyzer
from aura.vision.local.available import MODEL
from aura.vision.local.manifest import ModelFolder
from aura.vision.photo import Photo
from aura.vision.showing import Seen
from aura.vision.vocabulary import VERSION, Category, Pattern, Season
from handlers.findings import tags_of, words_of

DATA = Path(__file__).parents[2] / "data"
CLOTHING, PHOTOS, NOT_CLOTHING = DATA / "clothing", DATA / "photos", DATA / "not_clothing"
LOCAL = Settings(analysis=AnalysisSettings(analyzer=("local",)))


@pytest.fixture
async def local() -> AsyncIterator[LocalAnalyzer]:
    analyzer = build_analyzer(LOCAL)
    assert isinstance(analyzer, LocalAnalyzer)
    yield analyzer
    await analyzer.aclose()


def photo(path: Path) -> Photo:
    return decode_photo(path.read_bytes())


def jpeg(image: Image.Image) -> Photo:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=92)
    return decode_photo(out.getvalue())


async def test_it_costs_nothing_and_its_version_names_the_model(local: LocalAnalyzer) -> None:
    model = ModelFolder.open(MODEL).manifest.version
    assert (local.name, local.paid) == ("local", False)
    assert local.version.startswith(f"local/{model}+")
    assert local.version.endswith(f"/{VERSION}")


async def test_most_photos_are_recognised(local: LocalAnalyzer) -> None:
    with (CLOTHING / "images.csv").open(newline="") as file:
        labels = {line["image"]: line["label"] for line in csv.DictReader(file)}
    said = [await local.analyze(photo(CLOTHING / f"{image}.jpg")) for image in labels]
    known = {label.name: label for label in ModelFolder.open(MODEL).manifest.labels}
    categories = [known[label].category for label in labels.values()]
    stated = [(a.tags.category.value, right) for a, right in zip(said, categories, strict=True) if a.tags.category]
    assert len(stated) >= 0.6 * len(said)
    # Thirty photos show whether the model still sees, not how well: that is `aura evaluate`'s to say, on hundreds.
    assert sum(mine == right for mine, right in stated) >= 0.85 * len(stated)


async def test_everything_that_is_said_about_a_garment(local: LocalAnalyzer) -> None:
    tags = (await local.analyze(photo(PHOTOS / "shorts-red.jpg"))).tags
    assert tags.category is not None
    assert tags.category.value == Category.BOTTOMS
    assert tags.subcategory is not None
    assert tags.subcategory.value == "shorts"
    assert tags.colors[0].name == "red"
    assert tags.pattern is None or tags.pattern.value == Pattern.PLAIN
    assert [season.value for season in tags.seasons] == [Season.SUMMER]
    assert {judged.source for judged in (*tags.seasons, tags.formality, tags.warmth) if judged} == {"derived"}


async def test_what_was_derived_stays_out_of_the_persons_tags(local: LocalAnalyzer) -> None:
    tags = (await local.analyze(photo(PHOTOS / "shorts-red.jpg"))).tags
    assert words_of(tags)["category"] == "bottoms"
    assert list(tags_of(tags)) == ["shorts"]


@pytest.mark.parametrize("name", ["coffee", "chelsea", "rocket"])
async def test_other_pictures_are_no_garments(local: LocalAnalyzer, name: str) -> None:
    analysis = await local.analyze(photo(NOT_CLOTHING / f"{name}.jpg"))
    assert (analysis.status, analysis.tags.to_ai_tags()) == ("no_garment", {})


async def test_a_screenshot_and_an_empty_page_are_no_garments(local: LocalAnalyzer) -> None:
    screenshot = Image.new("RGB", (360, 640), "white")
    draw = ImageDraw.Draw(screenshot)
    for line in range(20):
        draw.text(
            (12, 24 + 30 * line), f"{line}. It was a dark and stormy night; the rain fell in torrents", fill="black"
        )
    for picture in (screenshot, Image.new("RGB", (400, 300), "white")):
        assert (await local.analyze(jpeg(picture))).status == "no_garment"


async def test_equal_photos_get_equal_answers(local: LocalAnalyzer) -> None:
    seen = photo(PHOTOS / "polo-navy.jpg")
    first, second = await asyncio.gather(local.analyze(seen), local.analyze(seen))
    assert first == second


async def test_it_computes_in_its_own_threads_and_loads_once(
    local: LocalAnalyzer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aura.vision.local import engine, tagging

    made: list[threading.Thread] = []
    loaded = engine.Engine.__init__

    def load(self: engine.Engine, folder: ModelFolder) -> None:
        made.append(threading.current_thread())
        loaded(self, folder)

    threads: set[threading.Thread] = set()
    see = tagging.see

    def watched(photo: Photo, loaded_engine: engine.Engine) -> Seen:
        threads.add(threading.current_thread())
        return see(photo, loaded_engine)

    monkeypatch.setattr(engine.Engine, "__init__", load)
    monkeypatch.setattr(tagging, "see", watched)
    seen = photo(PHOTOS / "t_shirt-white.jpg")
    await asyncio.gather(*(local.analyze(seen) for _ in range(6)))
    assert len(made) == 1
    assert threading.main_thread() not in {*made, *threads}
    assert 1 <= len(threads) <= LOCAL.local.workers


async def test_a_tiny_and_a_long_thin_photo(local: LocalAnalyzer) -> None:
    for size in ((16, 16), (1600, 20), (20, 1600)):
        analysis = await local.analyze(jpeg(Image.new("RGB", size, "#20305c")))
        assert isinstance(analysis, Analysis)


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the model that the tagger takes for the shipped one."""
    folder = tmp_path / "model"
    shutil.copytree(MODEL, folder)
    monkeypatch.setattr(available, "MODEL", folder)
    monkeypatch.setattr("aura.vision.local.analyzer.MODEL", folder)
    return folder


@pytest.mark.parametrize("name", ["tagger.onnx", "mask.onnx", "gate.npz"])
def test_a_damaged_model_ends_the_start_and_says_so(copied: Path, name: str) -> None:
    data = bytearray((copied / name).read_bytes())
    data[len(data) // 2] ^= 1
    (copied / name).write_bytes(data)
    with pytest.raises(ConfigurationError, match=f"{name} is damaged"):
        build_analyzer(LOCAL)


async def test_a_model_that_changes_after_the_start_is_not_loaded(copied: Path) -> None:
    analyzer = build_analyzer(LOCAL)
    (copied / "tagger.onnx").write_bytes(b"something else")
    with pytest.raises(ConfigurationError, match=r"tagger\.onnx is damaged"):
        await analyzer.analyze(photo(PHOTOS / "polo-navy.jpg"))
    await analyzer.aclose()


def test_without_the_extra_the_start_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(available, "find_spec", lambda _: None)
    with pytest.raises(ConfigurationError, match=r"pip install 'aura-backend\[local\]'"):
        build_analyzer(LOCAL)
    assert not available.is_available()
