"""A broker for demos: Mosquitto as a child process when it is installed, else the embedded amqtt.

Both listen on loopback only, take anybody, and keep nothing on disk: good for a demo, never for a site.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import socket
import tempfile
from pathlib import Path
from typing import Any, Protocol

from simulators.address import is_loopback, join

log = logging.getLogger(__name__)

PROGRAMS = ("auto", "mosquitto", "amqtt")
_START_TIME = 10.0  # seconds
_STOP_TIME = 5.0
_TRIES = 3
_SYSTEM_PATHS = (
    "/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin"  # where packages put it, outside many users' PATH
)


class BrokerError(Exception):
    """The broker cannot be started, or it ended by itself."""


class Broker(Protocol):
    """A running broker."""

    @property
    def url(self) -> str:
        """Where it listens."""

    async def ended(self) -> None:
        """Return when it has ended by itself."""

    async def pause(self) -> None:
        """Stop it for a while; BrokerError where that cannot be done."""

    async def resume(self, *, forget: bool) -> None:
        """Start it again where it was; `forget` its sessions and retained messages."""

    async def stop(self) -> None:
        """End it; returns when it is gone."""


async def start_broker(host: str, port: int, program: str = "auto") -> Broker:
    """Start a broker on a loopback address; port 0 takes a free one. Raises BrokerError."""
    if not is_loopback(host):
        raise BrokerError(f"a demo broker without passwords listens on loopback only, not on {host}")
    if port:
        return await _start(host, port, program)
    for _ in range(_TRIES - 1):  # between finding a free port and listening on it somebody else may take it
        with contextlib.suppress(BrokerError):
            return await _start(host, _free_port(host), program)
    return await _start(host, _free_port(host), program)


async def _start(host: str, port: int, program: str) -> Broker:
    binary = find_mosquitto() if program != "amqtt" else None
    if binary is not None:
        return await _Mosquitto.start(binary, host, port)
    if program == "mosquitto":
        raise BrokerError("mosquitto is not installed")
    return await _Embedded.start(host, port)


def find_mosquitto() -> str | None:
    """The Mosquitto program, also where only the system's PATH looks."""
    return shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:{_SYSTEM_PATHS}")


class _Mosquitto:
    def __init__(self, url: str, process: asyncio.subprocess.Process, folder: Path) -> None:
        self.url = url
        self._process = process
        self._folder = folder
        self._again = ("", folder, "", 0)
        self._running = asyncio.Event()
        self._running.set()

    @classmethod
    async def start(cls, binary: str, host: str, port: int) -> _Mosquitto:
        folder = Path(tempfile.mkdtemp(prefix="watchroom-broker-"))
        config = folder / "mosquitto.conf"
        # What it keeps over a pause lies in its own folder, which goes when it does.
        lines = [f"listener {port} {host}", "allow_anonymous true"]
        lines += ["persistence true", f"persistence_location {folder}/"]
        lines += ["log_dest stderr", "log_type error", "log_type warning"]
        if os.geteuid() == 0:  # started by root it would become another user, who cannot write there
            lines.append("user root")
        config.write_text("\n".join(lines) + "\n", encoding="utf-8")
        broker = cls(f"mqtt://{join(host, port)}", await _spawn(binary, config), folder)
        broker._again = binary, config, host, port
        try:
            await _until_listening(host, port, broker._process)
        except BaseException:
            await broker.stop()
            raise
        return broker

    async def ended(self) -> None:
        while True:
            process = self._process
            await process.wait()
            await self._running.wait()
            if process is self._process:
                return

    async def pause(self) -> None:
        self._running.clear()
        await self._end()

    async def resume(self, *, forget: bool) -> None:
        binary, config, host, port = self._again
        if forget:
            (self._folder / "mosquitto.db").unlink(missing_ok=True)
        self._process = await _spawn(binary, config)
        self._running.set()
        await _until_listening(host, port, self._process)

    async def stop(self) -> None:
        await self._end()
        self._running.set()
        shutil.rmtree(self._folder, ignore_errors=True)

    async def _end(self) -> None:
        if self._process.returncode is None:
            self._process.terminate()
            try:
                await asyncio.wait_for(self._process.wait(), _STOP_TIME)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()


async def _spawn(binary: str, config: Path) -> asyncio.subprocess.Process:
    """Its own session: Ctrl-C in the terminal reaches us first, and we take leave before the broker goes."""
    return await asyncio.create_subprocess_exec(binary, "-c", str(config), start_new_session=True)


class _Embedded:
    def __init__(self, url: str, broker: Any) -> None:
        self.url = url
        self._broker = broker
        self._stopped = asyncio.Event()

    @classmethod
    async def start(cls, host: str, port: int) -> _Embedded:
        try:
            from amqtt.broker import Broker as Amqtt  # an extra, needed only here
        except ImportError as error:
            raise BrokerError("neither mosquitto nor the Python package amqtt is installed") from error
        logging.getLogger("amqtt").setLevel(logging.ERROR)
        logging.getLogger("transitions").setLevel(logging.ERROR)
        broker = Amqtt(
            {
                "listeners": {"default": {"type": "tcp", "bind": join(host, port)}},
                "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
            }
        )
        try:
            await broker.start()
        except Exception as error:
            raise BrokerError(f"amqtt cannot listen on {join(host, port)}: {error}") from error
        return cls(f"mqtt://{join(host, port)}", broker)

    async def ended(self) -> None:
        await self._stopped.wait()

    async def pause(self) -> None:
        raise BrokerError("the embedded broker cannot be restarted: that takes Mosquitto")

    async def resume(self, *, forget: bool) -> None:
        raise BrokerError("the embedded broker cannot be restarted: that takes Mosquitto")

    async def stop(self) -> None:
        await self._broker.shutdown()
        self._stopped.set()


async def _until_listening(host: str, port: int, process: asyncio.subprocess.Process) -> None:
    loop = asyncio.get_running_loop()
    give_up = loop.time() + _START_TIME
    while loop.time() < give_up:
        if process.returncode is not None:
            raise BrokerError(f"mosquitto ended with status {process.returncode}; is port {port} in use?")
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection(host, port)
            writer.close()
            await writer.wait_closed()
            # Somebody listens. A child that lost the race for the port ends now and not later.
            await asyncio.sleep(0.05)
            if process.returncode is None:
                return
            continue
        await asyncio.sleep(0.02)
    raise BrokerError(f"mosquitto does not listen on {join(host, port)} after {_START_TIME:g} s")


def _free_port(host: str) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
