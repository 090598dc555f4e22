"""Listening to a real broker as a guest: what is retained is heard, nothing is published, the daemon's session is its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from drivers.mqtt.discovery.overhearing import discover
from drivers.mqtt.settings import MqttConnectionSettings
from monitor.cli.program import program
from monitor.ports import Transient
from tests.drivers.mqtt.discovery.announced import leak_sensor
from tests.drivers.mqtt.judge import publish
from tests.drivers.mqtt.support import QuickClock
from tests.servers.mosquitto import Mosquitto
from tests.servers.ports import free_port

app = program()


def settings(port: int) -> MqttConnectionSettings:
    return MqttConnectionSettings.model_validate(
        {"url": f"mqtt://127.0.0.1:{port}", "client_id": "watchroom-test"}
    )


@pytest.mark.real
async def test_what_is_retained_is_heard_and_nothing_is_said(mosquitto: Mosquitto) -> None:
    for topic, content in leak_sensor("leak-1"):
        await publish(mosquitto, topic, content, retain=True, client="gateway")
    found = await discover(
        "hub", settings(mosquitto.port).guest(), QuickClock(), prefix="homeassistant", seconds=1.5
    )
    assert set(found.files) == {"types/aqara-water-leak-sensor-sjcgq11lm.yaml", "equipment.yaml"}
    assert len(found.left) == 1
    assert "Received PUBLISH from watchroom-test" not in mosquitto.log()


async def test_a_broker_that_is_not_there_is_said() -> None:
    with pytest.raises(Transient, match="hub: 127"):
        await discover("hub", settings(free_port()), QuickClock(), prefix="homeassistant", seconds=0.3)


@pytest.mark.real
def test_the_command_writes_beside_and_never_over(mosquitto: Mosquitto, tmp_path: Path) -> None:
    import asyncio

    for topic, content in leak_sensor("leak-1"):
        asyncio.run(publish(mosquitto, topic, content, retain=True))
    config = tmp_path / "config"
    config.mkdir()
    site = {
        "site": {"id": "s", "name": "S", "timezone": "Asia/Shanghai"},
        "connections": {
            "hub": {"driver": "mqtt", "url": f"mqtt://127.0.0.1:{mosquitto.port}", "client_id": "s"}
        },
    }
    (config / "site.yaml").write_text(json.dumps(site))
    out = tmp_path / "found"
    command = ["discover", "--connection", "hub", "--config", str(config), "--wait", "1.5", "--out"]
    done = CliRunner().invoke(app, [*command, str(out)])
    assert done.exit_code == 0, done.output
    assert "1 types and" in done.output
    assert "not understood: homeassistant/update/leak-1/update/config" in done.output
    assert sorted(path.name for path in out.rglob("*.yaml")) == [
        "aqara-water-leak-sensor-sjcgq11lm.yaml",
        "equipment.yaml",
    ]
    again = CliRunner().invoke(app, [*command, str(out)])
    assert (again.exit_code, "is not empty" in again.output) == (1, True)
    inside = CliRunner().invoke(app, [*command, str(config / "types")])
    assert (inside.exit_code, "is in the configuration" in inside.output) == (1, True)
    assert [path.name for path in config.rglob("*")] == ["site.yaml"]
