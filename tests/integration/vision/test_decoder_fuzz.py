"""The decoder survives damaged files of every format: no crash, no hang, bounded memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
EXAMPLES = int(os.environ.get("AURA_FUZZ_EXAMPLES", "600"))
# What a picture of a million pixels may take, many times over; half of it is hypothesis' own.
MOST_MB = 300


@pytest.mark.timeout(1800)
def test_damaged_files_of_every_format() -> None:
    command = [sys.executable, "-m", "tests.support.decoder_fuzz", str(EXAMPLES)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1700)
    assert run.returncode == 0, run.stderr[-4000:]
    became = json.loads(run.stdout.splitlines()[-1])
    assert became["extra_mb"] < MOST_MB
    assert became["read"] > EXAMPLES / 20
    assert became["unreadable_photo"] > EXAMPLES / 20
