"""Counts the scans of a JPEG: each is a pass over the whole picture, and a few bytes of it can ask for thousands. Pure.

A progressive picture has about ten scans (ITU-T T.81, Annex G; libjpeg's own script has ten). Behind the end of the
picture anything may follow, such as the film of a motion photo: that is not looked at.
"""

from __future__ import annotations

import re

START_OF_SCAN, END = 0xDA, 0xD9
MOST_SEGMENTS = 20_000
# Markers without a length: TEM, RST0 to RST7, SOI.
BARE = frozenset({0x01, *range(0xD0, 0xD9)})
# Within a scan 0xFF is stuffed with a zero or restarts it; anything else ends it.
NEXT_MARKER = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")


def scans(data: bytes, enough: int) -> int:
    """How many scans there are, counted up to ``enough``. What is not a JPEG has none; more segments than any camera
    writes count as enough scans."""
    count, at = 0, 2
    for _ in range(MOST_SEGMENTS):
        found = NEXT_MARKER.search(data, at)
        if found is None or data[found.end() - 1] == END:
            return count
        marker, at = data[found.end() - 1], found.end()
        count += marker == START_OF_SCAN
        if count == enough:
            return enough
        if marker not in BARE:
            at += int.from_bytes(data[at : at + 2], "big")
    return enough
