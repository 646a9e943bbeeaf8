"""What people wrote comes out of the commands letter by letter."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from aura.errors import Permanent
from aura.gateway.analyses import FailureRecord
from aura.stylist.advice import Outfit
from aura.vision.batch import FileResult
from aura.vision.cli import _table
from handlers.failures import as_table
from handlers.lookbook import Garment, Lookbook
from handlers.outfits_cli import _show
from handlers.terminal import as_written

NOW = datetime(2026, 11, 23, tzinfo=UTC)
TEXTS = ("[/b]", "[red]a", "[copy]", ":smile:")


@pytest.mark.parametrize("text", TEXTS)
def test_the_name_of_an_item_is_no_markup(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    _show(Lookbook((Outfit(text, ("a",)),), {"a": Garment("a", text)}, ()))
    assert capsys.readouterr().out.count(text) == 2


@pytest.mark.parametrize("text", TEXTS)
def test_why_a_photo_failed_is_no_markup(text: str) -> None:
    failure = FailureRecord("i", "u", "p", 1, "photo_gone", text, True, NOW, NOW, NOW)
    assert text in _printed(as_table([failure], NOW))


@pytest.mark.parametrize("text", TEXTS)
def test_the_name_of_a_file_is_no_markup(text: str) -> None:
    result = FileResult(Path(f"{text.replace('/', '')}.jpg"), Permanent("photo_broken", "It cannot be read."), 1)
    assert result.path.name in _printed(_table([result]))


def test_what_would_command_a_terminal_does_nothing() -> None:
    assert as_written("a\x1b]0;b\x07\rc").plain == "a\ufffd]0;b\ufffd\ufffdc"
    plain = "Ş\u0131k g\u00f6mlek \u2013 15\u00a0€ 👩\u200d💻"
    assert as_written(plain).plain == plain


def _printed(table: object) -> str:
    console = Console(width=200)
    with console.capture() as captured:
        console.print(table)
    return captured.get()
