"""What Watchroom says is on the wire, other people's programs see there too; and nothing of ours is written to it."""

from __future__ import annotations

import csv
import io
import json
import re
import struct
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from tests.integration.conftest import eager
from tests.integration.house import House
from tests.integration.judges import Ear, listening, mbpoll
from tests.servers.mosquitto import Mosquitto

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("judges")]

Json = dict[str, Any]
LEAK = "leak-b2-05.leak"


@pytest.fixture(scope="module")
def broker() -> Iterator[Mosquitto]:
    """A broker that writes down every packet it receives, and from whom."""
    with Mosquitto() as server:
        yield server


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory, broker: Mosquitto) -> Iterator[House]:
    """A running house whose plant publishes to `broker`. The last test here stops its plant."""
    house = House(tmp_path_factory.mktemp("judged"))
    try:
        house.start_plant(mqtt=f"mqtt://127.0.0.1:{broker.port}")
        house.configure()
        eager(house)
        house.start_daemon()
        everything_spoke(house)
        yield house
    finally:
        house.close()


def everything_spoke(house: House) -> None:
    """Wait until each point is good."""
    house.until(lambda: all(p["quality"] == "good" for p in house.items("/api/v1/points")), "all points good")


def values(house: House, equipment: str, *keys: str) -> list[Any]:
    """Values of points by key, each of good quality."""
    points = {p["id"]: p for p in house.items("/api/v1/points", equipment=equipment)}
    chosen = [points[f"{equipment}.{key}"] for key in keys]
    assert [p["quality"] for p in chosen] == ["good"] * len(chosen), chosen
    return [p["value"] for p in chosen]


def agreed(house: House, look: Any, equipment: str, keys: list[str]) -> list[Any]:
    """What both see of things that move: the judge's look must be what ours saw within two polls before or after it.

    Gives the agreed values. A value counts as agreed when the judge's lies between two of ours, or equals one.
    """
    left = dict.fromkeys(keys)
    found: dict[str, Any] = {}
    deadline = time.monotonic() + 30
    while left and time.monotonic() < deadline:
        asked = list(left)
        before = values(house, equipment, *asked)
        judged = dict(zip(keys, look(), strict=True))
        time.sleep(1.2)
        after = values(house, equipment, *asked)
        for key, old, new in zip(asked, before, after, strict=True):
            seen = judged[key]
            if seen in (old, new) or (not isinstance(seen, bool) and min(old, new) <= seen <= max(old, new)):
                found[key] = seen
                del left[key]
    assert not left, f"{equipment}: the judge sees something else in {list(left)}"
    return [found[key] for key in keys]


def bits(texts: list[str]) -> list[bool]:
    assert set(texts) <= {"0", "1"}
    return [text == "1" for text in texts]


# ---------------------------------------------------------------- Modbus


def test_120_lamps_on_coils(watched: House) -> None:
    watched.drill("inject lamps_failed lamps-a to=96")
    lamps = [f"lamp_{n}" for n in range(1, 121)]
    found = agreed(watched, lambda: bits(mbpoll(modbus(watched), 21, "0", 0, 120)), "lamps-a", lamps)
    watched.drill("clear lamps_failed lamps-a")
    assert found.count(False) in range(1, 6), "some have failed, and the judge sees the same ones"


def test_120_lamps_packed_in_words(watched: House) -> None:
    lamps = [f"lamp_{n}" for n in range(1, 121)]

    def look() -> list[bool]:
        words = [int(word, 16) for word in mbpoll(modbus(watched), 22, "4:hex", 1, 8)]
        return [bool(words[n // 16] >> (n % 16) & 1) for n in range(120)]

    assert agreed(watched, look, "lamps-b", lamps).count(False) == 2


def test_discrete_inputs_of_a_pit(watched: House) -> None:
    keys = ["float_stop", "float_start", "float_second", "float_overflow", "pump_1_run", "pump_2_run"]
    keys += ["pump_1_fault", "pump_2_fault", "pump_1_call", "pump_2_call"]
    agreed(watched, lambda: bits(mbpoll(modbus(watched), 3, "1", 0, 10)), "pit-1", keys)


def test_scaled_input_registers(watched: House) -> None:
    def pit() -> list[float]:
        level, current_1, current_2 = map(int, mbpoll(modbus(watched), 3, "3", 0, 3))
        return [round(level * 0.001, 3), round(current_1 * 0.1, 1), round(current_2 * 0.1, 1)]

    agreed(watched, pit, "pit-1", ["level", "pump_1_current", "pump_2_current"])

    def room() -> list[float]:
        raw = struct.unpack(">5h", b"".join(_word(w) for w in mbpoll(modbus(watched), 12, "3:hex", 0, 5)))
        return [round(value * 0.1, 1) for value in raw]

    agreed(watched, room, "room-1", ["winding_a", "winding_b", "winding_c", "room_temp", "humidity"])


def test_floats_and_a_counter_of_the_meter(watched: House) -> None:
    def volts() -> list[float]:
        return [float(text) for text in mbpoll(modbus(watched), 11, "3:float", 0, 3, "-B")]

    agreed(watched, volts, "mdb-1", ["v_l1", "v_l2", "v_l3"])

    def rest() -> list[float]:
        first = [mbpoll(modbus(watched), 11, "3:float", address, 1, "-B") for address in (52, 62, 70, 342)]
        return [float(text) for [text] in first]

    agreed(watched, rest, "mdb-1", ["p_total", "pf", "frequency", "energy"])


def test_breaker_words(watched: House) -> None:
    watched.drill("inject breaker_trip room-1 breaker=feeder_3")
    keys = ["incomer_1_closed", "incomer_2_closed", "tie_closed"]
    keys += [f"feeder_closed_{n}" for n in range(1, 13)] + [f"feeder_tripped_{n}" for n in range(1, 13)]
    keys += ["any_feeder_tripped"]

    def look() -> list[bool]:
        closed, tripped = (int(word, 16) for word in mbpoll(modbus(watched), 12, "3:hex", 8, 2))
        return [bool(closed >> n & 1) for n in range(15)] + [
            bool(tripped >> n & 1) for n in [*range(3, 15), 15]
        ]

    watched.until(lambda: values(watched, "room-1", "feeder_tripped_3") == [True], "the trip is seen")
    found = dict(zip(keys, agreed(watched, look, "room-1", keys), strict=True))
    watched.drill("clear breaker_trip room-1")
    assert (found["feeder_closed_3"], found["feeder_tripped_3"], found["any_feeder_tripped"]) == (
        False,
        True,
        True,
    )


# ---------------------------------------------------------------- MQTT


def test_lifts_as_mosquitto_sub_hears_them(watched: House) -> None:
    same = 0
    with listening(url(watched), "lifts/1") as ear:
        for _, _, payload in ear.heard():
            said = json.loads(payload)
            shown = watched.until(partial(at_time, watched, "lift-1", said["at"]), "ours has it too", 10)
            keys = ("registration", "running", "direction", "floor", "door", "trapped", "fault", "fault_code")
            assert {key: shown[key] for key in keys} == {key: said[key] for key in keys}
            same += 1
            if same == 3:
                return


def at_time(house: House, equipment: str, source_time: str) -> Json | None:
    """Values by key once their source time is this one."""
    points = {p["id"].partition(".")[2]: p for p in house.items("/api/v1/points", equipment=equipment)}
    timed = [p for key, p in points.items() if key not in ("online", "bridge")]
    if any(p["source_time"] != source_time for p in timed):
        return None
    assert {p["quality"] for p in timed} == {"good"}
    return {key: p["value"] for key, p in points.items()}


def test_all_leak_sensors_as_mosquitto_sub_hears_them(watched: House) -> None:
    watched.drill("inject leak leak-b1-03")
    heard: set[str] = set()
    wet: list[str] = []
    with listening(url(watched), "zigbee2mqtt/+") as ear:
        for topic, retained, payload in ear.heard():
            assert not retained
            sensor, said = topic.rpartition("/")[2], json.loads(payload)
            shown = watched.until(
                partial(at_time, watched, sensor, said["last_seen"]), f"{sensor} is shown", 10
            )
            assert (shown["leak"], shown["battery"], shown["link_quality"]) == (
                said["water_leak"],
                said["battery"],
                said["linkquality"],
            )
            heard.add(sensor)
            wet += [sensor] if said["water_leak"] else []
            if len(heard) == 6:
                break
    assert set(wet) <= {"leak-b1-03"}
    assert watched.alarm("leak-b1-03.leak")
    watched.drill("clear leak leak-b1-03")


# ---------------------------------------------------------------- the daemon's own judges: probe and export


def test_probe_prints_what_mbpoll_reads(watched: House) -> None:
    lamps = mbpoll(modbus(watched), 21, "0", 0, 120)
    probed = watched.cli("probe", "lamps-a", "--config", str(watched.config))
    assert probed.returncode == 0, probed.stderr
    rows = dict(re.findall(r"^ (lamp_\d+) +(True|False)", probed.stdout, re.MULTILINE))
    assert [rows[f"lamp_{n}"] for n in range(1, 121)] == [str(bit) for bit in bits(lamps)]
    [raw] = re.findall(r"unit 21 coil:0\+120: ([0-9a-f ]+)", probed.stdout)
    packed = bytes.fromhex(raw)
    assert [bool(packed[n // 8] >> (n % 8) & 1) for n in range(120)] == bits(lamps)


def test_probe_of_mqtt_equipment_hears_it_and_takes_nothing_from_the_running_daemon(
    watched: House, broker: Mosquitto
) -> None:
    connected = broker.log().count("as watchroom-riverside (")
    with listening(url(watched), "lifts/1") as ear:
        probed = watched.cli("probe", "lift-1", "--config", str(watched.config), "--wait", "15")
        assert probed.returncode == 0, probed.stderr
        said = [json.loads(payload) for _, _, payload in ear.close()]
    rows = dict(re.findall(r"^ (\w+) +(\S*) .*good", probed.stdout, re.MULTILINE))
    assert rows["registration"] == "31103101002019000011"
    shown = (rows["floor"], rows["door"], rows["trapped"])
    assert shown in [(str(one["floor"]), one["door"], str(one["trapped"])) for one in said], probed.stdout
    assert broker.log().count("as watchroom-riverside (") == connected, "the daemon kept its session"
    assert "link.down" not in watched.log()
    assert re.search(r"as watchroom-riverside-probe-\d+ \(p5, ", broker.log()), (
        "it came under a name of its own"
    )


def test_exported_csv_is_what_the_history_holds(watched: House) -> None:
    begins = datetime.now(UTC) - timedelta(seconds=20)

    def since(start: str) -> dict[str, str]:
        return {"from": start, "to": datetime.now(UTC).isoformat()}

    def enough() -> dict[str, str] | None:
        """A span with some values, also where the house has only just begun."""
        span = since(begins.isoformat())
        return span if len(samples(watched, span)) >= 5 else None

    span = watched.until(enough, "some seconds of the level are stored")
    # History is stored in order: when something later is there, the span is complete.
    watched.until(lambda: samples(watched, since(span["to"])), "something later is stored")
    told = watched.cli(
        "history",
        "export",
        "pit-1.level",
        "--from",
        span["from"],
        "--to",
        span["to"],
        "--config",
        str(watched.config),
    )
    assert told.returncode == 0, told.stderr
    rows = list(csv.DictReader(io.StringIO(told.stdout)))
    assert set(rows[0]) == {"time", "point", "value", "quality", "reason"}
    assert {row["point"] for row in rows} == {"pit-1.level"}
    exported = {datetime.fromisoformat(row["time"]): float(row["value"]) for row in rows}
    assert all(at.utcoffset() == timedelta(hours=8) for at in exported), "local time of the site"
    assert exported == samples(watched, span)


def samples(house: House, span: dict[str, str]) -> dict[datetime, float]:
    """The raw history of the pit's level inside the span."""
    items = house.get("/api/v1/history", point="pit-1.level", **span)["items"]
    start = datetime.fromisoformat(span["from"])
    found = {datetime.fromisoformat(one["at"]): one["value"] for one in items}
    return {at: value for at, value in found.items() if at >= start}


# ---------------------------------------------------------------- nothing is written


def test_a_day_of_people_at_work_leaves_only_reads_on_the_wire(watched: House, broker: Mosquitto) -> None:
    """Raise, acknowledge, shelve, unshelve, reset, comment, probe; then the recorders of plant and broker are asked."""
    ear = Ear(url(watched), "#")
    watched.drill("inject leak leak-b2-05")
    alarm = watched.until(lambda: watched.alarm(LEAK), "the leak")
    seen = {"occurrence": alarm["occurrence"], "annunciation": alarm["annunciation"], "note": "looked"}
    until = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
    command(watched, "ack", seen)
    command(watched, "shelve", seen | {"until": until, "reason": "pump on its way"})
    command(watched, "unshelve", seen)
    seen |= {"annunciation": watched.get(f"/api/v1/alarms/{LEAK}")["annunciation"]}
    command(watched, "ack", seen)  # the end of a shelf annunciates anew
    command(watched, "comment", {"note": "valve closed"})
    watched.drill("clear leak leak-b2-05")
    watched.until(lambda: values(watched, "leak-b2-05", "leak") == [False], "the floor is dry")
    watched.until(lambda: reset(watched, seen), "the latch is released")
    for equipment in ("pit-1", "mdb-1", "lift-2"):
        assert watched.cli("probe", equipment, "--config", str(watched.config)).returncode == 0
    watched.stop_daemon()
    # What people do is over; the plant says what it was asked, the broker who spoke.
    wire = watched.stop_plant()["modbus"]
    assert wire["other_than_reads"] == 0
    assert wire["bad_frames"] == 0
    asked = {int(code) for unit in wire["function_codes"].values() for code in unit}
    assert asked == {1, 2, 3, 4}, "every kind of read was used, and nothing else"
    assert {"3", "4", "11", "12", "21", "22"} <= set(wire["function_codes"])
    log = broker.log()
    speakers = set(re.findall(r"Received PUBLISH from (\S+)", log))
    assert speakers
    assert all(name.startswith("simulated-") for name in speakers), speakers
    ours = set(re.findall(r"Received (\w+) from watchroom-riverside", log))
    assert ours <= {"SUBSCRIBE", "PUBACK", "PINGREQ", "DISCONNECT"}, ours
    assert "SUBSCRIBE" in ours
    topics = {topic for topic, _, _ in ear.close()}
    assert topics
    assert all(topic.startswith(("lifts/", "zigbee2mqtt/")) for topic in topics)


def command(house: House, name: str, body: Json) -> None:
    answer = house.request("POST", f"/api/v1/alarms/{LEAK}/{name}", json=body)
    assert answer.status_code == 200, f"{name}: {answer.text}"


def reset(house: House, seen: Json) -> bool:
    """Refused while it is still active (its off-delay runs)."""
    answer = house.request("POST", f"/api/v1/alarms/{LEAK}/reset", json=seen)
    assert answer.status_code == 200 or answer.json()["code"] == "still_active", answer.text
    return answer.status_code == 200


# ---------------------------------------------------------------- where the plant is


def modbus(house: House) -> str:
    return str(house.ready["modbus"])


def url(house: House) -> str:
    return str(house.ready["mqtt"])


def _word(text: str) -> bytes:
    return int(text, 16).to_bytes(2, "big")
