"""`watchroom run`: the daemon."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import replace
from pathlib import Path

import typer

from monitor.cli.common import (
    EX_CONFIG,
    ConfigDirectory,
    StateDirectory,
    load_or_exit,
    load_site,
    run_async,
    set_up_logging,
    state_directory,
    told,
)
from monitor.cli.reloading import Reloading
from monitor.host import ServiceManager, StateLock, begin_roomy
from monitor.ports import Permanent
from monitor.settings.site import Site


def run(config: ConfigDirectory = Path("config"), state: StateDirectory = None) -> None:
    """Watch the site until SIGTERM. SIGHUP reads the configuration again without losing state.

    Exit code 78 when the configuration is wrong: nothing is started then.
    """
    set_up_logging()
    begin_roomy()
    site = _listening(load_or_exit(config))
    directory = state_directory(state)
    with told(), StateLock(directory):
        run_async(_serve(site, config, directory))


async def _serve(site: Site, config: Path, state: Path) -> None:
    from monitor.app import Daemon

    stop, asked = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, asked.set)
    service = ServiceManager()
    reloading = Reloading(site, lambda: _listening(load_site(config)), service)
    reader = asyncio.create_task(reloading.run(asked))
    previous: Daemon | None = None
    while not stop.is_set():
        site, changes = reloading.take()
        daemon = Daemon(site, state, service, heir_of=previous, changes=changes)
        try:
            await daemon.run(stop, reloading.changed)
        except Permanent as error:
            if previous is None or not reloading.back(site, str(error)):
                raise
        else:
            previous = daemon
            reloading.stood(site)
    reader.cancel()
    service.close()


def _listening(site: Site) -> Site:
    """WATCHROOM_LISTEN overrides the console's address."""
    listen = os.environ.get("WATCHROOM_LISTEN")
    if not listen:
        return site
    host, colon, port = listen.rpartition(":")
    if not colon or not port.isdigit() or int(port) > 65535:
        typer.echo(f"WATCHROOM_LISTEN: {listen!r} is not host:port", err=True)
        raise typer.Exit(EX_CONFIG)
    return replace(site, listen=(host.strip("[]"), int(port)))
