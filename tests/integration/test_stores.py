"""A whole house on real databases, which are stopped, cut off and filled while it watches. The databases are the judges."""

from __future__ import annotations

import contextlib
import itertools
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import eager
from tests.integration.house import House, house
from tests.integration.stores import (
    HEARTBEAT_MS,
    FullDisk,
    acknowledge,
    counts,
    file_limit,
    health,
    in_force,
    look_on,
    may_mount,
    raw,
    sent_once,
    small_disk,
    sound,
)
from tests.integration.test_main_job import LEAK, delivered, wet
from tests.servers.influxdb import InfluxDB
from tests.servers.postgres import Postgres
from tests.servers.process import ServerProcess
from tests.servers.victoria import Victoria

pytestmark = pytest.mark.real

Json = dict[str, Any]
Judge = Callable[[], dict[int, float]]
LAMPS = "lamps-a.lamps"
HISTORIAN = "watchroom.historian"
AWAY = 20.0
"""Seconds for which a server is stopped."""


def now_ms() -> int:
    return round(time.time() * 1000)


# History


def outage(home: House, server: ServerProcess, judge: Judge) -> None:
    """The historian's server away for 20 s while values go on: nothing is missing, nothing doubled, alarms went on."""
    home.until(judge, "the first values are stored")
    seen = look_on(home, 3)
    began = now_ms()
    server.stop()
    stopped = time.monotonic()
    home.drill("inject leak leak-b2-05")
    seen |= look_on(home, AWAY - (time.monotonic() - stopped))
    assert delivered(home, LEAK), "a leak was told while the historian was down"
    assert home.alarm(HISTORIAN), "the historian's outage is an alarm"
    assert health(home) == 200, "a dead database is an alarm, not ill health"
    server.start()
    seen |= look_on(home, 2)
    ended = max(seen) + 1
    home.until(lambda: max(judge(), default=0) >= ended, "the spool has drained")
    home.until(
        lambda: (home.alarm(HISTORIAN) or {}).get("state") != "UNACK", "the historian's alarm returned"
    )

    start = min(seen)
    judged = {at: value for at, value in judge().items() if start <= at < ended}
    assert raw(home, start, ended) == judged
    assert {at: in_force(judged, at) for at in seen} == seen
    assert len([at for at in judged if began <= at < ended]) > 10, "the level moved meanwhile"
    times = sorted(judged)
    assert max(b - a for a, b in itertools.pairwise(times)) <= HEARTBEAT_MS + 1500
    assert "spool_lost_total 0" in home.request("GET", "/metrics").text
    sent_once(home)


def test_influxdb_away_for_20_seconds(influxdb: InfluxDB, tmp_path: Path) -> None:
    def judge() -> dict[int, float]:
        query = "SELECT level FROM \"sump-pit\" WHERE equipment = 'pit-1'"
        found = influxdb.query(query, "watchroom")
        return {at // 1_000_000: value for one in found for at, value in one["values"]}

    def change(site: Json) -> None:
        site["historian"] = {"url": f"influxdb1://127.0.0.1:{influxdb.port}/watchroom", "retention": "90d"}

    influxdb.create_database("watchroom")
    with house(tmp_path, change=change, prepare=eager) as home:
        outage(home, influxdb, judge)


def test_victoriametrics_away_for_20_seconds(victoria: Victoria, tmp_path: Path) -> None:
    def judge() -> dict[int, float]:
        stored = victoria.merged('{__name__="sump-pit_level",equipment="pit-1"}')
        assert {len(values) for values in stored.values()} <= {1}, "a sample is there twice"
        return {at: values[0] for at, values in stored.items()}

    def change(site: Json) -> None:
        site["historian"] = {"url": f"victoriametrics://127.0.0.1:{victoria.port}", "retention": "90d"}

    with house(tmp_path, change=change, prepare=eager) as home:
        outage(home, victoria, judge)


def test_victoriametrics_without_its_flag_is_an_alarm_that_names_it(
    victoria: Victoria, tmp_path: Path
) -> None:
    victoria.start_with("-retentionPeriod=10y")

    def change(site: Json) -> None:
        site["historian"] = {"url": f"victoriametrics://127.0.0.1:{victoria.port}", "retention": "90d"}

    with house(tmp_path, change=change, prepare=eager) as home:
        shown = home.until(lambda: home.alarm(HISTORIAN), "the wrong flag is an alarm")
        assert "-dedup.minScrapeInterval=1ms" in shown["value"]
        assert "-dedup.minScrapeInterval=1ms" in home.log()
        assert health(home) == 200
        assert victoria.export('{equipment="pit-1"}') == {}


# Journal on PostgreSQL


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    with Postgres() as server:
        yield server


@pytest.fixture
def on_postgres(postgres: Postgres, tmp_path: Path) -> Iterator[House]:
    """A house whose journal is on a server that asks for a password."""
    url = postgres.guarded("room", "p@ss:/word")

    def change(site: Json) -> None:
        site["journal"] = {"url": url, "username": "room", "password": {"file": "journal"}}

    def prepare(built: House) -> None:
        eager(built)
        secret = built.config / "secrets" / "journal"
        secret.parent.mkdir()
        secret.touch(0o600)
        secret.write_text("p@ss:/word\n")

    with house(tmp_path, change=change, prepare=prepare) as running:
        yield running


def events_of(postgres: Postgres) -> list[int]:
    """Sequence numbers of the events, by psql."""
    return [int(n) for n in postgres.sql("SELECT sequence FROM events ORDER BY 1", "journal1").split()]


def test_postgresql_away_for_20_seconds_loses_no_event_and_needs_no_restart(
    on_postgres: House, postgres: Postgres
) -> None:
    home, pid = on_postgres, on_postgres.pid
    leak = wet(home)
    postgres.stop()
    stopped = time.monotonic()
    home.drill("inject lamps_failed lamps-a to=92")
    home.until(lambda: health(home) == 503, "the journal does not write", 15)
    lamps = home.until(lambda: home.alarm(LAMPS), "an alarm is shown all the same")
    assert lamps["stored"] is False
    assert acknowledge(home, leak) == 503
    time.sleep(max(0.0, AWAY - (time.monotonic() - stopped)))
    assert health(home) == 503
    postgres.start()
    home.until(lambda: health(home) == 200, "healthy again", 15)
    home.until(lambda: (home.alarm(LAMPS) or {}).get("stored"), "the alarm is stored")
    home.until(lambda: delivered(home, LAMPS), "and told")
    assert acknowledge(home, leak) == 200
    stored = postgres.sql(f"SELECT count(*) FROM events WHERE alarm = '{LAMPS}'", "journal1")
    assert int(stored) >= 1

    cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'watchroom'"
    for _ in range(2):
        home.until(lambda: int(postgres.sql(cut)) >= 1, "connections are cut", 10)
    home.drill("clear lamps_failed lamps-a")
    home.until(lambda: (home.alarm(LAMPS) or {}).get("state") == "RTN_UNACK", "its return")
    home.until(lambda: health(home) == 200 and (home.alarm(LAMPS) or {}).get("stored"), "is stored")

    assert home.pid == pid
    assert home.healthy()
    sequence = events_of(postgres)
    assert sequence == list(range(1, len(sequence) + 1)), "no event is missing or doubled"
    assert sequence == sorted(e["sequence"] for e in home.items("/api/v1/events"))
    sent_once(home)
    assert home.cli("verify-audit", "--config", str(home.config)).returncode == 0


def test_kill_9_on_postgresql_forgets_nothing_and_tells_nobody_twice(
    on_postgres: House, postgres: Postgres
) -> None:
    home = on_postgres
    leak = wet(home)
    home.drill("inject lamps_failed lamps-a to=92")
    home.until(lambda: delivered(home, LAMPS), "the lamps' message")
    assert acknowledge(home, leak) == 200
    before = {id_: home.alarm(id_) for id_ in (LEAK, LAMPS)}
    sent = {m["id"] for m in sent_once(home)}
    home.kill()
    time.sleep(1)
    home.start_daemon()
    home.until(lambda: home.alarm(LEAK) and home.alarm(LAMPS), "the alarms are there")
    time.sleep(4)
    for id_, was in before.items():
        shown = home.alarm(id_)
        assert shown is not None
        assert was is not None
        for name in (
            "state",
            "occurrence",
            "annunciation",
            "acknowledged_by",
            "acknowledged_at",
            "raised_at",
        ):
            assert shown[name] == was[name], (id_, name)
    assert {m["id"] for m in sent_once(home)} == sent, "no second message"
    assert [e for e in home.items("/api/v1/events") if e["cause"] == "was_down"]
    sequence = events_of(postgres)
    assert sequence == list(range(1, len(sequence) + 1))


# Backup


def test_a_backup_under_load_is_restored_whole_and_a_tampered_row_is_named(
    home: House, tmp_path: Path
) -> None:
    leak = wet(home)
    busy = threading.Event()
    written = [0]

    def load() -> None:
        path = f"/api/v1/alarms/{leak['id']}/comment"
        while not busy.is_set():
            answer = home.request("POST", path, json={"note": f"note {written[0]}"})
            written[0] += answer.status_code < 300

    worker = threading.Thread(target=load)
    worker.start()
    home.until(lambda: written[0] > 20, "the load has begun")
    copy, before = tmp_path / "copy", written[0]
    made = home.cli("backup", str(copy), "--config", str(home.config))
    after = written[0]
    home.until(lambda: written[0] > after + 5, "the load goes on")
    busy.set()
    worker.join()
    assert made.returncode == 0, made.stderr
    assert after > before, "commits went on while it was copied"
    again = home.cli("backup", str(copy), "--config", str(home.config))
    assert again.returncode == 1
    assert "never overwritten" in again.stderr

    elsewhere = House(tmp_path / "elsewhere")
    elsewhere.config = home.config
    restored = elsewhere.cli("restore", str(copy), "--config", str(home.config))
    assert restored.returncode == 0, restored.stderr
    rows = counts(copy / "journal.db")
    assert before < rows["audit"] <= after + 10
    assert counts(elsewhere.state / "journal.db") == rows
    assert (elsewhere.state / "journal.db").stat().st_mode & 0o077 == 0
    verified = elsewhere.cli("verify-audit", "--config", str(home.config))
    assert verified.returncode == 0
    assert f"{rows['audit']} entries, chain unbroken" in verified.stdout

    with contextlib.closing(sqlite3.connect(elsewhere.state / "journal.db")) as database, database:
        database.execute("UPDATE audit SET detail = 'nothing happened' WHERE number = 7")
    tampered = elsewhere.cli("verify-audit", "--config", str(home.config))
    assert tampered.returncode == 1
    assert "broken at entry 7" in tampered.stdout


@pytest.mark.xdist_group("shared house")
@pytest.mark.parametrize("command", [["verify-audit"], ["backup", "copy"]])
def test_where_there_is_no_journal_it_is_said_and_none_is_made(
    shared: House, tmp_path: Path, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = House(tmp_path / "nobody")
    arguments = [command[0], *(str(tmp_path / name) for name in command[1:])]
    said = nobody.cli(*arguments, "--config", str(shared.config))
    assert said.returncode == 1
    assert "there is no journal here" in said.stderr
    assert list(tmp_path.iterdir()) == []


# A full disk


@pytest.fixture(params=["file limit", *(["small disk"] if may_mount() else [])])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[FullDisk, Path]]:
    """A way to fill the disk, and the state directory for it."""
    if request.param == "file limit":
        yield file_limit(), tmp_path / "state"
    else:
        with small_disk(tmp_path / "disk") as small:
            yield small, tmp_path / "disk" / "state"


def test_a_full_disk_stops_nothing_and_loses_nothing(disk: tuple[FullDisk, Path], tmp_path: Path) -> None:
    full, state = disk

    def prepare(built: House) -> None:
        eager(built)
        built.state = state

    with house(tmp_path, prepare=prepare) as home:
        leak = wet(home)
        before = home.items("/api/v1/events")
        full.fill(home)
        home.until(lambda: health(home) == 503, "the journal does not write", 20)
        home.drill("inject lamps_failed lamps-a to=92")
        lamps = home.until(lambda: home.alarm(LAMPS), "an alarm is shown all the same")
        assert lamps["stored"] is False
        assert acknowledge(home, leak) == 503
        assert len(look_on(home, 3)) >= 2, "equipment is watched on"
        full.free(home)
        home.until(lambda: health(home) == 200, "healthy again", 20)
        home.until(lambda: (home.alarm(LAMPS) or {}).get("stored"), "the alarm is stored")
        home.until(lambda: delivered(home, LAMPS), "and told")
        assert acknowledge(home, leak) == 200
        after = home.items("/api/v1/events")
        assert {e["sequence"] for e in before} <= {e["sequence"] for e in after}
        assert sorted(e["sequence"] for e in after) == list(range(1, len(after) + 1))
        sent_once(home)
        home.signal(signal.SIGTERM)
        assert home.stop_daemon() == 0
        assert sound(state / "journal.db")
        assert sound(state / "history.db")
        assert counts(state / "journal.db")["events"] >= len(after)
        assert home.cli("verify-audit", "--config", str(home.config)).returncode == 0
