"""`watchroom check`: every mistake at once, or what would be polled, stored and promised."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.common import ConfigDirectory, StateDirectory, load_or_exit, run_async, state_directory
from monitor.ports import Finding, Permanent, Transient
from monitor.settings import describe
from monitor.settings.site import Site
from monitor.storage.history import open_historian


def check(
    config: ConfigDirectory = Path("config"),
    online: Annotated[
        bool,
        typer.Option("--online", help="also ask the historian whether it is there and takes what it should"),
    ] = False,
    state: StateDirectory = None,
) -> None:
    """Check a configuration. Exit 0 and say what it means, or exit 1 with every error as file:line:col."""
    site = load_or_exit(config, code=1)
    typer.echo(describe(site))
    if not online:
        return
    findings = run_async(_look(site, state_directory(state)))
    typer.echo("Asked:")
    for finding in findings:
        typer.echo(f"  {'ok     ' if finding.good else 'PROBLEM'}  {finding.text}", err=not finding.good)
    if not all(finding.good for finding in findings):
        raise typer.Exit(1)


async def _look(site: Site, state: Path) -> Sequence[Finding]:
    try:
        historian = open_historian(site.historian, state, site)
    except (Permanent, Transient) as error:
        return [Finding(False, str(error))]
    try:
        return await historian.inspect()
    except (Permanent, Transient) as error:
        return [Finding(False, str(error))]
    finally:
        await historian.close()
