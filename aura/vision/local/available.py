"""Whether the local tagger can run here: its model lies beside this file, and onnxruntime is an optional extra."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from aura.errors import ConfigurationError

MODEL = Path(__file__).with_name("model")


def is_available() -> bool:
    """Whether onnxruntime is installed and a model is there; neither is opened."""
    return find_spec("onnxruntime") is not None and (MODEL / "manifest.json").is_file()


def require_onnxruntime() -> None:
    """Do nothing where it is installed.

    Raises:
        ConfigurationError: it is not; the message says how to install it.
    """
    if find_spec("onnxruntime") is None:
        raise ConfigurationError(
            "The analyzer 'local' needs onnxruntime, which is not installed: pip install 'aura-backend[local]'."
        )
