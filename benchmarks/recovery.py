"""Seconds until all is well again after a part of the chain was away: the whole house, real servers, each stopped once.

From the moment the server answers again (or the daemon is started again) until what people count on is back. Not a
comparison with a peer: a table for those who plan an outage. At its end an hour without the database, at 500 values a second,
is back-filled into each historian (`benchmarks.backfill`): how long, and whether every point has the same checksum on both sides.
"""

from __future__ import annotations

import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import backfill
from tests.integration.conftest import eager
from tests.integration.house import House, house
from tests.integration.stores import health
from tests.integration.test_main_job import LEAK, delivered
from tests.integration.test_sms import sms_house
from tests.servers.influxdb import InfluxDB
from tests.servers.postgres import Postgres
from tests.servers.victoria import Victoria

AWAY = 10.0
"""Seconds that each part is away."""


def main() -> None:
    """Print the table."""
    print(f"{'part':<22}{'broken':<34}{'lost':<8}seconds to recover")
    for measure in (_daemon, _plant, _influxdb, _victoria, _postgres, _kannel):
        measure()
    backfill.main()


def _row(part: str, broken: str, lost: object, seconds: float) -> None:
    print(f"{part:<22}{broken:<34}{lost!s:<8}{seconds:.1f}", flush=True)


def _until(look: Callable[[], object]) -> float:
    started = time.monotonic()
    while not look():
        if time.monotonic() - started > 120:
            raise TimeoutError("not well again in two minutes")
        time.sleep(0.05)
    return time.monotonic() - started


@contextmanager
def _house(change: Callable[[dict[str, Any]], None] | None = None) -> Iterator[House]:
    with tempfile.TemporaryDirectory(prefix="watchroom-bench-") as name:
        home = Path(name)
        home.chmod(0o755)
        with house(home, change=change, prepare=eager) as running:
            yield running


def _good(home: House) -> bool:
    return all(point["quality"] == "good" for point in home.items("/api/v1/points", equipment="pit-1"))


def _events_missing(home: House) -> int:
    numbers = sorted(event["sequence"] for event in home.items("/api/v1/events"))
    return len(set(range(1, max(numbers, default=0) + 1)) - set(numbers))


def _daemon() -> None:
    with _house() as home:
        home.drill("inject leak leak-b2-05")
        _until(lambda: delivered(home, LEAK))
        home.kill()
        time.sleep(AWAY)
        started = time.monotonic()
        home.start_daemon()
        _until(lambda: home.alarm(LEAK) and _good(home))
        _row("daemon", "kill -9, 10 s, start", _events_missing(home), time.monotonic() - started)
        started = time.monotonic()
        home.stop_daemon()
        _row("daemon", "SIGTERM until it is gone", "-", time.monotonic() - started)
        home.start_daemon()


def _plant() -> None:
    with _house() as home:
        _until(lambda: _good(home))
        plant = home._plant
        assert plant is not None
        plant.send_signal(signal.SIGSTOP)
        time.sleep(AWAY)
        _until(lambda: not _good(home))  # frozen, and said so: else there is nothing to recover from
        plant.send_signal(signal.SIGCONT)
        _row("Modbus gateway", "frozen 10 s (half-open)", _events_missing(home), _until(lambda: _good(home)))


def _waiting(home: House) -> float:
    text = home.request("GET", "/metrics").text
    return next(
        float(line.split()[-1]) for line in text.splitlines() if line.startswith("watchroom_spool_depth")
    )


def _lost(home: House) -> int:
    text = home.request("GET", "/metrics").text
    line = next(line for line in text.splitlines() if line.startswith("watchroom_spool_lost_total"))
    return int(float(line.split()[-1]))


def _historian(part: str, server: InfluxDB | Victoria, url: str) -> None:
    with _house(lambda site: site.update(historian={"url": url, "retention": "90d"})) as home:
        time.sleep(12)
        server.stop()
        time.sleep(AWAY + 10)
        server.start()
        back = _until(lambda: (home.alarm("watchroom.historian") or {"active": False})["active"] is False)
        _row(part, "stopped 20 s, alarm returned", _lost(home), back)


def _influxdb() -> None:
    with InfluxDB() as server:
        server.create_database("watchroom")
        _historian("InfluxDB 1.6.7", server, f"influxdb1://127.0.0.1:{server.port}/watchroom")


def _victoria() -> None:
    with Victoria() as server:
        _historian("VictoriaMetrics 1.79.5", server, f"victoriametrics://127.0.0.1:{server.port}")


def _postgres() -> None:
    with Postgres() as server:
        url = server.database()
        with _house(lambda site: site.update(journal={"url": url})) as home:
            server.stop()
            _until(lambda: health(home) == 503)
            time.sleep(AWAY)
            server.start()
            seconds = _until(lambda: health(home) == 200)
            _row("PostgreSQL 15", "stopped, healthz 200 again", _events_missing(home), seconds)


def _kannel() -> None:
    with tempfile.TemporaryDirectory(prefix="watchroom-bench-") as name:
        home_path = Path(name)
        home_path.chmod(0o755)
        with sms_house(home_path) as home:
            home.gateway.smsbox.kill()
            home.drill("inject leak leak-b2-05")
            _until(lambda: home.messages("retrying"))
            time.sleep(AWAY)
            home.gateway.smsbox.start()
            seconds = _until(lambda: home.messages("delivered"))
            arrived = home.gateway.messages()
            _row(
                "Kannel 1.4.5",
                "smsbox killed, message delivered",
                f"0 (+{len(arrived) - len(set(arrived))})",
                seconds,
            )


if __name__ == "__main__":
    main()
