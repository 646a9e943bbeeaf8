"""The offline analyzer: it names the garment's colours and says nothing about the rest.

Free, without network and the same for equal photos. It cannot tell a garment from a cat, so it never says
"no garment"; it leaves category, pattern and everything else absent.
"""

from __future__ import annotations

import asyncio
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from aura.vision.analyzer import Analysis, version_of
from aura.vision.garment import GarmentTags
from aura.vision.palette import find_colours, mask_png
from aura.vision.photo import Photo
from aura.vision.showing import Seen

MODEL = "cielab-2"


class PaletteAnalyzer:
    """Dominant garment colours in CIELAB, computed in a thread.

    Args:
        timeout: seconds; only told to others, the computation itself is bounded.
        workers: threads; numpy releases the interpreter for part of the work only.
    """

    name = "palette"
    model = MODEL
    version = version_of("palette", MODEL)
    paid = False

    def __init__(self, *, timeout: float = 30.0, workers: int = 2) -> None:
        self.timeout = timeout
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="palette")

    async def analyze(self, photo: Photo) -> Analysis:
        """The colours of the garment; everything else stays absent. Raises nothing of its own."""
        return (await self.see(photo)).analysis

    async def see(self, photo: Photo) -> Seen:
        """The analysis with the mask that it rests on."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, _see, photo)

    async def aclose(self) -> None:
        """Ends the threads once they have finished what they do."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _see(photo: Photo) -> Seen:
    random = np.random.default_rng(zlib.crc32(photo.content_hash.encode()))
    colours, garment = find_colours(photo.jpeg, random)
    return Seen(Analysis("done", GarmentTags(colors=colours)), mask_png(garment))
