"""Lifts and leak sensors: what they say, and when."""

import json
import random
from datetime import UTC, datetime
from typing import Any

from simulators.equipment.base import Message, MqttEquipment, NoArguments
from simulators.equipment.leak import LeakParameters, LeakSensor, LowBattery
from simulators.equipment.lifts import Lift, LiftFault, LiftParameters, TrappedPassenger

WALL = datetime(2026, 3, 1, 4, 5, 6, 789_000, tzinfo=UTC)


def make_lift(seed: int = 1) -> Lift:
    parameters = LiftParameters(topic="lifts/1", registration="31103101002019000011")
    return Lift("lift", random.Random(seed), parameters)


def make_sensor(interval: float = 60, offline_after: float = 20) -> LeakSensor:
    parameters = LeakParameters(topic="zigbee2mqtt/wet", interval=interval, offline_after=offline_after)
    return LeakSensor("wet", random.Random(1), parameters)


def step(device: MqttEquipment, seconds: int) -> list[Message]:
    """Everything said in the meantime."""
    said: list[Message] = []
    for _ in range(seconds):
        device.step(1.0, 20.0)
        said += device.due(WALL)
    return said


def body(message: Message) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(message.payload)
    return decoded


def test_a_lift_speaks_every_three_seconds() -> None:
    assert len(step(make_lift(), 30)) == 10


def test_a_lift_says_who_it_is_and_what_it_does() -> None:
    message = step(make_lift(), 3)[0]
    assert message.topic == "lifts/1"
    assert not message.retain
    said = body(message)
    assert set(said) == {
        "registration", "running", "direction", "floor", "door", "trapped", "fault", "fault_code", "at",
    }  # fmt: skip
    assert said["registration"] == "31103101002019000011"
    assert said["at"] == "2026-03-01T04:05:06.789Z"
    assert (said["trapped"], said["fault"], said["fault_code"]) == (False, False, "")


def test_a_lift_travels_between_its_floors_and_opens_its_door() -> None:
    said = [body(message) for message in step(make_lift(), 1800)]
    floors = {message["floor"] for message in said}
    assert 0 not in floors, "there is no floor 0"
    assert min(floors) >= -2
    assert max(floors) <= 18
    assert len(floors) > 8
    assert {message["direction"] for message in said} == {"up", "down", "none"}
    assert {message["door"] for message in said} == {"open", "closed"}
    assert not any(message["running"] and message["door"] == "open" for message in said)


def test_a_trapped_passenger_stops_the_car_with_its_door_shut_until_rescued() -> None:
    lift = make_lift()
    step(lift, 60)
    lift.inject("trapped_passenger", TrappedPassenger())
    first = body(step(lift, 1)[0])
    assert (first["trapped"], first["running"], first["door"]) == (True, False, "closed")
    assert (first["fault"], first["fault_code"]) == (True, "E31")
    where = lift.position
    step(lift, 60)
    assert lift.position == where
    lift.clear("trapped_passenger")
    after = body(step(lift, 1)[0])
    assert (after["trapped"], after["fault"], after["door"]) == (False, False, "open")
    assert lift.position == round(lift.position)


def test_a_lift_fault_has_its_code() -> None:
    lift = make_lift()
    lift.inject("lift_fault", LiftFault(code="E12"))
    assert body(step(lift, 1)[0])["fault_code"] == "E12"


def test_a_silent_lift_says_nothing_and_comes_back() -> None:
    lift = make_lift()
    lift.inject("silent", NoArguments())
    assert step(lift, 60) == []
    lift.clear("silent")
    assert len(step(lift, 1)) == 1


def test_a_stuck_lift_repeats_itself_with_fresh_times() -> None:
    lift = make_lift()
    step(lift, 30)
    lift.inject("value_stuck", NoArguments())
    said = [body(message) for message in step(lift, 300)]
    assert len(said) > 90
    assert len({message["floor"] for message in said}) == 1
    lift.clear("value_stuck")
    assert len({body(message)["floor"] for message in step(lift, 300)}) > 1


def test_a_gateway_says_online_and_leaves_offline_as_its_will() -> None:
    assert make_lift().gateway_state(True) == Message("lifts/1/availability", b"online", retain=True)
    assert make_lift().gateway_state(False) == Message("lifts/1/availability", b"offline", retain=True)
    bridge = make_sensor().gateway_state(False)
    assert bridge == Message("zigbee2mqtt/bridge/state", b'{"state":"offline"}', retain=True)


def test_a_sensor_speaks_on_change_and_at_its_interval() -> None:
    sensor = make_sensor(interval=60)
    sensor.greeting(WALL)
    assert len(step(sensor, 180)) == 3
    sensor.inject("leak", NoArguments())
    first = step(sensor, 1)
    assert [body(message)["water_leak"] for message in first] == [True]
    assert step(sensor, 5) == []
    sensor.clear("leak")
    assert [body(message)["water_leak"] for message in step(sensor, 1)] == [False]


def test_a_sensor_speaks_in_the_form_of_zigbee2mqtt() -> None:
    sensor = make_sensor()
    availability, state = sensor.greeting(WALL)
    assert availability == Message("zigbee2mqtt/wet/availability", b'{"state":"online"}', retain=True)
    assert state.topic == "zigbee2mqtt/wet"
    assert not state.retain
    said = body(state)
    assert said == {
        "water_leak": False,
        "battery": 97,
        "linkquality": said["linkquality"],
        "last_seen": "2026-03-01T04:05:06.789Z",
    }
    assert 1 <= said["linkquality"] <= 255


def test_the_bridge_gives_a_silent_sensor_up_and_welcomes_it_back() -> None:
    sensor = make_sensor(offline_after=20)
    sensor.greeting(WALL)
    sensor.inject("silent", NoArguments())
    assert step(sensor, 19) == []
    assert [body(message) for message in step(sensor, 60)] == [{"state": "offline"}]
    sensor.inject("leak", NoArguments())
    assert step(sensor, 5) == [], "a silent sensor cannot tell of water"
    sensor.clear("silent")
    back, state = step(sensor, 1)
    assert body(back) == {"state": "online"}
    assert body(state)["water_leak"] is True


def test_a_stuck_sensor_never_sees_the_water() -> None:
    sensor = make_sensor(interval=10)
    sensor.greeting(WALL)
    sensor.inject("value_stuck", NoArguments())
    sensor.inject("leak", NoArguments())
    said = step(sensor, 30)
    assert len(said) == 3
    assert not any(body(message)["water_leak"] for message in said)


def test_a_low_battery_is_told_at_once() -> None:
    sensor = make_sensor()
    sensor.greeting(WALL)
    sensor.inject("low_battery", LowBattery(to=9))
    assert [body(message)["battery"] for message in step(sensor, 1)] == [9]
