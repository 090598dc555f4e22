"""`watchroom simulate`: the simulated plant alone, for mbpoll and mosquitto_sub to look at."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer


def simulate(
    plant: Annotated[
        Path | None, typer.Option("--plant", help="plant file; the ready plant when left out")
    ] = None,
    modbus: Annotated[str | None, typer.Option(help="HOST:PORT to listen on instead")] = None,
    mqtt: Annotated[str | None, typer.Option(help="broker URL to publish to instead")] = None,
    broker: Annotated[str | None, typer.Option(help="also start a broker on HOST:PORT")] = None,
    broker_program: Annotated[
        str | None,
        typer.Option(help="that broker: mosquitto, amqtt, or auto for the first of them that is there"),
    ] = None,
    control: Annotated[str | None, typer.Option(help="HOST:PORT of the drill socket")] = None,
    faults: Annotated[bool, typer.Option("--faults", help="list every fault by its name, and end")] = False,
) -> None:
    """Run the simulated plant with its fault timeline until it is stopped."""
    arguments = [sys.executable, "-m", "simulators"]
    for name, value in (
        ("--plant", plant),
        ("--modbus", modbus),
        ("--mqtt", mqtt),
        ("--broker", broker),
        ("--broker-program", broker_program),
        ("--control", control),
    ):
        if value is not None:
            arguments += [name, str(value)]
    if faults:
        arguments.append("--faults")
    os.execv(sys.executable, arguments)  # noqa: S606 - our own interpreter, no shell
