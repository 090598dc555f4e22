"""A real Mosquitto broker. It keeps retained messages and persistent sessions across `restart`."""

from collections.abc import Sequence

from tests.servers.ports import answers, free_port
from tests.servers.process import ServerProcess, program, working_directory


class Mosquitto(ServerProcess):
    """Broker on `host`:`port`. `settings` are further lines for its configuration file; `log` whether it logs each packet."""

    host = "127.0.0.1"

    def __init__(self, settings: Sequence[str] = ("allow_anonymous true",), *, log: bool = True) -> None:
        binary = program("mosquitto", package="mosquitto")
        self.port = free_port()
        directory = working_directory()
        lines = [
            f"listener {self.port} {self.host}",
            "persistence true",
            f"persistence_location {directory}/",
            "autosave_interval 1",
            "log_type all" if log else "log_type error",
            *settings,
        ]
        configuration = directory / "mosquitto.conf"
        configuration.write_text("\n".join(lines) + "\n")
        command = [binary, "-c", str(configuration)]
        super().__init__(command, lambda: answers(self.port), directory=directory, step_down=True)
