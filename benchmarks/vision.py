"""What the local tagger costs: processor time of a photo, photos a second, memory, start, and the event loop's stalls.

Beside each stands onnxruntime alone: the same two networks on the same pixels, with nothing decoded before and nothing
made of the answer. Photos are the demonstration's samples, and one of them at the size a phone takes.
"""

from __future__ import annotations

import asyncio
import io
import itertools
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import median
from typing import Any

from PIL import Image

from aura.vision.image import decode_photo
from aura.vision.local.analyzer import LocalAnalyzer
from aura.vision.local.available import MODEL
from aura.vision.local.engine import Engine
from aura.vision.local.manifest import ModelFolder
from aura.vision.local.preprocess import mask_input, open_jpeg, tagger_inputs
from aura.vision.local.tagging import see
from aura.vision.photo import Photo
from benchmarks.goals import figure
from benchmarks.photo_host import sample_photos
from benchmarks.report import Report, Table, progress
from benchmarks.vision_process import Footprint, measured_alone

WORKERS = (1, 2)
ROUNDS, QUICK_ROUNDS = 40, 6
SMALL_PX, PHONE_PX = 400, 4032  # of the longer side; 4032 by 3024 are 12 megapixels
LAG_EVERY = 0.002


@dataclass(frozen=True, slots=True)
class Bare:
    """The two networks of an engine, on pixels that are ready."""

    engine: Engine

    def __call__(self, photo: Photo) -> None:
        """Recognise and find the garment, and throw the answers away."""
        picture = open_jpeg(photo.jpeg, self.engine.manifest.side)
        self.run(tagger_inputs(picture, self.engine.sides), mask_input(picture, self.engine.manifest.mask.side))

    def run(self, tagged: Any, masked: Any) -> None:
        """One turn of each network."""
        self.engine.tagger.run(None, tagged)
        self.engine.mask.run(None, {self.engine.mask.get_inputs()[0].name: masked})


async def run(quick: bool) -> Report:
    """All of it, in this process but for memory and start."""
    rounds = QUICK_ROUNDS if quick else ROUNDS
    engine = Engine(ModelFolder.open(MODEL))
    small = [_scaled(path.read_bytes(), SMALL_PX) for path in sample_photos()[: rounds // 2]]
    progress(f"processor time of {rounds} photos")
    tables = [_times(engine, small, rounds)]
    progress(f"photos a second with {WORKERS} workers")
    tables.append(Table("photos a second", [await _rate(engine, small, rounds, workers) for workers in WORKERS]))
    progress("memory and start, in processes of their own")
    tables.append(_footprints([measured_alone(workers) for workers in WORKERS]))
    return Report("vision", {"rounds": rounds, "model": engine.manifest.version}, tables)


def _scaled(jpeg: bytes, side: int) -> bytes:
    picture = Image.open(io.BytesIO(jpeg))
    scale = side / max(picture.size)
    out = io.BytesIO()
    picture.resize((round(picture.width * scale), round(picture.height * scale))).save(out, "JPEG", quality=90)
    return out.getvalue()


def _times(engine: Engine, small: Sequence[bytes], rounds: int) -> Table:
    phone = _scaled(small[0], PHONE_PX)
    photos = [decode_photo(data) for data in small]
    turns = itertools.cycle(photos)
    picture = open_jpeg(photos[0].jpeg, engine.manifest.side)
    inputs = tagger_inputs(picture, engine.sides), mask_input(picture, engine.manifest.mask.side)
    bare = _milliseconds(lambda: Bare(engine).run(*inputs), rounds)
    data = itertools.cycle(small)
    rows = [
        figure(
            f"{SMALL_PX} px, from bytes to tags",
            _milliseconds(lambda: see(decode_photo(next(data)), engine), rounds),
            bare,
        ),
        figure(
            "12 megapixels, from bytes to tags",
            _milliseconds(lambda: see(decode_photo(phone), engine), rounds // 2),
            bare,
        ),
        figure("decoded already", _milliseconds(lambda: see(next(turns), engine), rounds), bare),
        figure("only recognised (no mask, no colours)", _milliseconds(lambda: engine.recognise(picture), rounds)),
    ]
    return Table("ms of one core for a photo, median", rows)


def _milliseconds(work: Callable[[], object], rounds: int) -> float:
    """Processor time of this thread, on which onnxruntime computes too; the first turn is not counted."""
    times = []
    for _ in range(rounds + 1):
        began = time.thread_time()
        work()
        times.append(time.thread_time() - began)
    return median(times[1:]) * 1000


async def _rate(engine: Engine, small: Sequence[bytes], rounds: int, workers: int) -> dict[str, Any]:
    photos = [decode_photo(data) for data in small]
    given = list(itertools.islice(itertools.cycle(photos), rounds))
    analyzer = LocalAnalyzer(ModelFolder.open(MODEL), workers=workers)
    await analyzer.analyze(photos[0])
    aura, stalls = await _through(analyzer.analyze, given)
    await analyzer.aclose()
    with ThreadPoolExecutor(workers) as threads:
        loop, bare_run = asyncio.get_running_loop(), Bare(engine)
        bare, bare_stalls = await _through(lambda photo: loop.run_in_executor(threads, bare_run, photo), given)
    return {"workers": workers, "aura": aura, "bare": bare, "aura stalls": stalls, "bare stalls": bare_stalls}


async def _through(look: Callable[[Photo], Awaitable[object]], photos: Sequence[Photo]) -> tuple[float, str]:
    """Photos a second, all asked for at once, and the event loop's stalls meanwhile: p99 and the longest."""
    watching = asyncio.create_task(_lags())
    began = time.perf_counter()
    await asyncio.gather(*(look(photo) for photo in photos))
    rate = len(photos) / (time.perf_counter() - began)
    watching.cancel()
    lags = sorted((await asyncio.gather(watching))[0])
    return round(rate, 2), f"{lags[int(0.99 * len(lags))] * 1000:.1f} / {lags[-1] * 1000:.1f} ms"


async def _lags() -> list[float]:
    """How much later than asked the event loop came back, each time, until cancelled."""
    lags = []
    try:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(LAG_EVERY)
            lags.append(time.perf_counter() - began - LAG_EVERY)
    except asyncio.CancelledError:
        return lags


def _footprints(found: Sequence[Footprint]) -> Table:
    rows = [
        {
            "workers": each.workers,
            "import ms": each.import_ms,
            "load ms": each.load_ms,
            "first photo ms": each.first_ms,
            "MB before": each.before_mb,
            "MB loaded": each.loaded_mb,
            "MB peak": each.peak_mb,
        }
        for each in found
    ]
    return Table("start and memory", rows)
