"""A broker is told to forget a message only when kill -9 cannot make us forget it: a real broker, a real kill."""

from __future__ import annotations

import asyncio
import csv
import json
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest

from drivers.mqtt.connection import MqttConnection
from drivers.mqtt.settings import MqttConnectionSettings
from monitor.domain.alarm import EventCause
from monitor.domain.rules import AlarmKind, AlarmRule, Leak, Priority
from monitor.engine.recording import Recorder
from monitor.engine.safekeeping import Safekeeping
from monitor.ports import Stored, Transient
from monitor.storage.spool import DiskSpool
from tests.drivers.mqtt.judge import publish
from tests.drivers.mqtt.support import source, until
from tests.engine.bench import Bench, TestJournal
from tests.integration.house import House
from tests.servers.mosquitto import Mosquitto
from tests.servers.process import program
from tests.support.yaml_text import write_yaml

pytestmark = pytest.mark.real

CLIENT = "watchroom-safe"
MANY = 2400
METER = {
    "type": "meter-test",
    "title": "A meter that counts its messages",
    "driver": "mqtt",
    "source": "made for this test",
    "topics": {
        "{topic}": {
            "time": {"path": "at", "as": "epoch_ms"},
            "points": {"count": {"path": "n", "as": "number"}},
        }
    },
    "alarms": {},
}


@pytest.fixture
def broker() -> Iterator[Mosquitto]:
    """One that keeps for us whatever comes."""
    with Mosquitto(["allow_anonymous true", "max_queued_messages 0"]) as server:
        yield server


def site(home: House, broker: Mosquitto) -> None:
    """A house with one meter behind the broker."""
    (home.config / "types").mkdir(parents=True)
    write_yaml(home.config / "types" / "meter-test.yaml", METER)
    hub = {"driver": "mqtt", "url": f"mqtt://127.0.0.1:{broker.port}", "client_id": CLIENT}
    home.write(
        "site.yaml",
        {
            "site": {"id": "safe", "name": "safe", "timezone": "Asia/Shanghai"},
            "console": {"listen": f"127.0.0.1:{home.port}"},
            "connections": {"hub": hub},
            "equipment": [
                {"id": "m-1", "type": "meter-test", "name": "m", "connection": "hub", "topic": "m/1"}
            ],
        },
    )


def test_kill_9_in_the_middle_of_a_stream_loses_no_message(tmp_path: Path, broker: Mosquitto) -> None:
    home = House(tmp_path)
    start = int(time.time() - 60) * 1000
    lines = [json.dumps({"at": start + n, "n": n}) + "\n" for n in range(MANY)]
    command = [program("mosquitto_pub", package="mosquitto-clients"), "-p", str(broker.port)]
    command += ["-h", "127.0.0.1", "-q", "1", "-t", "m/1", "-l"]
    try:
        site(home, broker)
        home.start_daemon()
        home.until(lambda: f"Received SUBSCRIBE from {CLIENT}" in broker.log(), "subscribed")
        with subprocess.Popen(command, stdin=subprocess.PIPE, text=True) as plant:
            assert plant.stdin is not None
            plant.stdin.writelines(lines[: MANY // 3])
            plant.stdin.flush()
            home.until(lambda: f"Received PUBACK from {CLIENT}" in broker.log(), "some are acknowledged")
            plant.stdin.writelines(lines[MANY // 3 : 2 * MANY // 3])
            plant.stdin.flush()
            home.kill()
            plant.stdin.writelines(lines[2 * MANY // 3 :])
            plant.stdin.close()
            assert plant.wait(30) == 0
        acknowledged = broker.log().count(f"Received PUBACK from {CLIENT}")
        assert 0 < acknowledged < MANY
        home.start_daemon()
        home.until(
            lambda: broker.log().count(f"Received PUBACK from {CLIENT}") == MANY, "all are acknowledged"
        )
        home.stop_daemon()
        assert exported(home) == [(start + n, n) for n in range(MANY)]
    finally:
        home.close()


def exported(home: House) -> list[tuple[int, float]]:
    """Time (ms) and value of everything that history has of the meter."""
    told = home.cli("history", "export", "m-1.count", "--config", str(home.config), "--from", "1h")
    assert told.returncode == 0, told.stderr
    rows = csv.DictReader(told.stdout.splitlines())
    return [
        (round(datetime.fromisoformat(row["time"]).timestamp() * 1000), float(row["value"]))
        for row in rows
        if row["value"]
    ]


LEAK = AlarmRule("leak-1.leak", "leak-1", AlarmKind.LEAK, Leak("leak", 1), Priority.CRITICAL, on_delay=0)


@asynccontextmanager
async def daemon(
    broker: Mosquitto, directory: Path, journal: TestJournal, stored: Stored | None = None
) -> AsyncIterator[Bench]:
    """The way of a message from the broker to journal and spool, in this process: the journal can be told to refuse."""
    sensor = source()
    async with Bench(
        [LEAK], sensor.plan.points, journal=journal, pushed=True, stored=stored, behind="hub"
    ) as bench:
        spool = DiskSpool.open(directory)
        bench.pipeline.keep = Recorder([sensor.plan], spool, bench.clock)
        bench.pipeline.safekeeping = Safekeeping(
            bench.writer, spool, bench.clock, bench.tally, settle=bench.alarming.save_delays
        )
        settings = MqttConnectionSettings(url=f"mqtt://127.0.0.1:{broker.port}", client_id=CLIENT)
        connection = MqttConnection("hub", settings, [sensor], bench.clock)
        running = asyncio.create_task(connection.run(bench.pipeline))
        try:
            await until(lambda: bench.tally.get("link_up", connection="hub") == 1, "link up")
            yield bench
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await connection.close()
            spool.close()


async def test_a_journal_that_refuses_stops_acknowledgements_and_what_comes_again_raises_nothing_new(
    tmp_path: Path, broker: Mosquitto
) -> None:
    journal = TestJournal()
    async with daemon(broker, tmp_path / "spool", journal) as bench:
        journal.trouble = Transient("database or disk is full")
        for _ in range(10):
            await publish(broker, "zigbee2mqtt/leak-1", {"water_leak": True})
        await until(lambda: bench.alarming.alarm(LEAK.id).active, "the alarm is raised all the same")
        await asyncio.sleep(0.3)
        assert f"Received PUBACK from {CLIENT}" not in broker.log()
    assert journal.commits == []

    journal.trouble = None
    async with daemon(broker, tmp_path / "spool", journal, await journal.load()) as bench:
        await until(lambda: broker.log().count(f"Received PUBACK from {CLIENT}") == 10, "acknowledged now")
        raised = [event for event in journal.events if event.cause is EventCause.RAISED]
        assert len(raised) == 1

    async with daemon(broker, tmp_path / "spool", journal, await journal.load()) as bench:
        await publish(broker, "zigbee2mqtt/leak-1", {"water_leak": True})
        await until(lambda: bench.tally.get("scans_total") == 1, "one more")
        assert bench.alarming.alarm(LEAK.id).occurrence == 1
