"""The program `watchroom`: one command per file."""

from __future__ import annotations

import gc
import signal
import sys


def main() -> None:
    """Entry point. SIGHUP is ignored until the daemon can take it: by default it would kill us while starting."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    gc.disable()  # what is imported has come to stay: a fifth of the time would go into looking for garbage in it
    from monitor.cli.program import program

    app = program(sys.argv[1] if len(sys.argv) > 1 else None)
    gc.freeze()
    gc.enable()
    app()
