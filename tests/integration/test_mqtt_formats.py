"""Devices that nobody prepared for, by YAML alone, through the whole daemon: JSON with late reports, and Sparkplug B."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.drivers.mqtt.judge import publish
from tests.drivers.mqtt.sparkplug.edge import Edge, metric
from tests.integration.house import House
from tests.servers.mosquitto import Mosquitto
from tests.support.yaml_text import parse_yaml

pytestmark = pytest.mark.real

GATEWAY = """
type: gateway-pit
title: A pit behind a gateway
driver: mqtt
source: its manual
topics:
  "gw/telemetry":
    samples: "{key}"
    time: {path: ts, as: epoch_ms}
    points:
      level: {path: values.level, as: number, unit: m, range: [0, 4]}
      leak:  {path: values.leak, as: bool}
alarms:
  leak: {rule: leak, point: leak}
"""
PUMP = """
type: edge-pump
title: A pump behind an edge node
driver: sparkplug
source: its birth certificate
points:
  level:   {metric: Inputs/Level, as: number, scale: 0.001, unit: m}
  tripped: {metric: Status/Tripped, as: bool}
alarms:
  tripped: {rule: state, point: tripped, is: true, on_delay: 0s, priority: high}
"""


@pytest.fixture
def house(tmp_path: Path, mosquitto: Mosquitto) -> Iterator[House]:
    built = House(tmp_path)
    url = f"mqtt://127.0.0.1:{mosquitto.port}"
    (built.config / "types").mkdir(parents=True)
    for text in (GATEWAY, PUMP):
        name = parse_yaml(text)["type"]
        (built.config / "types" / f"{name}.yaml").write_text(text)
    built.write(
        "site.yaml",
        {
            "site": {"id": "s", "name": "S", "timezone": "Asia/Shanghai"},
            "console": {"listen": f"127.0.0.1:{built.port}"},
            "connections": {
                "hub": {"driver": "mqtt", "url": url, "client_id": "hub"},
                "edge": {"driver": "sparkplug", "url": url, "client_id": "edge", "rebirth": True},
            },
            "equipment": [
                {"id": "pit-a", "type": "gateway-pit", "name": "A", "connection": "hub", "key": "Device A"},
                {
                    "id": "pump-1",
                    "type": "edge-pump",
                    "name": "P",
                    "connection": "edge",
                    "group": "Plant",
                    "node": "edge1",
                    "device": "pump1",
                },
            ],
        },
    )
    try:
        built.start_daemon()
        yield built
    finally:
        built.close()


def say(broker: Mosquitto, topic: str, content: Any) -> None:
    asyncio.run(publish(broker, topic, content))


def point(house: House, id_: str) -> dict[str, Any]:
    return next(one for one in house.items("/api/v1/points") if one["id"] == id_)


def alarms(house: House) -> set[str]:
    return {one["id"] for one in house.items("/api/v1/alarms")}


def test_strangers(house: House, mosquitto: Mosquitto) -> None:
    now = round(time.time() * 1000)
    edge = Edge()

    def trip(given: bool, at: int, *, historical: bool = False) -> None:
        tripped = metric(kind="Boolean", given=given, alias=2, typed=False, at=at, historical=historical)
        say(mosquitto, *edge.say("DDATA", "pump1", tripped))

    say(mosquitto, *edge.birth())
    level = metric("Inputs/Level", "Int32", 1250, alias=1, at=now)
    say(
        mosquitto,
        *edge.say("DBIRTH", "pump1", level, metric("Status/Tripped", "Boolean", False, alias=2, at=now)),
    )
    house.until(lambda: point(house, "pump-1.level")["value"] == 1.25, "the birth")
    trip(True, now - 3_600_000, historical=True)
    say(
        mosquitto,
        *edge.say("DDATA", "pump1", metric(kind="Int32", given=900, alias=1, typed=False, at=now + 1)),
    )
    house.until(lambda: point(house, "pump-1.level")["value"] == 0.9, "data by alias")
    assert "pump-1.tripped" not in alarms(house), "what happened an hour ago is not judged as now"
    trip(True, now + 2)
    house.until(lambda: "pump-1.tripped" in alarms(house), "the trip")
    say(mosquitto, *edge.death())
    house.until(lambda: point(house, "pump-1.level")["quality"] == "bad", "the death")

    said = [{"ts": now - 2000 + i * 1000, "values": {"level": 1.0 + i, "leak": False}} for i in range(3)]
    say(mosquitto, "gw/telemetry", {"Device A": list(reversed(said)), "Device B": said})
    house.until(lambda: point(house, "pit-a.level")["value"] == 3.0, "the newest")
    late = [{"ts": now - 600_000, "values": {"level": 9.0, "leak": True}}]
    say(mosquitto, "gw/telemetry", {"Device A": late})
    say(mosquitto, "gw/telemetry", {"Device A": [{"ts": now + 500, "values": {"level": 3.5}}]})
    house.until(lambda: point(house, "pit-a.level")["value"] == 3.5, "what came after the late report")
    assert alarms(house) == {"pump-1.tripped"}
    say(mosquitto, "gw/telemetry", {"Device A": [{"ts": now + 900, "values": {"leak": True}}]})
    house.until(lambda: "pit-a.leak" in alarms(house), "the leak")
    house.until(
        lambda: _kept(house, now) == [9.0, 1.0, 2.0, 3.0, 3.5], "every sample in the history, late or not"
    )


def _kept(house: House, now: int) -> list[float]:
    span = {"from": (now - 700_000) / 1000, "to": (now + 60_000) / 1000}
    found = house.get("/api/v1/history", point="pit-a.level", **{k: _rfc(v) for k, v in span.items()})
    return [one["value"] for one in found["items"] if one["value"] is not None]


def _rfc(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
