"""What the tests read out of the project's Markdown: links, anchors, code blocks."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.monitoring import ROOT

_FENCE = re.compile(r"^( *)```([^\n]*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)(?:\s\"[^\"]*\")?\)")
_HEADING = re.compile(r"^#{1,6} (.+?)\s*#*$", re.MULTILINE)
_LINKED_WORDS = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_NOT_IN_ANCHORS = re.compile(r"[^\w\- ]")


@dataclass(frozen=True)
class Block:
    """One fenced block: the words after the fence, and the text inside."""

    kind: str
    text: str


def documents() -> list[Path]:
    """Every Markdown file under version control."""
    listed = subprocess.run(["git", "ls-files", "-z", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()]


def blocks(text: str, kind: str) -> list[Block]:
    """The fenced blocks whose first word is ``kind``."""
    found = (Block(words.strip(), body) for _, words, body in _FENCE.findall(text))
    return [block for block in found if block.kind.split(" ")[0] == kind]


def links(text: str) -> list[str]:
    """The targets of links and pictures outside of code."""
    return _LINK.findall(_without_code(text))


def anchors(text: str) -> set[str]:
    """The anchors that GitHub gives a document's headings: lower case, no punctuation, dashes for spaces."""
    return set(_numbered(_slug(heading) for heading in _HEADING.findall(_FENCE.sub("", text))))


def _without_code(text: str) -> str:
    return re.sub(r"`[^`\n]*`", "", _FENCE.sub("", text))


def _slug(heading: str) -> str:
    plain = _LINKED_WORDS.sub(r"\1", heading)
    return _NOT_IN_ANCHORS.sub("", plain.lower()).replace(" ", "-")


def _numbered(slugs: Iterator[str]) -> Iterator[str]:
    seen: dict[str, int] = {}
    for slug in slugs:
        count = seen.get(slug, 0)
        seen[slug] = count + 1
        yield f"{slug}-{count}" if count else slug
