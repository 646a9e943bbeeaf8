"""An unexpected exception as fields of a log line: where it happened, and nothing of what was in hand.

An exception's own text may quote the contents of a row, so it is left out, and so are local variables.
"""

from __future__ import annotations

import traceback


def told(error: BaseException) -> dict[str, str]:
    """``error``: the exception's type; ``trace``: files, lines and functions, innermost last."""
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "error": type(error).__name__,
        "trace": "\n".join(f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames),
    }
