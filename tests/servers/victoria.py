"""A real VictoriaMetrics (Debian's 1.79): line protocol on `/api/v2/write`, PromQL and `/api/v1/export`."""

import json
import urllib.parse
import urllib.request

from tests.servers.ports import free_port
from tests.servers.process import ServerProcess, program, working_directory

FLAGS = ("-dedup.minScrapeInterval=1ms", "-retentionPeriod=10y")


class Victoria(ServerProcess):
    """Server at `url`, started as the documentation says unless other `flags` are given."""

    def __init__(self, *flags: str) -> None:
        binary = program("victoria-metrics", package="victoria-metrics")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        directory = working_directory()
        data = f"-storageDataPath={directory / 'data'}"
        self._given = [binary, data, f"-httpListenAddr=127.0.0.1:{self.port}", "-memory.allowedBytes=64MB"]
        super().__init__(
            [*self._given, *(flags or FLAGS)], self._healthy, directory=directory, step_down=True
        )

    def start_with(self, *flags: str) -> None:
        """Stop, and start with other flags on the same port and data."""
        self.stop()
        self._command = [*self._given, *flags]
        self.start()

    def flush(self) -> None:
        """Make what was written visible at once; it is by itself after about a second."""
        urllib.request.urlopen(f"{self.url}/internal/force_flush", timeout=10).close()

    def export(self, selector: str, *, merged: bool = False) -> dict[int, list[float]]:
        """Every stored sample of the series, ms -> values. Duplicates are shown unless `merged`, as its own queries do."""
        self.flush()
        form = {"match[]": selector, "start": "0", "reduce_mem_usage": "0" if merged else "1"}
        found: dict[int, list[float]] = {}
        body = urllib.parse.urlencode(form).encode()
        with urllib.request.urlopen(f"{self.url}/api/v1/export", body, timeout=30) as answer:
            for line in answer:
                one = json.loads(line)
                for at, value in zip(one["timestamps"], one["values"], strict=True):
                    found.setdefault(at, []).append(value)
        return found

    def merged(self, selector: str) -> dict[int, list[float]]:
        """What its users see."""
        return self.export(selector, merged=True)

    def _healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=1) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False
