"""Drills at run time: a line in, a line out, on loopback or a unix socket.

    inject FAULT TARGET [for=30s] [name=value ...]      ok
    clear FAULT TARGET                                  ok
    status                                              ok {"time": ..., "active": [...], ...}
    faults                                              ok {"pit-1": ["pump_fault", ...], ...}

What is wrong is answered as `error MESSAGE` and changes nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass

from simulators import fields
from simulators.address import is_loopback, join, split
from simulators.plant import DrillError, Plant

_LONGEST_LINE = 4096


@dataclass(frozen=True, kw_only=True)
class _Lasting:
    """The `for=` of an injection."""

    lasts: float = fields.duration(low=0.001)


class ControlError(ValueError):
    """The control address cannot be used."""


class Control:
    """The drill socket of a plant. `extra` adds its own facts to `status`."""

    def __init__(self, plant: Plant, extra: Callable[[], dict[str, object]]) -> None:
        self._plant = plant
        self._extra = extra
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self, address: str) -> str:
        """Listen on HOST:PORT or unix:PATH; gives the address taken. Raises ControlError, OSError."""
        if address.startswith("unix:"):
            path = address.removeprefix("unix:")
            self._server = await asyncio.start_unix_server(self._accept, path, limit=_LONGEST_LINE)
            return address
        host, port = split(address)
        if not is_loopback(host):
            raise ControlError(
                f"the drill socket has no password and listens on loopback only, not on {host}"
            )
        self._server = await asyncio.start_server(self._accept, host, port, limit=_LONGEST_LINE)
        name = self._server.sockets[0].getsockname()
        return join(name[0], name[1])

    async def stop(self) -> None:
        """Close the socket and what is connected to it."""
        if self._server is None:
            return
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()

    def answer(self, line: str) -> str:
        """Do one command."""
        words = line.split()
        try:
            return self._do(words[0] if words else "", words[1:])
        except ValueError as error:  # DrillError and bad values
            return f"error {error}"

    def _do(self, verb: str, words: list[str]) -> str:
        match verb, words:
            case "inject", [fault, target, *settings]:
                return self._inject(fault, target, settings)
            case "clear", [fault, target]:
                self._plant.clear(fault, target)
                return "ok"
            case "status", []:
                return "ok " + json.dumps(self._status())
            case "faults", []:
                known = {device.id: list(device.faults) for device in self._plant.targets.values()}
                return "ok " + json.dumps(known)
        raise DrillError(
            "expected: inject FAULT TARGET [for=30s] [name=value], clear FAULT TARGET, status, faults"
        )

    def _inject(self, fault: str, target: str, settings: list[str]) -> str:
        arguments: dict[str, str] = {}
        for setting in settings:
            name, equals, value = setting.partition("=")
            if not equals or name in arguments:
                raise DrillError(f"'{setting}' is not name=value, or stands here twice")
            arguments[name] = value
        lasts = arguments.pop("for", None)
        seconds = None if lasts is None else fields.build(_Lasting, {"lasts": lasts}).lasts
        self._plant.inject(fault, target, arguments, seconds)
        return "ok"

    def _status(self) -> dict[str, object]:
        active = [{"fault": fault, "target": target} for fault, target in self._plant.active_faults()]
        hour = round(self._plant.hour, 3)
        return {"time": round(self._plant.now, 3), "hour": hour, "active": active, **self._extra()}

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write(self.answer(line.decode("utf-8", "replace")).encode() + b"\n")
                await writer.drain()
        except (OSError, ValueError):  # ValueError: a line longer than the limit
            pass
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
