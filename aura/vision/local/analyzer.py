"""The local tagger as an analyzer: free, without network, the same for equal photos, and honest where it is unsure.

Light to import and to make. The networks and what runs them are loaded with the first photo, on the thread that
computes it; the event loop never waits for either.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Self

from aura.settings import Settings
from aura.vision.analyzer import Analysis, version_of
from aura.vision.local.available import MODEL, require_onnxruntime
from aura.vision.local.manifest import ModelFolder
from aura.vision.photo import Photo
from aura.vision.showing import Seen

if TYPE_CHECKING:
    from aura.vision.local.engine import Engine

# The way from pixels to colour names and derived statements: raise it when their answers change.
RULES = "rules1"


class LocalAnalyzer:
    """Category, colours and pattern of a garment, computed in threads.

    Args:
        folder: the model.
        timeout: seconds; only told to others, the computation itself is bounded.
        workers: photos computed at a time; further ones wait.
    """

    name = "local"
    paid = False

    def __init__(self, folder: ModelFolder, *, timeout: float = 30.0, workers: int = 2) -> None:
        self.model = f"{folder.manifest.version}+{RULES}"
        self.version = version_of(self.name, self.model)
        self.timeout = timeout
        self._folder = folder
        self._loading = threading.Lock()
        self._loaded: Engine | None = None
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="local-tagger")

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """The tagger with the model that ships with this package.

        Raises:
            ConfigurationError: onnxruntime is not installed, or the model is missing or damaged.
        """
        require_onnxruntime()
        folder = ModelFolder.open(MODEL)
        folder.verify()
        return cls(folder, timeout=settings.analysis.timeout_seconds, workers=settings.local.workers)

    async def analyze(self, photo: Photo) -> Analysis:
        """The tags of the main garment, or that there is none.

        Raises:
            ConfigurationError: the model's files were changed since the start.
        """
        return (await self.see(photo)).analysis

    async def see(self, photo: Photo) -> Seen:
        """The analysis with the mask that it rests on. Raises as ``analyze``."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._see, photo)

    async def aclose(self) -> None:
        """Ends the threads once they have finished what they do."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _see(self, photo: Photo) -> Seen:
        from aura.vision.local.tagging import see

        return see(photo, self._engine())

    def _engine(self) -> Engine:
        """The networks; whoever comes while they are being loaded waits."""
        with self._loading:
            if self._loaded is None:
                from aura.vision.local.engine import Engine

                self._loaded = Engine(self._folder)
            return self._loaded
