"""A shell in which the blocks of a page are typed one after the other."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


class Terminal:
    """One bash for a whole page, so that variables and background jobs live on from block to block."""

    def __init__(self, directory: Path, environment: Mapping[str, str]) -> None:
        self._shell = subprocess.Popen(
            ["bash", "--norc", "--noprofile", "-e"],
            cwd=directory,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def type(self, text: str) -> list[str]:
        """Run a block; its lines. A command that fails ends the shell, and is an AssertionError."""
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        self._shell.stdin.write(f"{text}\necho; echo '<<done>>'\n")
        self._shell.stdin.flush()
        lines: list[str] = []
        for line in self._shell.stdout:
            if line == "<<done>>\n":
                return lines
            lines.append(line.rstrip("\n"))
        raise AssertionError("a command failed:\n" + text + "\n".join(lines[-30:]))

    def close(self) -> None:
        """End the shell and everything it started."""
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        self._shell.stdin.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._shell.pid, signal.SIGTERM)
        try:
            self._shell.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self._shell.pid, signal.SIGKILL)
            self._shell.wait(10)
        self._shell.stdout.close()


def missing(shown: Sequence[str], printed: Sequence[str]) -> str | None:
    """The first line of what a page shows that was not printed, in this order; `…` stands for anything."""
    left = iter(" ".join(line.split()) for line in printed)
    for line in shown:
        words = " ".join(line.split())
        wanted = re.compile(".*".join(re.escape(part) for part in words.split("…")))
        if words and not any(wanted.fullmatch(one) for one in left):
            return line
    return None
