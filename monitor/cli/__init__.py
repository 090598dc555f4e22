"""The program `watchroom`: one command per file."""

from __future__ import annotations

import signal


def main() -> None:
    """Entry point. SIGHUP is ignored until the daemon can take it: by default it would kill us while starting."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    from monitor.cli.program import app

    app()
