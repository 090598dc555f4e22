"""`python -m simulators --plant FILE`: the simulated plant as a process of its own.

Prints one line of JSON when it serves and one when it has stopped; what happens in the plant goes to stderr.
Exit code 0 after SIGTERM or SIGINT, 78 for a bad plant file or address, 1 when something breaks.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from simulators.listing import listing
from simulators.marked import PlantError
from simulators.runner import Overrides, Simulation, run
from simulators.wire.broker import PROGRAMS, BrokerError

READY_PLANT = Path(__file__).parent / "plants" / "riverside.yaml"
_BAD_CONFIGURATION = 78  # EX_CONFIG of sysexits.h


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until told to stop; gives the exit code."""
    wish = _parser().parse_args(arguments)
    if wish.faults:
        sys.stdout.write(listing())
        return 0
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.WARNING if wish.quiet else logging.INFO,
        format="%(asctime)s plant: %(message)s",
        datefmt="%H:%M:%S",
    )
    overrides = Overrides(wish.modbus, wish.mqtt, wish.broker, wish.broker_program, wish.control)
    try:
        asyncio.run(_serve(wish.plant, overrides, wish.stop_on_eof))
    except PlantError as error:
        sys.stderr.write(f"{error}\n")
        return _BAD_CONFIGURATION
    except ValueError as error:
        sys.stderr.write(f"simulators: {error}\n")
        return _BAD_CONFIGURATION
    except (OSError, BrokerError) as error:
        sys.stderr.write(f"simulators: {error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulators", description="The simulated plant.")
    parser.add_argument("--plant", type=Path, default=READY_PLANT, help="plant file (default: %(default)s)")
    parser.add_argument(
        "--modbus", metavar="HOST:PORT", help="where to listen instead; port 0 takes a free one"
    )
    parser.add_argument("--mqtt", metavar="URL", help="broker to publish to instead, mqtt://HOST:PORT")
    parser.add_argument(
        "--broker", metavar="HOST:PORT", help="also start a broker there (loopback, port 0 = free)"
    )
    parser.add_argument(
        "--broker-program", choices=PROGRAMS, default="auto", help="which broker (default: auto)"
    )
    parser.add_argument(
        "--control", metavar="ADDRESS", help="drill socket: HOST:PORT on loopback, or unix:PATH"
    )
    parser.add_argument("--stop-on-eof", action="store_true", help="also stop when standard input is closed")
    parser.add_argument("--faults", action="store_true", help="list every fault by its name, and end")
    parser.add_argument("--quiet", action="store_true", help="do not tell about faults on stderr")
    return parser


async def _serve(plant: Path, overrides: Overrides, stop_on_eof: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    watching = asyncio.create_task(_set_on_eof(stop)) if stop_on_eof else None
    try:
        ended = await run(plant, overrides, stop, _tell_ready)
    finally:
        if watching is not None:
            watching.cancel()
    _tell({"stopped": True, "modbus": ended.server.recorder.summary()})


async def _set_on_eof(stop: asyncio.Event) -> None:
    """A parent that dies takes its end of the pipe along: then nobody needs the plant any more."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.read(1024):
        pass
    stop.set()


def _tell_ready(simulation: Simulation) -> None:
    facts: dict[str, object] = {"ready": True, "modbus": simulation.modbus, "mqtt": simulation.mqtt}
    facts["mqtt_connected"] = simulation.mqtt_connected
    if simulation.control:
        facts["control"] = simulation.control
    _tell(facts)


def _tell(facts: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
