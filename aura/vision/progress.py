"""A progress bar on stderr for work on many photos; for a few it would only flicker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

FEW = 3


@contextmanager
def bar(title: str, total: int) -> Iterator[Callable[[], None]]:
    """A bar that what is yielded moves on by one; gone at the end."""
    columns = TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=total <= FEW) as progress:
        task = progress.add_task("", total=total)
        yield lambda: progress.advance(task)
