"""Reads the packs: what is known of a language (or of none: ``any``) is data in ``packs/<name>/<file>.yaml``."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import yaml

# The parser in C reads the packs in a tenth of the time, where the package was built with it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def packs() -> list[str]:
    """The names of all packs, in order."""
    return sorted(entry.name for entry in _root().iterdir() if entry.is_dir() and not entry.name.startswith("_"))


def has(pack: str, name: str) -> bool:
    """Whether a pack has a file."""
    return (_root() / pack / f"{name}.yaml").is_file()


def load(pack: str, name: str) -> Any:
    """What a pack's file says.

    Raises:
        FileNotFoundError: there is no such file.
    """
    text = (_root() / pack / f"{name}.yaml").read_text(encoding="utf-8")
    return yaml.load(text, _LOADER)  # noqa: S506 - both loaders are safe ones


def _root() -> Traversable:
    return files("aura.market") / "packs"
