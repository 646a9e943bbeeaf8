"""Analyses local photo files, several at a time; one bad file never stops the others."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aura.errors import Failure, Permanent
from aura.vision.analyzer import Analysis, Analyzer
from aura.vision.image import DecodeLimits, decode_photo
from aura.vision.photo import Photo
from aura.vision.showing import Seeing, Seen, thumbnail

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".avif"})
AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Picture:
    """What there is to look at: the photo as a JPEG, and the mask as a PNG where the analyzer has one."""

    jpeg: bytes = field(repr=False)
    mask: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became of one file: its analysis or its failure, and how long that took in milliseconds.

    ``picture`` is there where pictures were asked for and the file is one.
    """

    path: Path
    outcome: Analysis | Failure
    milliseconds: int
    picture: Picture | None = None

    @property
    def failed(self) -> bool:
        """Whether there is no analysis."""
        return isinstance(self.outcome, Failure)

    def to_json(self) -> dict[str, Any]:
        """The result in the shape of ``ai_tags``, with the file's path and what it cost."""
        said: dict[str, Any] = {"photo": str(self.path), "milliseconds": self.milliseconds}
        outcome = self.outcome
        if isinstance(outcome, Failure):
            return {**said, "status": "failed", "code": outcome.code, "message": outcome.message}
        cost = {"cost_usd": round(outcome.usage.cost_usd, 6)} if outcome.usage.cost_usd else {}
        return {**said, **cost, "status": outcome.status, **outcome.tags.to_ai_tags()}


def photo_files(paths: Iterable[Path]) -> Iterator[Path]:
    """The files themselves, and of folders every photo in them, at any depth, by name."""
    for path in paths:
        if path.is_dir():
            yield from sorted(each for each in path.rglob("*") if each.suffix.lower() in SUFFIXES and each.is_file())
        else:
            yield path


async def analyze_files(
    paths: Sequence[Path],
    analyzer: Analyzer,
    limits: DecodeLimits,
    done: Callable[[], None] = lambda: None,
    *,
    at_once: int = AT_ONCE,
    pictures: bool = False,
) -> list[FileResult]:
    """One result per path, in their order; ``done`` is called as each is there.

    Args:
        at_once: files in hand at a time.
        pictures: keep of each photo what a person needs to judge its result.
    """
    free = asyncio.Semaphore(at_once)

    async def one(path: Path) -> FileResult:
        async with free:
            result = await _analyze_file(path, analyzer, limits, pictures=pictures)
        done()
        return result

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(path)) for path in paths]
    return [task.result() for task in tasks]


async def _analyze_file(path: Path, analyzer: Analyzer, limits: DecodeLimits, *, pictures: bool) -> FileResult:
    started = time.perf_counter()
    outcome: Analysis | Failure
    photo, mask = None, None
    try:
        photo = await asyncio.to_thread(load_photo, path, limits)
        seen = await (analyzer.see(photo) if isinstance(analyzer, Seeing) else _analysis(photo, analyzer))
        outcome, mask = seen.analysis, seen.mask
    except Failure as failure:
        outcome = failure
    took = round((time.perf_counter() - started) * 1000)
    shown = Picture(await asyncio.to_thread(thumbnail, photo), mask) if pictures and photo is not None else None
    return FileResult(path, outcome, took, shown)


async def _analysis(photo: Photo, analyzer: Analyzer) -> Seen:
    return Seen(await analyzer.analyze(photo))


def load_photo(path: Path, limits: DecodeLimits) -> Photo:
    """The photo in a file, of which no more is read than may be accepted.

    Raises:
        Permanent: as ``decode_photo``; ``unreadable_photo`` also where the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            data = file.read(limits.max_bytes + 1)
    except OSError as error:
        raise Permanent("unreadable_photo", f"The file cannot be read: {error.strerror}.") from None
    return decode_photo(data, limits)
