"""The two kinds of trouble that the Vertex AI analyzer answers itself before it gives up."""

from __future__ import annotations

from aura.errors import Transient


class Hiccup(Transient):
    """Trouble at the service that is often over a second later."""

    def __init__(self, why: str) -> None:
        super().__init__("analyzer_unavailable", f"Vertex AI is unavailable: {why}.")


class BadAnswer(Transient):
    """The model answered, but not in the agreed shape; asked once more it mostly does."""

    def __init__(self, why: str) -> None:
        super().__init__("analyzer_bad_answer", f"The analyzer's answer cannot be used: {why}.")
