"""What is warmed is there when somebody asks: nothing is read from the package any more."""

from __future__ import annotations

import subprocess
import sys

import pytest

# In a process of its own: here other tests have read everything already.
ASK = """
import sys, yaml
from http_api.warming import STEPS
def all_steps():
    for step in STEPS:
        step()
if sys.argv[1] == "warm":
    all_steps()
yaml.load = None
try:
    all_steps()
except TypeError:
    print("read")
else:
    print("there")
"""


@pytest.mark.parametrize(("state", "expected"), [("warm", "there"), ("cold", "read")])
def test_after_it_no_data_file_is_read(state: str, expected: str) -> None:
    asked = subprocess.run([sys.executable, "-c", ASK, state], capture_output=True, text=True, timeout=120)
    assert asked.stdout.strip() == expected, asked.stderr
