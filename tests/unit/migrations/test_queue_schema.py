"""The queue's migration holds the schema of the procrastinate that is installed, and of no other."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from aura.migrations import load_migrations

QUEUE = next(migration for migration in load_migrations() if migration.name == "aura_queue")


def test_it_is_the_schema_of_the_installed_version_word_for_word() -> None:
    (held,) = re.findall(r"execute \$procrastinate\$\n(.*)\$procrastinate\$;", QUEUE.sql, re.DOTALL)
    assert held == (files("procrastinate") / "sql" / "schema.sql").read_text(encoding="utf-8")


def test_the_version_is_pinned_and_named() -> None:
    assert f"the schema of procrastinate {version('procrastinate')}," in QUEUE.sql
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["optional-dependencies"]["scale"] == [f"procrastinate=={version('procrastinate')}"]
