"""Memory and start of the local tagger, in a process of its own where nothing else was loaded before."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

PHOTOS = 12
SAMPLES = Path(__file__).resolve().parents[1] / "demo" / "photos"


@dataclass(frozen=True, slots=True)
class Footprint:
    """Milliseconds of importing, of loading the model and of the first photo; megabytes before, loaded and at most."""

    workers: int
    import_ms: float
    load_ms: float
    first_ms: float
    before_mb: float
    loaded_mb: float
    peak_mb: float


def measured_alone(workers: int) -> Footprint:
    """The footprint, from a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.vision_process", str(workers)], check=True, capture_output=True, text=True
    )
    return Footprint(**json.loads(done.stdout))


def _measure(workers: int) -> Footprint:
    before = _megabytes()
    began = time.perf_counter()
    from aura.vision.image import decode_photo
    from aura.vision.local.available import MODEL
    from aura.vision.local.engine import Engine
    from aura.vision.local.manifest import ModelFolder
    from aura.vision.local.tagging import see

    imported = time.perf_counter()
    engine = Engine(ModelFolder.open(MODEL))
    loaded, loaded_mb = time.perf_counter(), _megabytes()
    photos = [decode_photo(path.read_bytes()) for path in sorted(SAMPLES.glob("*/*.jpg"))[:PHOTOS]]
    started = time.perf_counter()
    see(photos[0], engine)
    first = time.perf_counter()
    with ThreadPoolExecutor(workers) as threads:
        list(threads.map(lambda photo: see(photo, engine), photos))
    return Footprint(
        workers=workers,
        import_ms=round((imported - began) * 1000),
        load_ms=round((loaded - imported) * 1000),
        first_ms=round((first - started) * 1000),
        before_mb=before,
        loaded_mb=loaded_mb,
        peak_mb=_most_megabytes(),
    )


def _megabytes() -> float:
    return round(psutil.Process().memory_info().rss / 2**20)


def _most_megabytes() -> float:
    """The kernel's high-water mark of this program; ``ru_maxrss`` would count what started it as well."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))
    return round(int(kilobytes) / 1024)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(_measure(int(sys.argv[1])))))
