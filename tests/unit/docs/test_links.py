"""Every relative link of the documentation leads to a file that is there, and to a heading where it names one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.markdown import anchors, documents, links
from tests.support.monitoring import ROOT

ELSEWHERE = re.compile(r"[a-z][a-z+.-]*:")
# A path of the project in backticks, as the documents name files: `consumer/router.py`.
PARTS = "aura|consumer|handlers|http_api|sandbox|demo|deploy|docs|tests|benchmarks|supabase"
NAMED = re.compile(rf"`((?:{PARTS})/[\w./-]*)`")


def test_there_are_documents() -> None:
    assert {"README.md", "operations.md", "api.md"} <= {document.name for document in documents()}


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    wrong = [link for link in links(document.read_text(encoding="utf-8")) if not _leads(document, link)]
    assert wrong == []


def _leads(document: Path, link: str) -> bool:
    if ELSEWHERE.match(link):
        return True
    path, _, anchor = link.partition("#")
    target = (document.parent / path).resolve() if path else document
    if not target.exists():
        return False
    return not anchor or (target.suffix == ".md" and anchor in anchors(target.read_text(encoding="utf-8")))


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_files_that_are_named_exist(document: Path) -> None:
    named = NAMED.findall(document.read_text(encoding="utf-8"))
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_anchors_are_githubs() -> None:
    text = "# A & B, c\n## `x.y` or [z](q.md)\n## Same\n```sh\n# no heading\n```\n## Same\n"
    assert anchors(text) == {"a--b-c", "xy-or-z", "same", "same-1"}
