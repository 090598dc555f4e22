"""Every fault of an MQTT message by its name, from the simulated plant through the ready site's own mapping."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from drivers.mqtt.mapping import bindings
from drivers.mqtt.payload import Discard
from monitor.catalogue import driver_settings, notifier_settings, shipped_site, shipped_types
from monitor.domain.instant import Instant
from monitor.domain.reading import Quality
from monitor.settings.loader import load
from simulators.plant import Plant
from simulators.wire.mqtt_faults import FAULTS, Message
from tests.drivers.mqtt.support import hear, said

PLANT = Path(__file__).parents[3] / "simulators" / "plants" / "riverside.yaml"
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
GOOD, NOTHING = "good", "nothing"

SAYS: dict[str, object] = {
    "retained_copy": Quality.CLOCK_SUSPECT,  # it should have a time and has none; kept by the broker: RETAINED
    "flood": GOOD,
    "oversized": Discard.TOO_LONG,
    "deep_nesting": Discard.TOO_DEEP,
    "null_fields": NOTHING,
    "wrong_types": Quality.DECODE_ERROR,
    "not_json": Discard.NOT_JSON,
    "not_utf8": Discard.NOT_UTF8,
    "clock_ahead": Quality.CLOCK_SUSPECT,
    "clock_behind": GOOD,  # with an old time, which makes it stale where values are believed
    "duplicate_delivery": GOOD,
    "out_of_order": GOOD,
}


def test_every_fault_has_its_case() -> None:
    assert SAYS.keys() == FAULTS.keys()


@pytest.fixture(scope="module")
def lift() -> Any:
    """The ready site's lift 1: the binding of its state."""
    site = load(shipped_site(), driver_settings(), notifier_settings(), types=shipped_types())
    [state] = [each for each in bindings(site.equipment["lift-1"].source) if each.filter == "lifts/1"]
    return state


def messages(name: str) -> list[tuple[Instant, Message]]:
    """What the plant's lift 1 says in 20 s under a fault, and when."""
    plant = Plant.from_file(PLANT, START)
    if name:
        plant.inject(name, "lift-1", {})
    told: list[tuple[Instant, Message]] = []
    for _ in range(200):
        plant.step(0.1)
        wall = START + timedelta(seconds=plant.now)
        told += [(Instant(wall.timestamp(), plant.now), each) for each in plant.due("lifts/1", wall)]
    return [(now, each) for now, each in told if each.topic == "lifts/1"]


def judged(state: Any, name: str, retained: bool = False) -> set[object]:
    """What became of the messages: a discard, nothing, good, or the qualities of the values."""
    found: set[object] = set()
    for now, message in messages(name):
        mapped = hear(state, message.payload, retained, now)
        if isinstance(mapped, Discard):
            found.add(mapped)
            continue
        touched = said(mapped)
        if not touched:
            found.add(NOTHING)
        for key, value in touched.items():
            found.add(value[1] if isinstance(value, tuple) else GOOD)
            honest(message.payload, key, value)
    return found


def honest(payload: bytes, key: str, value: object) -> None:
    """No value that does not stand in the message."""
    real = value[0] if isinstance(value, tuple) else value
    if real is not None:
        assert real in json.loads(payload).values(), f"{key} is {real!r}, which was never said"


def test_without_a_fault_everything_is_good(lift: Any) -> None:
    assert judged(lift, "") == {GOOD}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_by_its_name(lift: Any, name: str) -> None:
    assert judged(lift, name) == {SAYS[name]}


def test_a_retained_copy_without_a_time_is_neither_good_nor_judged(lift: Any) -> None:
    assert judged(lift, "retained_copy", retained=True) == {Quality.RETAINED}


def test_a_slow_clock_gives_an_old_time_and_never_the_time_of_arrival(lift: Any) -> None:
    for now, message in messages("clock_behind"):
        scan = getattr(hear(lift, message.payload, False, now), "scan", None)
        assert scan is not None
        assert scan.source_time == pytest.approx(now.wall - 3600, abs=1)
