"""The program `watchroom`: one command per file."""

from __future__ import annotations

import gc
import os
import signal
import sys


def main() -> None:
    """Entry point. SIGHUP is ignored until the daemon can take it: by default it would kill us while starting."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if sys.argv[1:2] == ["run"]:
        _do_without_colours()
    gc.disable()  # what is imported has come to stay: a fifth of the time would go into looking for garbage in it
    from monitor.cli.program import program

    app = program(sys.argv[1] if len(sys.argv) > 1 else None)
    gc.freeze()
    gc.enable()
    app()


def _do_without_colours() -> None:
    """The daemon writes for a journal. structlog, httpx and mako import rich and pygments where they find them, which would cost
    its start a twentieth: it is as if they were not installed."""
    sys.modules["rich"] = sys.modules["pygments"] = None  # type: ignore[assignment]
    os.environ["TYPER_USE_RICH"] = "0"
