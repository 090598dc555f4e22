"""mosquitto_pub as the equipment: a program that shares nothing with ours."""

import asyncio
import json
from typing import Any

from tests.servers.mosquitto import Mosquitto
from tests.servers.process import program


async def publish(
    broker: Mosquitto,
    topic: str,
    payload: Any,
    *,
    retain: bool = False,
    qos: int = 1,
    client: str | None = None,
    lines: bool = False,
) -> None:
    """Publish bytes as they are, anything else as JSON; None clears what is retained. With `lines` each line is a message."""
    data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    command = [
        program("mosquitto_pub", package="mosquitto-clients"),
        "-h",
        broker.host,
        "-p",
        str(broker.port),
    ]
    command += [
        "-q",
        str(qos),
        "-t",
        topic,
        "-l" if lines else "-s",
        *(["-r"] if retain else []),
        *(["-i", client] if client else []),
    ]
    process = await asyncio.create_subprocess_exec(*command, stdin=asyncio.subprocess.PIPE)
    await asyncio.wait_for(process.communicate(data), 10)
    assert process.returncode == 0
