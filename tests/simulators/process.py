"""The simulators as the process that commands start: its lines of JSON, its signals, its end."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from simulators.address import split, split_mqtt

START_S = 30.0


class PlantProcess:
    """A started plant and where it serves."""

    def __init__(self, child: asyncio.subprocess.Process, ready: dict[str, Any]) -> None:
        self.child = child
        self.ready = ready
        self.modbus = split(ready["modbus"])
        self.mqtt = split_mqtt(ready["mqtt"])

    async def drill(self, line: str) -> str:
        """One command to the drill socket."""
        reader, writer = await asyncio.open_connection(*split(self.ready["control"]))
        writer.write(line.encode() + b"\n")
        answer = await asyncio.wait_for(reader.readline(), 5)
        writer.close()
        await writer.wait_closed()
        return answer.decode().strip()

    async def last_line(self) -> dict[str, Any]:
        """What it said when it had stopped."""
        assert self.child.stdout is not None
        decoded: dict[str, Any] = json.loads(await asyncio.wait_for(self.child.stdout.readline(), 15))
        return decoded


async def start(*arguments: str) -> asyncio.subprocess.Process:
    """The process, with pipes; warnings are errors in it as well."""
    pipe = asyncio.subprocess.PIPE
    command = [sys.executable, "-W", "error", "-m", "simulators", *arguments]
    return await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe)


@asynccontextmanager
async def running(plant: Path, *arguments: str) -> AsyncIterator[PlantProcess]:
    """A plant that serves; it is terminated at the end if it still runs."""
    addresses = ["--modbus", "127.0.0.1:0", "--control", "127.0.0.1:0"]
    child = await start("--plant", str(plant), *addresses, *arguments)
    assert child.stdout is not None
    assert child.stderr is not None
    try:
        line = await asyncio.wait_for(child.stdout.readline(), START_S)
        if not line:
            raise AssertionError((await child.stderr.read()).decode())
        yield PlantProcess(child, json.loads(line))
    finally:
        if child.returncode is None:
            child.terminate()
        await asyncio.wait_for(child.communicate(), START_S)
