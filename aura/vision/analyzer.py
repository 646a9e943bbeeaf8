"""What an analyzer is, what it answers, and which one the settings ask for.

Everything around it (queue, cache, lease, limits) knows this protocol only, so that an analyzer is
replaced by a setting. Which one runs is always said explicitly: there is no silent fallback from a paid
service that is set up wrongly to something that merely runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from aura.errors import ConfigurationError, Transient
from aura.settings import Settings
from aura.settings.model import AnalyzerName
from aura.vision.garment import GarmentTags
from aura.vision.photo import Photo
from aura.vision.vocabulary import VERSION

__all__ = ["Analysis", "Analyzer", "Billed", "Photo", "Usage", "build_analyzer", "build_fallbacks", "version_of"]


@dataclass(frozen=True, slots=True)
class Usage:
    """What one analysis consumed: tokens in and out, and their price in US dollars."""

    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0


@dataclass(frozen=True, slots=True)
class Analysis:
    """An analyzer's answer: tags, or that the photo shows no garment (then the tags are empty)."""

    status: Literal["done", "no_garment"]
    tags: GarmentTags
    usage: Usage = Usage()


class Billed(Transient):
    """A failure that cost something all the same: the service answered, but the answer could not be used."""

    def __init__(self, code: str, message: str, usage: Usage) -> None:
        super().__init__(code, message)
        self.usage = usage


class Analyzer(Protocol):
    """Looks at photos.

    Attributes:
        name: as in the settings.
        model: what answers, exactly enough to tell old answers from new ones.
        version: ``"<name>/<model>/<vocabulary version>"``; equal versions give comparable answers.
        paid: whether a call costs money, and so counts against the daily limits and waits for its turn.
        timeout: seconds after which ``analyze`` gives up by itself.
    """

    @property
    def name(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def paid(self) -> bool: ...
    @property
    def timeout(self) -> float: ...

    async def analyze(self, photo: Photo) -> Analysis:
        """The tags of the main garment on ``photo``.

        Raises:
            Permanent: ``photo_blocked``, the service refuses this photo.
            RetryAt: ``analyzer_quota``, with the moment the service named.
            Transient: ``analyzer_timeout``, ``analyzer_unavailable``, ``analyzer_quota`` or
                ``analyzer_bad_answer``; ``Billed`` where it cost something.
        """
        ...

    async def aclose(self) -> None:
        """Closes connections; the analyzer may not be used afterwards."""
        ...


def version_of(name: str, model: str) -> str:
    """The version of answers that this analyzer and model give in today's vocabulary."""
    return f"{name}/{model}/{VERSION}"


def build_analyzer(settings: Settings) -> Analyzer:
    """The analyzer that ``analysis.analyzer`` names; the first choice where it names several.

    Raises:
        ConfigurationError: none is named, or the one named lacks something it needs.
    """
    return _build(_named(settings)[0], settings)


def build_fallbacks(settings: Settings) -> tuple[Analyzer, ...]:
    """The analyzers that ``analysis.analyzer`` names after the first, in order. Raises as ``build_analyzer``."""
    return tuple(_build(name, settings) for name in _named(settings)[1:])


def _named(settings: Settings) -> tuple[AnalyzerName, ...]:
    named = settings.analysis.analyzer
    if not named:
        raise ConfigurationError(
            "analysis.analyzer (AURA__ANALYSIS__ANALYZER) names no analyzer. Name vertexai, local (offline) or palette "
            "(offline, colours only), or several to fall back on, such as vertexai,local."
        )
    return named


def _build(name: AnalyzerName, settings: Settings) -> Analyzer:
    if name == "local":
        from aura.vision.local.analyzer import LocalAnalyzer

        return LocalAnalyzer.from_settings(settings)
    if name == "palette":
        from aura.vision.palette_analyzer import PaletteAnalyzer

        return PaletteAnalyzer(timeout=settings.analysis.timeout_seconds)
    from aura.vision.vertexai import VertexAIAnalyzer  # only here: the SDK takes seconds to import

    return VertexAIAnalyzer.from_settings(settings)
