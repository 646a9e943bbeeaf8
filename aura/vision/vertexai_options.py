"""What the Vertex AI analyzer has to know, apart from the settings of everything else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from aura.settings import Settings


@dataclass(frozen=True, slots=True)
class VertexAIOptions:
    """Which model, where, within which bounds and at which price.

    Attributes:
        base_url: another endpoint than Google's.
        timeout: seconds for one photo, all tries together.
        attempts: tries of one question.
        max_output_tokens, thinking_budget: tokens of the answer, and of thinking before it (None leaves
            that to the model).
        input_price, output_price: US dollars per million tokens.
    """

    project: str
    location: str
    model: str
    base_url: str | None = None
    timeout: float = 30.0
    attempts: int = 3
    max_output_tokens: int = 2048
    thinking_budget: int | None = 0
    input_price: float = 0.0
    output_price: float = 0.0

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """The options that the settings hold.

        Raises:
            ConfigurationError: ``vertexai.project`` is not set.
        """
        vertex = settings.vertexai
        return cls(
            project=settings.required("vertexai", "project"),
            location=vertex.location,
            model=vertex.model,
            base_url=str(vertex.base_url) if vertex.base_url else None,
            timeout=settings.analysis.timeout_seconds,
            attempts=vertex.attempts,
            max_output_tokens=vertex.max_output_tokens,
            thinking_budget=vertex.thinking_budget,
            input_price=vertex.input_usd_per_million_tokens,
            output_price=vertex.output_usd_per_million_tokens,
        )
