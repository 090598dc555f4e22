"""A real InfluxDB 1.x (Debian's 1.6): `/write` and InfluxQL over `/query`, no `/api/v2`."""

import json
import urllib.parse
import urllib.request
from typing import Any

from tests.servers.ports import free_port
from tests.servers.process import ServerProcess, program, working_directory


class InfluxDB(ServerProcess):
    """Server at `url`; a new one has no database, `create_database` makes one."""

    def __init__(self) -> None:
        binary = program("influxd", package="influxdb")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        directory = working_directory()
        environment = {
            "HOME": str(directory),
            "INFLUXDB_REPORTING_DISABLED": "true",
            "INFLUXDB_META_DIR": str(directory / "meta"),
            "INFLUXDB_DATA_DIR": str(directory / "data"),
            "INFLUXDB_DATA_WAL_DIR": str(directory / "wal"),
            "INFLUXDB_HTTP_BIND_ADDRESS": f"127.0.0.1:{self.port}",
            "INFLUXDB_BIND_ADDRESS": f"127.0.0.1:{free_port()}",
        }
        command = [binary, "run", "-config", "/dev/null"]
        super().__init__(command, self._pings, environment, directory, step_down=True)

    def create_database(self, name: str) -> None:
        """Make an empty database; harmless when it exists."""
        self.query(f'CREATE DATABASE "{name}"')

    def query(self, influxql: str, database: str = "") -> list[dict[str, Any]]:
        """Run InfluxQL; the series of the first result, times in nanoseconds. Raises on an error answer."""
        body = urllib.parse.urlencode({"q": influxql, "db": database, "epoch": "ns"}).encode()
        with urllib.request.urlopen(f"{self.url}/query", body, timeout=10) as answer:
            result = json.load(answer)["results"][0]
        if "error" in result:
            raise ValueError(result["error"])
        series: list[dict[str, Any]] = result.get("series", [])
        return series

    def write(self, database: str, lines: str) -> None:
        """Write line protocol. Raises urllib.error.HTTPError when the server refuses."""
        urllib.request.urlopen(f"{self.url}/write?db={database}", lines.encode(), timeout=10).close()

    def _pings(self) -> bool:
        try:
            urllib.request.urlopen(f"{self.url}/ping", timeout=1).close()
        except OSError:
            return False
        return True
