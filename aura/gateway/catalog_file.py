"""Products from a JSON file, for shops without a feed, for development and for tests.

The file is a list of objects with the columns of ``catalog_products``; every key and value is checked, and what is
wrong is said with its place. It is read again when it changes. ``sample`` names the small catalogue that is shipped.
"""

from __future__ import annotations

import asyncio
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from aura.errors import ConfigurationError
from aura.gateway.rest import Row
from aura.vision.vocabulary import Formality, Season

SAMPLE = "sample"
MOST_BYTES = 64 * 1024 * 1024
Word = Annotated[str, Field(max_length=200)]
Link = Annotated[str, Field(pattern=r"^https?://", max_length=2000)]


class FileProduct(BaseModel):
    """One product, as a row of ``catalog_products``."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(min_length=1, max_length=200)]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    description: Annotated[str, Field(max_length=2000)] | None = None
    brand: Word | None = None
    category: Word | None = None
    subcategory: Word | None = None
    color: Word | None = None
    pattern: Word | None = None
    material: Word | None = None
    formality: Formality | None = None
    seasons: list[Season] | None = None
    gender: Literal["women", "men", "unisex"] | None = None
    sizes: list[Word] | None = None
    price: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None = None
    image_url: Link | None = None
    affiliate_link: Link | None = None
    active: bool = True


_PRODUCTS = TypeAdapter(list[FileProduct])


class FileProducts:
    """The active products of a file.

    Raises:
        ConfigurationError: it cannot be read, or something in it is wrong.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._path = Path(str(files("aura.gateway") / "sample_catalog.json")) if name == SAMPLE else Path(name)
        self._parse(self._bytes())

    async def version(self) -> str:
        """A digest of the file."""
        return sha256(await asyncio.to_thread(self._bytes)).hexdigest()

    async def read(self, most: int) -> list[Row]:
        """The products, in the order of the file."""
        return (await asyncio.to_thread(lambda: self._parse(self._bytes())))[:most]

    def _bytes(self) -> bytes:
        try:
            if self._path.stat().st_size > MOST_BYTES:
                raise ConfigurationError(
                    f"catalog.file {self._name} has more than {MOST_BYTES >> 20} MiB: use the table."
                )
            return self._path.read_bytes()
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise ConfigurationError(f"catalog.file {self._name} cannot be read: {reason}.") from None

    def _parse(self, content: bytes) -> list[Row]:
        try:
            products = _PRODUCTS.validate_json(content)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            place = ".".join(map(str, first["loc"])) or "the file"
            raise ConfigurationError(f"catalog.file {self._name} is wrong at {place}: {first['msg']}.") from None
        return [each.model_dump(mode="json") for each in products if each.active]
