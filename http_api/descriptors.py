"""Makes room for as many connections as are configured: each takes a file descriptor.

Many systems start a process with a soft limit of 1,024 and a hard one far above. Without this the server would stop
accepting at half of its configured connections, and everything else that opens a file would fail with it.
"""

from __future__ import annotations

import resource

import structlog

log = structlog.get_logger(__name__)

# Descriptors for everything but clients: the database, photos, Redis, logs, libraries.
OTHERS = 512


def make_room(connections: int) -> int:
    """Raise this process's soft limit of descriptors as far as needed and allowed.

    Returns:
        How many connections there is room for, at most ``connections``.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + OTHERS
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    room = fitting(connections, soft)
    if room < connections:
        log.warning("connections_limited", room=room, limit=hard, remedy="raise the limit of open files")
    return room


def fitting(connections: int, descriptors: int) -> int:
    """How many of the wanted connections fit; other uses keep their share, half of it when there are very few."""
    if descriptors == resource.RLIM_INFINITY:
        return connections
    return max(1, min(connections, max(descriptors - OTHERS, descriptors // 2)))
