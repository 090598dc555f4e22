"""`watchroom check`: every mistake at once, or what would be polled, stored and promised."""

from __future__ import annotations

from pathlib import Path

import typer

from monitor.cli.common import ConfigDirectory, load_or_exit
from monitor.settings import describe


def check(config: ConfigDirectory = Path("config")) -> None:
    """Check a configuration. Exit 0 and say what it means, or exit 1 with every error as file:line:col."""
    typer.echo(describe(load_or_exit(config, code=1)))
