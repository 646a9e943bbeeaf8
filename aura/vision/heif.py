"""Adds up what a HEIC file makes its decoder unpack, without decoding anything. Pure.

A picture may be made of others: a grid of tiles, as phones save it, or layers. One item may be used many times, and
each time it is decoded anew, also where it lies outside the picture; so a kilobyte can ask for hours. That an item's
stream is as large as the item says, the decoder checks by itself.
"""

from __future__ import annotations

from collections.abc import Mapping

from aura.vision.bmff import Damaged, meta_of, primary_of, references_of, sizes_of

# Tiles of a grid, its layers, their alpha: pictures of pictures are not deeper than that.
DEEPEST = 6


def unpacked_pixels(data: bytes) -> tuple[int, int]:
    """The pixels of the primary picture, and those with everything that it is made of, as often as it is used.

    Raises:
        Damaged: the container cannot be read, or a picture is made of itself.
    """
    meta = meta_of(data)
    made_of, sizes = references_of(meta, b"dimg"), sizes_of(meta)
    known: dict[int, int] = {}

    def unpacked(item: int, depth: int) -> int:
        if depth > DEEPEST:
            raise Damaged("pictures are made of each other")
        if item not in known:
            known[item] = _area(sizes, item) + sum(unpacked(part, depth + 1) for part in made_of.get(item, ()))
        return known[item]

    primary = primary_of(meta)
    return _area(sizes, primary), unpacked(primary, 0)


def _area(sizes: Mapping[int, tuple[int, int]], item: int) -> int:
    width, height = sizes.get(item, (0, 0))
    return width * height
