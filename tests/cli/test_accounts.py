"""What `watchroom user add` says of what it did."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def user_add(state: Path, role: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "monitor", "user", "add", "alice", "--role", role, "--state", str(state)],
        cwd=ROOT,
        input="a-long-password\n",
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_name_that_exists_is_said_to_have_existed(tmp_path: Path) -> None:
    """A second `user add` changed somebody's password and role without a word."""
    assert user_add(tmp_path, "operator") == "alice may sign in as operator"
    again = user_add(tmp_path, "admin")
    assert again == "there was a user of this name: password and role are new; alice may sign in as admin"
