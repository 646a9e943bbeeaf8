"""A process that takes two pieces of work off the shared queue and never lets go of them, to be killed.

``python -m tests.support.taker DSN`` says each key on a line.
"""

from __future__ import annotations

import asyncio
import sys
from random import Random

from aura.telemetry.metrics import Metrics
from consumer.engines.connections import Connections
from consumer.engines.shared import Rhythm, SharedQueue


async def main(dsn: str) -> None:
    """Take, tell, and wait for the end."""
    clock = asyncio.get_running_loop().time
    queue = SharedQueue(Connections(dsn), 100, Metrics(), clock=clock, random=Random(0), rhythm=Rhythm(beat=0.3))
    running = asyncio.create_task(queue.run())
    for _ in range(2):
        print((await queue.take()).work.key, flush=True)
    await running


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
