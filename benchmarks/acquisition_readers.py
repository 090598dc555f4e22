"""The peers of the acquisition benchmark: readers that only read and decode, in a process of their own.

    python -m benchmarks.acquisition_readers KIND PORT,PORT,... UNITS KIND_OF_DEVICE SECONDS [--uvloop]

They poll at 1 Hz with spread phases, one connection for each port, one request at a time, and turn each answer into
scaled numbers (or bools) that nobody looks at. `streams` is what a good programmer writes first (asyncio streams), `protocol` the
leanest that asyncio allows, `pymodbus` the library.
"""

from __future__ import annotations

import argparse
import asyncio
import struct
from collections.abc import Awaitable, Callable, Sequence

REGISTERS = struct.Struct(">100H")
HEADER = struct.Struct(">HHHBBHH")
FUNCTION = {"meter": 3, "panel": 2}
COUNT = {"meter": 100, "panel": 160}
PATIENCE = 1.0

Ask = Callable[[int], Awaitable[object]]


def decode(data: bytes, device: str) -> list[float] | list[bool]:
    """What each reader does with an answer."""
    if device == "meter":
        return [raw / 10 for raw in REGISTERS.unpack(data)]
    return [bool(byte >> place & 1) for byte in data for place in range(8)]


async def streams(port: int, device: str) -> Ask:
    """asyncio streams, the answer awaited with a time-out."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    number = 0

    async def answer() -> bytes:
        head = await reader.readexactly(6)
        return await reader.readexactly(int.from_bytes(head[4:6], "big"))

    async def ask(unit: int) -> object:
        nonlocal number
        number = number + 1 & 0xFFFF
        writer.write(HEADER.pack(number, 0, 6, unit, FUNCTION[device], 0, COUNT[device]))
        async with asyncio.timeout(PATIENCE):
            return decode((await answer())[3:], device)

    return ask


class Lean(asyncio.Protocol):
    """One future for the answer, one timer for its absence."""

    waiting: asyncio.Future[bytes]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep it."""
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]
        self.buffer = b""

    def data_received(self, data: bytes) -> None:
        """Put the answer together."""
        self.buffer += data
        if len(self.buffer) >= 6 and len(self.buffer) >= 6 + int.from_bytes(self.buffer[4:6], "big"):
            frame, self.buffer = self.buffer, b""
            if not self.waiting.done():
                self.waiting.set_result(frame)

    def late(self) -> None:
        """Nothing came."""
        if not self.waiting.done():
            self.waiting.set_exception(TimeoutError())


async def protocol(port: int, device: str) -> Ask:
    """asyncio.Protocol by hand."""
    loop = asyncio.get_running_loop()
    _, lean = await loop.create_connection(Lean, "127.0.0.1", port)
    number = 0

    async def ask(unit: int) -> object:
        nonlocal number
        number = number + 1 & 0xFFFF
        lean.waiting = loop.create_future()
        lean.transport.write(HEADER.pack(number, 0, 6, unit, FUNCTION[device], 0, COUNT[device]))
        timer = loop.call_later(PATIENCE, lean.late)
        frame = await lean.waiting
        timer.cancel()
        return decode(frame[9:], device)

    return ask


async def pymodbus(port: int, device: str) -> Ask:
    """The library's asynchronous client."""
    from pymodbus.client import AsyncModbusTcpClient

    client = AsyncModbusTcpClient("127.0.0.1", port=port, timeout=PATIENCE, retries=0)
    await client.connect()

    async def ask(unit: int) -> object:
        if device == "panel":
            return (await client.read_discrete_inputs(0, count=160, device_id=unit)).bits
        answer = await client.read_holding_registers(0, count=100, device_id=unit)
        return [raw / 10 for raw in answer.registers]

    return ask


KINDS = {"streams": streams, "protocol": protocol, "pymodbus": pymodbus}


async def poll(ask: Ask, units: int, phase: float) -> None:
    """All units of one port, each once a second at its own phase."""
    loop = asyncio.get_running_loop()
    base, turn = loop.time() + phase, 0
    while True:
        await asyncio.sleep(base + turn / units - loop.time())
        await ask(turn % units + 1)
        turn += 1


async def read(kind: str, ports: Sequence[int], units: int, device: str, seconds: float) -> None:
    """Read for `seconds`."""
    asks = [await KINDS[kind](port, device) for port in ports]
    print("up", flush=True)
    polls = [asyncio.create_task(poll(ask, units, i / len(asks) / units)) for i, ask in enumerate(asks)]
    await asyncio.wait(polls, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
    for each in polls:
        if each.done():
            each.result()


def main() -> None:
    """Run one reader."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("ports")
    parser.add_argument("units", type=int)
    parser.add_argument("device", choices=COUNT)
    parser.add_argument("seconds", type=float)
    parser.add_argument("--uvloop", action="store_true")
    given = parser.parse_args()
    work = read(
        given.kind, [int(p) for p in given.ports.split(",")], given.units, given.device, given.seconds
    )
    if given.uvloop:
        import uvloop

        uvloop.run(work)
    else:
        asyncio.run(work)


if __name__ == "__main__":
    main()
