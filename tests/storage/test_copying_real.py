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
async def test_from_the_file_to_influxdb_to_victoriametrics_and_back(
    tmp_path: Path, influxdb: InfluxDB, victoria: Victoria
) -> None:
    given = [Sample("pit-1.level", NOW - 7_200_000 + i * 1000, i / 8, 0) for i in range(6000)]
    given += [Sample("gone-9.level", NOW - 3_600_000, 7.5, 1), Sample("pit-1.level", NOW - 10_000, None, 12)]
    file = SqliteHistorian.open(tmp_path / "history.db")
    await file.write(given)
    await file.close()

    influx = f"influxdb1://127.0.0.1:{influxdb.port}/copied"
    there = watchroom("current", influx, state=tmp_path)
    assert there.returncode == 0, there.stderr
    assert "verified: 2 points, 6,002 values" in there.stdout
    metrics = f"victoriametrics://127.0.0.1:{victoria.port}"
    on = watchroom(influx, metrics, "--point", "pit-1.level", state=tmp_path)
    assert on.returncode == 0, on.stderr
    back = watchroom(metrics, "sqlite:back.db", state=tmp_path)
    assert back.returncode == 0, back.stderr

    found = SqliteHistorian.open(tmp_path / "back.db")
    assert list(await found.raw("pit-1.level", 0, NOW)) == sorted(
        (s for s in given if s.point == "pit-1.level"), key=lambda s: s.at_ms
    )
    await found.close()


@pytest.mark.slow
def test_a_wrong_url_and_the_same_one_are_said(tmp_path: Path) -> None:
    assert "unknown historian `graphite:`" in watchroom("current", "graphite://h/x", state=tmp_path).stderr
    assert "the same historian" in watchroom("current", "sqlite:history.db", state=tmp_path).stderr
