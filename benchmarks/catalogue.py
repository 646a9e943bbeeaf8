"""The benchmarks by name. Each is a module with ``async def run(quick: bool) -> Report``, imported when it is run."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

from benchmarks.report import Report

BENCHMARKS: Mapping[str, str] = {
    "startup": "From the start of the process to hearing changes; memory and processor time when nothing happens.",
    "latency": "From the commit of an upload to its tags, one upload at a time.",
    "outage": "What each fault costs in time, and what a bare consumer loses by it.",
    "burst": "A bulk import of 10,000 rows: all tagged, in how much time and memory.",
    "steady": "150 changes a second for ten minutes.",
    "engines": "The queue's two engines: jobs a second, 10,000 items drained, each role idle, change of hands.",
    "identity": "What verifying a caller's token costs: at first sight, remembered, forged.",
    "api": "The HTTP API under load, beside a bare aiohttp handler and the same routes behind FastAPI.",
    "moderation": "Listings' texts: precision and recall on labelled lines beside a bare library, and time.",
    "outfits": "The ten best outfits of 20 to 5,000 items, beside looking at every outfit there is.",
    "vision": "The local tagger: processor time, photos a second, memory and stalls, beside onnxruntime alone.",
    "unit_costs": "What one photo, one like and one second of nothing cost the database and the daemon.",
    "listing": "The database's part: listings and triggers at a million items.",
}


async def run(name: str, *, quick: bool) -> Report:
    """Run one of ``BENCHMARKS``."""
    report = await import_module(f"benchmarks.{name}").run(quick)
    if not isinstance(report, Report):
        raise TypeError(f"benchmarks.{name}.run() gave no report")
    return report
