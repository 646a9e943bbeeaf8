"""What the shop sells, kept ready in the process for everybody: read once, then only when it has changed.

The products are in the table ``catalog_products`` or in a file. They are nobody's own, so they are read with the
service key and shared by all requests; a request never waits for them once they are there. Every ``refresh_seconds``
one cheap question tells whether anything differs. Trouble with that leaves the last known products in place: advice
without the newest product is better than none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol, Self

import structlog
from postgrest import CountMethod

from aura.errors import AuraError
from aura.gateway.catalog_file import FileProducts
from aura.gateway.rest import Access, Gateway, Row
from aura.settings import Settings
from aura.stylist.products import Shelf, shelf_of

log = structlog.get_logger(__name__)
PAGE = 500
COLUMNS = (
    "id,name,brand,category,subcategory,color,pattern,material,formality,seasons,gender,price,currency,image_url,"
    "affiliate_link"
)
# Seconds until products that could not be read at all are asked for again.
RETRY_SECONDS = 5.0


class Products(Protocol):
    """Where the products are."""

    async def version(self) -> str:
        """A text that differs whenever any product does. Raises AuraError when it cannot be told."""
        ...

    async def read(self, most: int) -> list[Row]:
        """The active products, up to so many, as the columns of ``catalog_products``. Raises as ``version``."""
        ...


class TableProducts:
    """The active rows of ``catalog_products``."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def version(self) -> str:
        """What the rows' states add up to."""
        return str(await self._access.call("aura_catalog_version", {}, repeat=True))

    async def read(self, most: int) -> list[Row]:
        """All of them, page by page, by id."""
        rows: list[Row] = []
        complete = False
        while not complete and len(rows) < most:
            query = self._access.table("catalog_products").select(COLUMNS, count=CountMethod.exact).eq("active", True)
            query = query.order("id").limit(min(PAGE, most - len(rows)))
            page, complete = await self._access.read_page(query.gt("id", rows[-1]["id"]) if rows else query, "products")
            rows += page
        return rows


class Catalogue:
    """The products of one process; used on its event loop alone.

    Args:
        products: where they are.
        refresh_seconds: how old the products may be.
        most: how many are kept at most; what is beyond is left out, which is logged.
        clock: seconds, monotonic.
    """

    def __init__(self, products: Products, *, refresh_seconds: float, most: int, clock: Callable[[], float]) -> None:
        self._products = products
        self._refresh_seconds = refresh_seconds
        self._most = most
        self._clock = clock
        self._shelf = Shelf()
        self._until = float("-inf")
        self._refreshing: asyncio.Task[None] | None = None

    @classmethod
    def from_settings(cls, settings: Settings, gateway: Gateway, clock: Callable[[], float]) -> Self:
        """The catalogue that the settings name.

        Raises:
            ConfigurationError: the file is missing or wrong.
        """
        catalog = settings.catalog
        products = FileProducts(catalog.file) if catalog.file else TableProducts(gateway.as_service())
        return cls(products, refresh_seconds=catalog.refresh_seconds, most=catalog.most_products, clock=clock)

    async def shelf(self) -> Shelf:
        """The products as they were at most ``refresh_seconds`` ago, if they could be read; never raises for trouble.

        Who asks first waits for them; later ones get what is there while it is renewed.
        """
        if self._clock() >= self._until and self._refreshing is None:
            self._refreshing = asyncio.create_task(self._refresh())
            self._refreshing.add_done_callback(self._refreshed)
        if self._refreshing is not None and not self._shelf.version:
            await asyncio.shield(self._refreshing)
        return self._shelf

    async def aclose(self) -> None:
        """Give up what is being read."""
        if self._refreshing is not None:
            self._refreshing.cancel()
            await asyncio.gather(self._refreshing, return_exceptions=True)

    async def _refresh(self) -> None:
        try:
            version = await self._products.version()
            if version != self._shelf.version:
                rows = await self._products.read(self._most)
                self._shelf = await asyncio.to_thread(shelf_of, version, rows)
                self._tell(len(rows))
            self._until = self._clock() + self._refresh_seconds
        except AuraError as error:
            self._until = self._clock() + min(RETRY_SECONDS, self._refresh_seconds)
            log.warning("catalogue_unread", error=str(error))

    def _refreshed(self, done: asyncio.Task[None]) -> None:
        self._refreshing = None
        if not done.cancelled() and (error := done.exception()) is not None:
            self._until = self._clock() + RETRY_SECONDS
            log.error("catalogue_failed", exc_info=error)

    def _tell(self, rows: int) -> None:
        usable = sum(len(each) for each in self._shelf.products.values())
        log.info("catalogue_read", products=rows, usable=usable, full=rows >= self._most)
