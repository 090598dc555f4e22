"""`watchroom history copy` between real servers and the embedded historian, there and back."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from monitor.domain.history import Sample
from monitor.storage.history_sqlite import SqliteHistorian
from tests.servers.influxdb import InfluxDB
from tests.servers.victoria import Victoria

ROOT = Path(__file__).parents[2]
NOW = round(time.time()) * 1000


def watchroom(*arguments: str, state: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "monitor", "history", "copy", *arguments, "--config", "config", "--state", str(state)],
        cwd=ROOT, capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip


@pytest.mark.real
@pytest.mark.timeout(240)  # three starts of the program, two servers
async def test_from_the_file_to_influxdb_to_victoriametrics_and_back(
    tmp_path: Path, influxdb: InfluxDB, victoria: Victoria
) -> None:
    given = [Sample("pit-1.level", NOW - 7_200_000 + i * 1000, i / 8, 0) for i in range(6000)]
    # As a meter's float of four bytes comes out as one of eight: VictoriaMetrics does not keep its last digits.
    given += [
        Sample("mdb-1.v_l1", NOW - 7_200_000 + i * 1000, 230.39999389648438 + i / 3, 0) for i in range(500)
    ]
    given += [Sample("gone-9.level", NOW - 3_600_000, 7.5, 1), Sample("pit-1.level", NOW - 10_000, None, 12)]
    file = SqliteHistorian.open(tmp_path / "history.db")
    await file.write(given)
    await file.close()

    influx = f"influxdb1://127.0.0.1:{influxdb.port}/copied"
    influxdb.create_database("copied")  # and written to already, as after a switch
    level = f"sump-pit,equipment=pit-1,site=riverside,system=pumps level=1 {NOW - 5_000}000000"
    influxdb.write("copied", level)
    there = watchroom("current", influx, state=tmp_path)
    assert there.returncode == 0, there.stderr
    assert "1 points hold 1 further values there" in there.stdout
    assert "verified: 3 points, 6,502 values" in there.stdout
    metrics = f"victoriametrics://127.0.0.1:{victoria.port}"
    some = ("--point", "pit-1.level", "--point", "mdb-1.v_l1")
    on = watchroom(influx, metrics, *some, state=tmp_path)
    assert on.returncode == 0, on.stderr
    assert "compared to 12 digits" in on.stdout
    back = watchroom(metrics, "sqlite:back.db", state=tmp_path)
    assert back.returncode == 0, back.stderr

    found = SqliteHistorian.open(tmp_path / "back.db")
    assert list(await found.raw("pit-1.level", 0, NOW)) == sorted(
        [*(s for s in given if s.point == "pit-1.level"), Sample("pit-1.level", NOW - 5_000, 1.0, 0)],
        key=lambda s: s.at_ms,
    )
    await found.close()


@pytest.mark.slow
def test_a_wrong_url_and_the_same_one_are_said(tmp_path: Path) -> None:
    assert "unknown historian `graphite:`" in watchroom("current", "graphite://h/x", state=tmp_path).stderr
    assert "the same historian" in watchroom("current", "sqlite:history.db", state=tmp_path).stderr
