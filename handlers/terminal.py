"""What people of the app wrote, fit for an operator's terminal."""

from __future__ import annotations

from unicodedata import category

from rich.text import Text


def as_written(text: str) -> Text:
    """Letter by letter: brackets are no markup, and control characters (escape sequences) do nothing."""
    return Text("".join("\ufffd" if category(sign) == "Cc" else sign for sign in text))
