"""Finds TCP ports that stay ours while their server is down.

The sandbox closes listeners on purpose and opens them again on the same port. A port that the
kernel hands out by itself could meanwhile become the source port of somebody's outgoing
connection (even of the very client that retries it), so ports are taken from below that range.
"""

from __future__ import annotations

import random
import socket

from sandbox.errors import SandboxError

LOOPBACK = "127.0.0.1"
# Linux hands out 32768 to 60999 by itself (net.ipv4.ip_local_port_range); registered services are rare here.
FIRST, LAST = 15_000, 32_000
ATTEMPTS = 200


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a server could listen on `port` now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def free_port(rng: random.Random | None = None) -> int:
    """A port on the loopback interface on which nobody listens.

    Raises SandboxError when none of the tried ports is free.
    """
    rng = rng or random.SystemRandom()
    for _ in range(ATTEMPTS):
        port = rng.randint(FIRST, LAST)
        if is_free(port):
            return port
    raise SandboxError(f"no free TCP port found between {FIRST} and {LAST} on {LOOPBACK}")
