"""What the demonstration found, as figures, and whether that is good enough.

The JSON shape is a contract: it is the last line of ``aura demo --check --json -`` and what an automatic
check reads.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Report:
    """The figures; every count is of rows or photos, ``latencies`` are seconds from commit to tags written."""

    items_uploaded: int = 0
    items_tagged: int = 0
    latencies: list[float] = field(default_factory=list)
    outage_seconds: float = 0.0
    uploaded_during: int = 0
    tagged_after: int = 0
    seconds_to_converge: float | None = None
    cross_user_rows_read: int = 0
    cross_user_rows_written: int = 0
    duplicates_analyzed: int = 0
    gaps: Mapping[str, int] = field(default_factory=dict)

    def faults(self) -> list[str]:
        """What failed, in sentences; empty when everything held."""
        checks = (
            (self.items_uploaded > 0, "No photo was uploaded."),
            (
                self.items_tagged == self.items_uploaded,
                f"{self.items_uploaded - self.items_tagged} of {self.items_uploaded} photos were never tagged.",
            ),
            (self.uploaded_during > 0, "Nothing was uploaded during the outage."),
            (
                self.tagged_after == self.uploaded_during,
                f"{self.uploaded_during - self.tagged_after} photos of the outage were lost.",
            ),
            (sum(self.gaps.values()) > 0, "The outage went unnoticed: no gap was counted."),
            (self.cross_user_rows_read == 0, "A person read another person's rows."),
            (self.cross_user_rows_written == 0, "A person changed another person's rows."),
            (self.duplicates_analyzed == 0, f"{self.duplicates_analyzed} photos were analysed more than once."),
        )
        return [fault for held, fault in checks if not held]

    def as_json(self) -> dict[str, object]:
        """The contract's shape."""
        return {
            "ok": not self.faults(),
            "items_uploaded": self.items_uploaded,
            "items_tagged": self.items_tagged,
            "latency_ms": {"p50": _milliseconds(self.latencies, 0.5), "p99": _milliseconds(self.latencies, 0.99)},
            "outage": {
                "seconds": round(self.outage_seconds, 1),
                "uploaded_during": self.uploaded_during,
                "tagged_after": self.tagged_after,
                "seconds_to_converge": None if self.seconds_to_converge is None else round(self.seconds_to_converge, 1),
            },
            "isolation": {
                "cross_user_rows_read": self.cross_user_rows_read,
                "cross_user_rows_written": self.cross_user_rows_written,
            },
            "duplicates_analyzed": self.duplicates_analyzed,
            "gaps": dict(self.gaps),
        }


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile of ``values`` (``share`` in (0, 1]); NaN where there are none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan


def _milliseconds(seconds: Sequence[float], share: float) -> int | None:
    value = percentile(seconds, share)
    return None if math.isnan(value) else round(value * 1000)
