"""A Modbus TCP server in C on libmodbus, compiled for the occasion: a judge that shares no line with us."""

import subprocess
from pathlib import Path

from tests.servers.ports import answers, free_port
from tests.servers.process import ServerFailed, ServerProcess, program, working_directory

SOURCE = Path(__file__).with_name("libmodbus_server.c")


class LibModbus(ServerProcess):
    """Unit 1 on loopback `port`. Raises ServerMissing without gcc, ServerFailed without libmodbus-dev."""

    def __init__(self) -> None:
        self.port = free_port()
        directory = working_directory()
        binary = directory / "server"
        compiler = program("gcc", "gcc libmodbus-dev")
        built = subprocess.run(
            [compiler, "-O1", "-I/usr/include/modbus", "-o", str(binary), str(SOURCE), "-lmodbus"],
            capture_output=True,
            text=True,
            check=False,
        )
        if built.returncode != 0:
            raise ServerFailed(f"libmodbus-dev is needed to compile {SOURCE.name}\n{built.stderr[-2000:]}")
        super().__init__([str(binary), str(self.port)], lambda: answers(self.port), directory=directory)


def mbpoll(port: int, *options: str) -> dict[int, str]:
    """What the command line client prints of unit 1: address -> text of the value. `options` say table, type and range."""
    client = program("mbpoll", "mbpoll")
    printed = subprocess.run(
        [client, "-m", "tcp", "-p", str(port), "-a", "1", "-0", "-1", "-q", *options, "127.0.0.1"],
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    ).stdout
    lines = (line.partition(":") for line in printed.splitlines() if line.startswith("["))
    return {int(address.strip("[]")): value.strip() for address, _, value in lines}
