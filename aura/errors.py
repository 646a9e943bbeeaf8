"""Every error that Aura raises on purpose, as one small tree.

Two questions decide what happens to an error, and the tree answers both: can a person mend it
(``ConfigurationError``: say it once and name the remedy), and is it worth trying again (``Failure`` and
its three kinds)? Anything outside this tree is a defect and is logged with its trace.

Messages are written for a person who reads a terminal or an API answer. They never hold a secret, a
token or the contents of a row.
"""

from __future__ import annotations

from datetime import datetime


class AuraError(Exception):
    """Something went wrong that the message explains."""


class ConfigurationError(AuraError):
    """A setting, key or installation step is missing or wrong; the message names it and its remedy."""


class Failure(AuraError):
    """One piece of work could not be done.

    ``code`` is stable and machine-readable (metrics, ``analysis_failures.code``, API answers);
    ``message`` is for people.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Transient(Failure):
    """Trouble that passes: try again, later each time."""


class RetryAt(Failure):
    """Trouble with a known end: try again at ``at`` (aware, UTC), not before."""

    def __init__(self, code: str, message: str, at: datetime) -> None:
        super().__init__(code, message)
        self.at = at


class Permanent(Failure):
    """The input itself is at fault: trying again cannot help."""
