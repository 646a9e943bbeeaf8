"""Console blocks of the documentation as scripts: what is typed, what is shown, and whether an answer is like it.

A line that begins with ``$`` is typed, indented by four spaces it goes on; what follows is what is shown. Shown JSON
may leave out with ``…``: the end of a list, of an object, of a string.
"""

from __future__ import annotations

import asyncio
import json
import re
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.markdown import blocks

EXACT = {"message", "status", "verdict", "type", "valid", "code"}  # what an app decides by is shown as it is
_LEFT_OUT = re.compile(r",?\s*…\s*(?=[\]}])")
SECONDS = 120


@dataclass(frozen=True)
class Step:
    """One command, and what the document shows of its output; empty where it shows nothing."""

    command: str
    shown: str


def steps(markdown: str) -> list[Step]:
    """Every command of the console blocks, in order."""
    return [step for block in blocks(markdown, "console") for step in _steps_of(block.text)]


def _steps_of(text: str) -> list[Step]:
    typed: list[tuple[list[str], list[str]]] = []
    for line in text.splitlines():
        if line.lstrip().startswith("$ "):
            typed.append(([line.lstrip()[2:]], []))
        elif not typed[-1][1] and line.startswith("    "):
            typed[-1][0].append(line)
        else:
            typed[-1][1].append(line)
    return [Step("\n".join(command), "\n".join(shown)) for command, shown in typed]


async def run(commands: Sequence[Step], folder: Path, environment: Mapping[str, str]) -> list[str]:
    """The output of each command, all of them in one shell; fails with the first that does."""
    script = "".join(f"{{\n{step.command}\n}} > {number}.out || exit 1\n" for number, step in enumerate(commands))
    shell = await asyncio.create_subprocess_exec(
        "bash", "-c", script, cwd=folder, env=dict(environment), stdout=PIPE, stderr=STDOUT
    )
    async with asyncio.timeout(SECONDS):
        said, _ = await shell.communicate()
    outputs = [_output(folder / f"{number}.out") for number in range(len(commands))]
    assert shell.returncode == 0, f"{said.decode()}\n{outputs}"
    return outputs


def _output(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else ""


def shown_json(shown: str) -> Any:
    """What a document shows, as JSON without what it leaves out; None where it shows no JSON."""
    text = _LEFT_OUT.sub("", shown.strip())
    return json.loads(text, strict=False) if text.startswith(("{", "[")) else None


def differences(shown: Any, answer: Any, where: str = "") -> list[str]:
    """Where an answer is not like what is shown: a key that is missing, another kind of value, another decision."""
    if isinstance(shown, dict) and isinstance(answer, dict):
        missing = [f"{where}/{key} is missing" for key in shown if key not in answer]
        return missing + [
            each for key in shown if key in answer for each in _of_key(key, shown[key], answer[key], f"{where}/{key}")
        ]
    if isinstance(shown, list) and isinstance(answer, list):
        return [each for one, other in zip(shown, answer, strict=False) for each in differences(one, other, where)]
    return [] if shown is None or answer is None or _alike(shown, answer) else [f"{where}: {answer!r} for {shown!r}"]


def _of_key(key: str, shown: Any, answer: Any, where: str) -> list[str]:
    if key in EXACT and isinstance(shown, str | bool) and shown != answer:
        return [f"{where}: {answer!r} for {shown!r}"]
    return differences(shown, answer, where)


def _alike(shown: Any, answer: Any) -> bool:
    numbers = int | float
    both_numbers = isinstance(shown, numbers) and isinstance(answer, numbers)
    return type(shown) is type(answer) or (both_numbers and not isinstance(shown, bool))
