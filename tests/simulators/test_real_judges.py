"""The plant as programs see it that we did not write: mbpoll (libmodbus) and mosquitto_sub."""

import asyncio
import json
import re
import signal
from pathlib import Path
from typing import Any

import pytest

from simulators.runner import Overrides, Simulation
from simulators.wire.bus import Unit
from simulators.wire.registers import RegisterBank, Table
from simulators.wire.serial_line import SerialLine
from tests.servers.mosquitto import Mosquitto
from tests.servers.process import program
from tests.simulators.process import PlantProcess, running
from tests.simulators.support import plant_file

pytestmark = pytest.mark.real

_VALUE = re.compile(r"^\[(\d+)\]:\s+(\S+)", re.MULTILINE)


async def told_by(*command: str) -> tuple[int, str, str]:
    """Exit code, output and complaints of a program."""
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
    told, complained = await asyncio.wait_for(child.communicate(), 30)
    return child.returncode or 0, told.decode(), complained.decode()


async def mbpoll(plant: PlantProcess, unit: int, *asked: str, write: str | None = None) -> tuple[str, str]:
    """What mbpoll reads from a unit, addresses as on the wire."""
    host, port = plant.modbus
    command = [
        program("mbpoll", package="mbpoll"),
        "-0",
        "-1",
        "-p",
        str(port),
        "-a",
        str(unit),
        *asked,
        host,
    ]
    _, told, complained = await told_by(*command, *([write] if write else []))
    return told, complained


async def read(plant: PlantProcess, unit: int, *asked: str) -> list[str]:
    told, complained = await mbpoll(plant, unit, *asked)
    assert complained.strip() == "", complained
    return [value for _, value in _VALUE.findall(told)]


async def listen(plant: PlantProcess, topic: str, count: int = 1) -> list[dict[str, Any]]:
    """Messages that mosquitto_sub hears: topic, payload, retained."""
    host, port = plant.mqtt
    binary = program("mosquitto_sub", package="mosquitto-clients")
    form = '{"topic":"%t","retain":%r,"hex":"%x"}'
    command = [binary, "-h", host, "-p", str(port), "-t", topic, "-C", str(count), "-W", "15", "-F", form]
    code, told, complained = await told_by(*command)
    assert code == 0, f"{topic}: {complained}"
    heard = [json.loads(line) for line in told.splitlines()]
    return [{**item, "payload": bytes.fromhex(item["hex"]).decode()} for item in heard]


async def test_mbpoll_reads_floats_words_bits_and_coils(tmp_path: Path, mosquitto: Mosquitto) -> None:
    async with running(plant_file(tmp_path), "--mqtt", f"mqtt://127.0.0.1:{mosquitto.port}") as plant:
        volts = [float(value) for value in await read(plant, 11, "-t", "3:float", "-B", "-r", "0", "-c", "3")]
        assert all(229 < value < 233 for value in volts)
        amps = [float(value) for value in await read(plant, 11, "-t", "3:float", "-B", "-r", "6", "-c", "3")]
        assert all(100 < value < 700 for value in amps)
        energy = await read(plant, 11, "-t", "3:float", "-B", "-r", "342", "-c", "1")
        assert float(energy[0]) == pytest.approx(184_000, abs=100)
        (level,) = await read(plant, 3, "-t", "3", "-r", "0", "-c", "1")
        assert 850 < int(level) < 1300
        assert len(await read(plant, 3, "-t", "1", "-r", "0", "-c", "10")) == 10
        assert await read(plant, 3, "-t", "4", "-r", "0", "-c", "2") == ["1", "1"]
        assert await read(plant, 12, "-t", "3:hex", "-r", "8", "-c", "2") == ["0x7FFB", "0x0000"]


async def test_mbpoll_counts_the_same_failed_lamps_on_coils_and_on_words(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    async with running(plant_file(tmp_path), "--mqtt", f"mqtt://127.0.0.1:{mosquitto.port}") as plant:
        for zone in ("coils", "words"):
            assert await plant.drill(f"inject lamps_failed {zone} to=92") == "ok"
        await asyncio.sleep(0.3)  # the plant steps ten times a second
        coils = await read(plant, 21, "-t", "0", "-r", "0", "-c", "120")
        assert (coils.count("1"), coils.count("0")) == (110, 10)
        words = await read(plant, 22, "-t", "4:hex", "-r", "1", "-c", "8")
        assert sum(int(word, 16).bit_count() for word in words) == 110


async def test_mbpoll_hears_why_it_gets_no_answer(tmp_path: Path, mosquitto: Mosquitto) -> None:
    async with running(plant_file(tmp_path), "--mqtt", f"mqtt://127.0.0.1:{mosquitto.port}") as plant:
        first = ("-t", "4", "-r", "0", "-c", "1")
        assert "Target device failed to respond" in (await mbpoll(plant, 99, *first))[1]
        assert "Illegal data address" in (await mbpoll(plant, 3, "-t", "4", "-r", "500", "-c", "1"))[1]
        assert "Illegal function" in (await mbpoll(plant, 3, "-t", "4", "-r", "0", write="2"))[1]
        assert await plant.drill("inject exception pit code=6") == "ok"
        assert "device or server is busy" in (await mbpoll(plant, 3, *first))[1]
        assert await plant.drill("clear exception pit") == "ok"
        assert await plant.drill("inject not_answering pit") == "ok"
        assert "timed out" in (await mbpoll(plant, 3, "-o", "0.2", *first))[1]
        assert await plant.drill("clear not_answering pit") == "ok"
        assert await read(plant, 3, *first) == ["1"]
        plant.child.send_signal(signal.SIGTERM)
        assert (await plant.last_line())["modbus"]["other_than_reads"] == 1


async def test_mosquitto_sub_hears_lifts_and_sensors(tmp_path: Path, mosquitto: Mosquitto) -> None:
    async with running(plant_file(tmp_path), "--mqtt", f"mqtt://127.0.0.1:{mosquitto.port}") as plant:
        (online,) = await listen(plant, "lifts/1/availability")
        assert (online["payload"], online["retain"]) == ("online", 1)
        (bridge,) = await listen(plant, "zigbee2mqtt/bridge/state")
        assert (bridge["payload"], bridge["retain"]) == ('{"state":"online"}', 1)
        (lift,) = await listen(plant, "lifts/1")
        said = json.loads(lift["payload"])
        assert (said["registration"], said["trapped"], lift["retain"]) == ("31103101002019000011", False, 0)
        hearing = asyncio.create_task(listen(plant, "zigbee2mqtt/wet", count=2))
        await asyncio.sleep(0.3)  # for mosquitto_sub to have subscribed
        assert await plant.drill("inject leak wet") == "ok"
        await asyncio.sleep(0.3)
        assert await plant.drill("clear leak wet") == "ok"
        heard = [json.loads(item["payload"]) for item in await hearing]
        assert [item["water_leak"] for item in heard] == [True, False]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", heard[0]["last_seen"])


async def test_a_killed_plant_leaves_its_last_will(tmp_path: Path, mosquitto: Mosquitto) -> None:
    async with running(plant_file(tmp_path), "--mqtt", f"mqtt://127.0.0.1:{mosquitto.port}") as plant:
        plant.child.kill()
        await plant.child.wait()
        (lift,) = await listen(plant, "lifts/1/availability")
        assert lift["payload"] == "offline"
        (bridge,) = await listen(plant, "zigbee2mqtt/bridge/state")
        assert bridge["payload"] == '{"state":"offline"}'


async def test_a_plant_outlives_its_broker(tmp_path: Path, mosquitto: Mosquitto) -> None:
    async with running(plant_file(tmp_path), "--mqtt", f"mqtt://127.0.0.1:{mosquitto.port}") as plant:
        await asyncio.to_thread(mosquitto.kill)
        assert await plant.drill("inject leak wet") == "ok"
        assert await read(plant, 3, "-t", "4", "-r", "0", "-c", "1") == ["1"]
        await asyncio.to_thread(mosquitto.start)
        (wet,) = await listen(plant, "zigbee2mqtt/wet")
        assert json.loads(wet["payload"])["water_leak"] is True


async def test_the_plant_brings_its_own_mosquitto_and_takes_it_along(tmp_path: Path) -> None:
    own = ("--broker", "127.0.0.1:0", "--broker-program", "mosquitto")
    async with running(plant_file(tmp_path), *own) as plant:
        (online,) = await listen(plant, "zigbee2mqtt/wet/availability")
        assert online["payload"] == '{"state":"online"}'
        plant.child.send_signal(signal.SIGTERM)
        assert (await plant.last_line())["stopped"] is True
        assert await asyncio.wait_for(plant.child.wait(), 15) == 0
        with pytest.raises(OSError, match=r"refused|failed"):
            await asyncio.open_connection(*plant.mqtt)


async def test_a_broker_that_ends_by_itself_ends_the_plant(tmp_path: Path) -> None:
    own = ("--broker", "127.0.0.1:0", "--broker-program", "mosquitto")
    async with running(plant_file(tmp_path), *own) as plant:
        children = Path(f"/proc/{plant.child.pid}/task/{plant.child.pid}/children").read_text().split()
        assert len(children) == 1
        await told_by("kill", "-9", children[0])
        assert await asyncio.wait_for(plant.child.wait(), 15) == 1


async def test_a_simulation_runs_inside_another_program(tmp_path: Path, mosquitto: Mosquitto) -> None:
    url = f"mqtt://127.0.0.1:{mosquitto.port}"
    async with Simulation(plant_file(tmp_path), Overrides(mqtt=url)) as simulation:
        assert simulation.mqtt_connected
        simulation.plant.inject("leak", "wet", {}, lasts=60)
        host, _, port = simulation.modbus.rpartition(":")
        command = [program("mbpoll", package="mbpoll"), "-0", "-1", "-p", port, "-a", "3", "-r", "0", host]
        code, _, complained = await told_by(*command)
        assert (code, complained.strip()) == (0, "")
        assert simulation.server.recorder.functions == {3}
        before = simulation.plant.now
        await asyncio.sleep(0.3)
        assert 0.1 < simulation.plant.now - before < 2


async def test_mbpoll_reads_rtu_from_a_serial_line_that_is_not_there() -> None:
    bank = RegisterBank()
    bank.words(Table.HOLDING, 0, [7, 300, 65535])
    bank.bits(Table.COIL, 0, [True, False, True])
    line = SerialLine({3: Unit(bank)})
    path = line.start()
    try:
        poll = [
            program("mbpoll", package="mbpoll"),
            "-m",
            "rtu",
            "-b",
            "19200",
            "-P",
            "none",
            "-0",
            "-1",
            "-a",
            "3",
            "-r",
            "0",
        ]
        _, words, complained = await told_by(*poll, "-t", "4", "-c", "3", path)
        assert [value for _, value in _VALUE.findall(words)] == ["7", "300", "65535"], complained
        _, bits, complained = await told_by(*poll, "-t", "0", "-c", "3", path)
        assert [value for _, value in _VALUE.findall(bits)] == ["1", "0", "1"], complained
    finally:
        line.stop()
    assert line.bus.recorder.functions == {1, 3}
