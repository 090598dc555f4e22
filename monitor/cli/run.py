"""`watchroom run`: the daemon."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import replace
from pathlib import Path

import structlog
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
from monitor.host import ServiceManager, StateLock
from monitor.settings import ConfigurationError
from monitor.settings.site import Site

log = structlog.get_logger("run")


def run(config: ConfigDirectory = Path("config"), state: StateDirectory = None) -> None:
    """Watch the site until SIGTERM. SIGHUP reads the configuration again without losing state.

    Exit code 78 when the configuration is wrong: nothing is started then.
    """
    set_up_logging()
    site = _listening(load_or_exit(config))
    directory = state_directory(state)
    with told(), StateLock(directory):
        run_async(_serve(site, config, directory))


async def _serve(site: Site, config: Path, state: Path) -> None:
    from monitor.app import Daemon

    stop, reload = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, reload.set)
    service = ServiceManager()
    previous: Daemon | None = None
    while not stop.is_set():
        daemon = Daemon(site, state, service, heir_of=previous)
        await daemon.run(stop, reload)
        previous = daemon
        if not stop.is_set():
            reload.clear()
            service.reloading()
            site = _reread(config, site)
    service.stopping()


def _reread(config: Path, site: Site) -> Site:
    """The new configuration, or the old one when the new is wrong: a mistake never stops the watch."""
    try:
        changed = _listening(load_site(config))
    except ConfigurationError as error:
        for problem in error.problems:
            log.error("reload.problem", problem=str(problem))
        log.error("reload.refused", problems=len(error.problems), kept="the configuration that ran before")
        return site
    log.warning("reload.taken", equipment=len(changed.equipment), exit_code_if_wrong=EX_CONFIG)
    return changed


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
