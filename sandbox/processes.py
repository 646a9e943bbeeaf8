"""How programs that were started here are ended: asked first, and killed where they do not listen."""

from __future__ import annotations

import asyncio
import signal


async def end(process: asyncio.subprocess.Process, grace: float, how: signal.Signals = signal.SIGTERM) -> None:
    """The signal, and SIGKILL after ``grace`` seconds; returns when the process is gone."""
    if process.returncode is not None:
        return
    process.send_signal(how)
    try:
        async with asyncio.timeout(grace):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
