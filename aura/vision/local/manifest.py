"""``manifest.json``: what a model folder holds, in which order its outputs come, and from where on it is believed.

Whoever trains writes it, the tagger reads it. Every file is read against its hash, so that a download cut short or a
mix of two versions is an error at the start and not a wardrobe full of nonsense.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from aura.errors import ConfigurationError
from aura.vision.garment import Fraction, Subcategory
from aura.vision.vocabulary import CATEGORY_OF, Category, Pattern

NAME = "manifest.json"
TAGGER, MASK, GATE = "tagger.onnx", "mask.onnx", "gate.npz"
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Side = Annotated[int, Field(ge=32, le=1024)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Part(BaseModel):
    """A part of the manifest; unknown entries are what a newer trainer adds, and are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Label(Part):
    """One class of the tagger: its name in the training data, and what that is in the vocabulary."""

    name: str
    category: Category
    subcategory: Subcategory

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if CATEGORY_OF[self.subcategory] != self.category:
            raise ValueError(f"a {self.subcategory} does not belong to {self.category}")
        return self


class PatternHead(Part):
    """The pattern output: its kinds in order, the temperature of its logits, and from where on it is stated."""

    kinds: Annotated[tuple[Pattern, ...], Field(min_length=2)]
    temperature: Positive = 1.0
    threshold: Fraction


class GateRule(Part):
    """The mean cosine similarity to the ``k`` nearest garments below which a picture shows no garment."""

    k: Annotated[int, Field(ge=1)]
    threshold: Annotated[float, Field(ge=-1, le=1)]


class MaskInput(Part):
    """The side, in pixels, of the square picture that the mask is computed from."""

    side: Side = 192


class Manifest(Part):
    """What is known about a model.

    Attributes:
        version: of the model; part of the version of its answers.
        files: SHA-256 of ``tagger.onnx``, ``mask.onnx`` and ``gate.npz``.
        side: pixels of the tagger's square input, of the largest where its networks look in several sizes.
        labels: the classes in the order of the output ``category``.
        temperature: by which those logits are divided before softmax (Guo et al., 2017).
        threshold: probability below which a category is not stated.
    """

    version: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+$")]
    files: dict[str, Digest]
    side: Side
    labels: Annotated[tuple[Label, ...], Field(min_length=2)]
    temperature: Positive
    threshold: Fraction
    pattern: PatternHead
    gate: GateRule
    mask: MaskInput = MaskInput()


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A folder with a manifest and the files that it names."""

    path: Path
    manifest: Manifest

    @classmethod
    def open(cls, path: Path) -> Self:
        """The folder, its manifest read; the files are not touched yet.

        Raises:
            ConfigurationError: there is no manifest, or it is not of the expected form.
        """
        try:
            manifest = Manifest.model_validate_json((path / NAME).read_bytes())
        except OSError as error:
            raise _broken(path, f"{NAME} cannot be read ({error.strerror})") from None
        except ValidationError as error:
            where = ".".join(str(part) for part in error.errors()[0]["loc"])
            raise _broken(path, f"{NAME} is not of the expected form at '{where}'") from None
        return cls(path, manifest)

    def read(self, name: str) -> bytes:
        """A file's bytes, which are what the manifest says.

        Raises:
            ConfigurationError: it is missing, or its hash is another.
        """
        try:
            data = (self.path / name).read_bytes()
        except OSError as error:
            raise _broken(self.path, f"{name} cannot be read ({error.strerror})") from None
        if hashlib.sha256(data).hexdigest() != self.manifest.files.get(name):
            raise _broken(self.path, f"{name} is damaged or of another version (its SHA-256 is not the manifest's)")
        return data

    def verify(self) -> None:
        """Read every file once.

        Raises:
            ConfigurationError: as ``read``.
        """
        for name in (TAGGER, MASK, GATE):
            self.read(name)


def _broken(path: Path, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"The local tagger's model in {path} cannot be used: {why}. Install aura-backend again, or choose another "
        "analyzer (analysis.analyzer)."
    )
