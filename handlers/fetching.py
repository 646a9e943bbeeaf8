"""Begins to fetch a photo before it is known whether this process may analyse it.

Fetching and taking the lease do not depend on each other, and both are waiting for somebody else: together they
take as long as the longer of them. A photo fetched in vain costs a download, and only where two run into each other.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

from handlers.acting import Acting
from handlers.services import Services


@asynccontextmanager
async def fetching(url: str, acting: Acting, services: Services) -> AsyncIterator[Awaitable[bytes]]:
    """The photo's bytes, under way; to be awaited inside the block, and given up at its end.

    Awaiting them raises ``Failure`` when the photo cannot be had.
    """
    download = asyncio.create_task(services.fetcher.fetch(url, acting.token()), name="fetch")
    try:
        yield download
    finally:
        download.cancel()
        await asyncio.gather(download, return_exceptions=True)
