"""Collects what is wrong with the parts of one request (path, query, body), so that a caller hears all at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from http_api.problems import Problem

T = TypeVar("T")
DETAIL = "Some parameters and some fields of the body are not valid."


class Complaints:
    """The complaints about one request; only ``invalid_request`` can wait for others, everything else ends it."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []

    def reading(self, read: Callable[[], T]) -> T | None:
        """What ``read`` returns; None where it complains of fields, which is kept for ``settle``.

        Raises:
            Problem: of any other kind, at once.
        """
        try:
            return read()
        except Problem as problem:
            if problem.code != "invalid_request":
                raise
            self._problems.append(problem)
            return None

    def settle(self) -> None:
        """Go on if nobody complained.

        Raises:
            Problem: ``invalid_request`` with every field that any part complained of.
        """
        if len(self._problems) == 1:
            raise self._problems[0]
        if self._problems:
            errors = [error for problem in self._problems for error in problem.errors]
            raise Problem("invalid_request", self._detail(), errors=errors)

    def _detail(self) -> str:
        """The parts' own words where they agree."""
        details = {problem.detail for problem in self._problems}
        return details.pop() if len(details) == 1 else DETAIL
