"""The names of Realtime's two sets of delays, for those who start a sandbox without importing it."""

from __future__ import annotations

from typing import Literal

ProfileName = Literal["real", "fast"]
