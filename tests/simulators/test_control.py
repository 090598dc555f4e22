"""The drill socket."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from simulators.control import Control, ControlError
from simulators.plant import Plant
from tests.simulators.support import run_for, small_plant


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    return small_plant(tmp_path)


@pytest.fixture
async def control(plant: Plant) -> AsyncIterator[Control]:
    control = Control(plant, lambda: {"more": 1})
    yield control
    await control.stop()


def status(control: Control) -> dict[str, object]:
    word, _, facts = control.answer("status").partition(" ")
    assert word == "ok"
    decoded: dict[str, object] = json.loads(facts)
    return decoded


async def test_a_drill_by_name(control: Control, plant: Plant) -> None:
    assert control.answer("inject leak wet for=10s") == "ok"
    assert control.answer("inject lamps_failed coils to=50") == "ok"
    expected = [{"fault": "lamps_failed", "target": "coils"}, {"fault": "leak", "target": "wet"}]
    assert status(control) == {"time": 0.0, "hour": 12.0, "active": expected, "more": 1}
    assert control.answer("clear lamps_failed coils") == "ok"
    run_for(plant, 11)
    assert status(control)["active"] == []


async def test_faults_lists_what_can_be_injected(control: Control) -> None:
    known = json.loads(control.answer("faults").removeprefix("ok "))
    assert "pump_fault" in known["pit"]
    assert known["wet"][:4] == ["leak", "low_battery", "silent", "value_stuck"]
    assert {"flood", "gateway_offline"} <= set(known["wet"])
    assert "broker_restart" in known["mqtt"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "expected: inject"),
        ("explode pit", "expected: inject"),
        ("inject leak", "expected: inject"),
        ("inject leak nowhere", "unknown target 'nowhere'"),
        ("inject fire wet", "no fault 'fire'"),
        ("inject leak wet for=ever", "'ever' is not a duration"),
        ("inject leak wet now", "'now' is not name=value"),
        ("inject lamps_failed coils to=x", "'x' is not a number"),
        ("clear leak wet", "not active"),
    ],
)
async def test_a_wrong_command_is_told_and_changes_nothing(control: Control, line: str, message: str) -> None:
    answer = control.answer(line)
    assert answer.startswith("error ")
    assert message in answer
    assert status(control)["active"] == []


async def test_lines_over_a_socket(control: Control) -> None:
    host, _, port = (await control.start("127.0.0.1:0")).rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"inject leak wet\nnonsense\n\xff\n")
    answers = [(await asyncio.wait_for(reader.readline(), 5)).decode() for _ in range(3)]
    assert answers[0] == "ok\n"
    assert all(answer.startswith("error ") for answer in answers[1:])
    writer.write(b"x" * 10_000)
    assert await asyncio.wait_for(reader.read(), 5) == b"", "an endless line ends the connection"
    writer.close()


async def test_lines_over_a_unix_socket(control: Control, tmp_path: Path) -> None:
    path = tmp_path / "drill"
    assert await control.start(f"unix:{path}") == f"unix:{path}"
    reader, writer = await asyncio.open_unix_connection(str(path))
    writer.write(b"status\n")
    assert (await asyncio.wait_for(reader.readline(), 5)).startswith(b"ok {")
    writer.close()


@pytest.mark.parametrize("address", ["0.0.0.0:0", "192.0.2.1:0"])
async def test_the_drill_socket_stays_on_loopback(control: Control, address: str) -> None:
    with pytest.raises(ControlError, match="loopback only"):
        await control.start(address)
