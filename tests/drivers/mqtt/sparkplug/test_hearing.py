"""A host's view of edge nodes: births, data, deaths, aliases, nulls, the past, gaps, and what is not used."""

from __future__ import annotations

from typing import Any

import pytest

from drivers.mqtt.sparkplug.hearing import SparkplugHearing
from drivers.mqtt.sparkplug.node import Ignored
from drivers.mqtt.sparkplug.settings import (
    SparkplugEquipmentSettings,
    SparkplugPointSettings,
    SparkplugTypeSettings,
)
from monitor.domain.instant import Instant
from monitor.domain.point import Point
from monitor.domain.reading import Quality
from monitor.domain.scan import Plan
from monitor.domain.source import EquipmentSource, PointSource
from tests.drivers.mqtt.sparkplug.edge import Edge, block, metric, number, payload
from tests.drivers.mqtt.support import BAD, LIMIT, NOW, Remembering, touched

MS = round(NOW.wall * 1000)
POINTS: dict[str, dict[str, Any]] = {
    "level": {"metric": "Inputs/Level", "as": "number", "scale": 0.001},
    "running": {"metric": "Status/Running", "as": "bool"},
    "mode": {"metric": "Status/Mode", "values": {0: "off", 1: "auto", 2: "hand"}},
    "fault": {"metric": "Status/Fault", "as": "text"},
}


def source(id: str, device: str | None = "pump1", node: str = "edge1") -> EquipmentSource:
    sources = [
        PointSource(Point(id, key), SparkplugPointSettings.model_validate(f)) for key, f in POINTS.items()
    ]
    return EquipmentSource(
        plan=Plan(id, tuple(one.point for one in sources)),
        sources=tuple(sources),
        settings=SparkplugEquipmentSettings(group="Plant", node=node, device=device),
        type_settings=SparkplugTypeSettings(),
    )


class Host:
    """One node with the devices `pump1` (equipment p1) and `pump2` (p2), and its own metrics (n)."""

    def __init__(self) -> None:
        self.inlet = Remembering()
        self.now = NOW
        self.asked: list[tuple[str, str]] = []
        equipment = [source("p1"), source("p2", "pump2"), source("n", None)]
        self._hearing = SparkplugHearing(
            "hub", equipment, LIMIT, lambda s, g, n, now: self.asked.append((g, n))
        )

    def hear(
        self, message: tuple[str, bytes], retained: bool = False
    ) -> list[tuple[str, bool, dict[str, Any]]]:
        """Equipment, whether it is of the past, and what was touched, of each scan that the message gave."""
        topic, raw = message
        before = len(self.inlet.scans)
        listeners = self._hearing.topics.find(topic)
        if listeners:
            self._hearing.hear(self.inlet, listeners, topic, raw, retained, self.now)
        return [(s.plan.equipment, s.historical, touched(s)) for s in self.inlet.scans[before:]]

    def reconnect(self, *, kept: bool) -> None:
        self._hearing.connected(self.inlet, None, kept, NOW)

    @property
    def ignored(self) -> list[str]:
        return [reason for _, reason in self.inlet.discards]

    @property
    def there(self) -> dict[str, bool]:
        return {equipment: answering for equipment, answering, _ in self.inlet.answers}


@pytest.fixture
def host() -> Host:
    return Host()


def born(host: Host, *devices: str, bd: int = 0) -> Edge:
    """A node that has been born, with these devices. Level has the alias 10, running 11."""
    edge = Edge(bd=bd)
    host.hear(edge.birth(at=MS))
    for device in devices:
        host.hear(edge.say("DBIRTH", device, *birth_of(device), at=MS))
    host.inlet.scans.clear()
    return edge


def birth_of(device: str) -> tuple[bytes, ...]:
    first = 10 if device == "pump1" else 20
    return (
        metric("Inputs/Level", "Int32", 1200, alias=first, at=MS - 500),
        metric("Status/Running", "Boolean", True, alias=first + 1, at=MS - 500),
        metric("Status/Mode", "UInt8", 1, alias=first + 2, at=MS - 500),
        metric("Status/Fault", "String", "", alias=first + 3, at=MS - 500),
    )


def test_a_birth_brings_every_value_and_the_certificate_of_life(host: Host) -> None:
    edge = Edge()
    assert host.hear(edge.birth(metric("Status/Mode", "UInt8", 2), at=MS)) == [("n", False, {"mode": "hand"})]
    assert host.there == {"n": True, "p1": False, "p2": False}, "each device has a birth of its own"
    assert host.hear(edge.say("DBIRTH", "pump1", *birth_of("pump1"))) == [
        ("p1", False, {"level": 1.2, "running": True, "mode": "auto", "fault": ""})
    ]
    assert host.inlet.scans[-1].source_time == NOW.wall - 0.5
    assert host.there == {"n": True, "p1": True, "p2": False}
    assert host.ignored == []


def test_data_by_alias_in_the_type_that_the_birth_declared(host: Host) -> None:
    edge = born(host, "pump1", "pump2")
    data = edge.say("DDATA", "pump1", metric(kind="Int32", given=-300, alias=10, typed=False, at=MS))
    assert host.hear(data) == [("p1", False, {"level": -0.3})]
    both = edge.say(
        "DDATA", "pump2",
        metric(kind="Int32", given=900, alias=20, typed=False), metric("Status/Running", "Boolean", False), at=MS,
    )  # fmt: skip
    assert host.hear(both) == [("p2", False, {"level": 0.9, "running": False})]
    assert host.ignored == []


@pytest.mark.parametrize("step", [-7200.0, 7200.0])
def test_our_wall_clock_may_be_stepped(host: Host, step: float) -> None:
    edge = born(host, "pump1")
    for n in (1, 2):
        host.now = Instant(NOW.wall + 60.0 * n + step, NOW.steady + 60.0 * n)
        level = metric(kind="Int32", given=900 + n, alias=10, typed=False, at=MS + 60_000 * n)
        assert host.hear(edge.say("DDATA", "pump1", level, at=MS)) == [
            ("p1", False, {"level": 0.9 + n / 1000})
        ]
        assert host.inlet.scans[-1].age == pytest.approx(0.0, abs=0.01)


def test_an_alias_belongs_to_the_device_whose_birth_declared_it(host: Host) -> None:
    edge = born(host, "pump1", "pump2")
    stranger = edge.say("DDATA", "pump2", metric(kind="Int32", given=1, alias=10, typed=False), at=MS)
    assert host.hear(stranger) == []
    assert host.ignored == [Ignored.UNKNOWN_ALIAS]
    assert host.asked == [("Plant", "edge1")]


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (metric("Inputs/Level", "Int32", null=True), {"level": (None, Quality.SENTINEL)}),
        (metric(alias=10, null=True), {"level": (None, Quality.SENTINEL)}),
        (metric("Inputs/Level", "Int32"), None),
        (metric("Inputs/Level", "DataSet", 1), {"level": BAD}),
        (metric("Inputs/Level", "String", "full"), {"level": BAD}),
        (metric("Inputs/Level", "Double", float("nan")), {"level": BAD}),
        (metric("Inputs/Level", "UInt64", 2**64 - 1), {"level": BAD}),
        (metric("Status/Mode", "UInt8", 7), {"mode": BAD}),
        (metric("Inputs/Level", "Int32", 500, quality=192), {"level": 0.5}),
        (metric("Inputs/Level", "Int32", 500, quality=0), {"level": (0.5, Quality.SENTINEL)}),
        (metric("Inputs/Level", "Int32", 500, quality=500), {"level": (0.5, Quality.STALE)}),
        (metric("Unknown/Metric", "Int32", 5), None),
    ],
)
def test_nulls_qualities_and_what_is_no_value(host: Host, sent: bytes, said: dict[str, Any] | None) -> None:
    edge = born(host, "pump1")
    got = host.hear(edge.say("DDATA", "pump1", sent, at=MS))
    assert got == ([] if said is None else [("p1", False, said)])


def test_what_is_marked_historical_is_never_news(host: Host) -> None:
    edge = born(host, "pump1")
    late = edge.say(
        "DDATA", "pump1",
        metric("Inputs/Level", "Int32", 100, at=MS - 60_000, historical=True),
        metric("Inputs/Level", "Int32", 200, at=MS - 30_000, historical=True),
        metric("Status/Running", "Boolean", False, at=MS),
    )  # fmt: skip
    assert host.hear(late) == [
        ("p1", True, {"level": 0.1}),
        ("p1", True, {"level": 0.2}),
        ("p1", False, {"running": False}),
    ]


def test_a_clock_that_nobody_set_is_suspect(host: Host) -> None:
    edge = born(host, "pump1")
    got = host.hear(edge.say("DDATA", "pump1", metric("Inputs/Level", "Int32", 1000), at=86_400_000))
    assert got == [("p1", False, {"level": (1.0, Quality.CLOCK_SUSPECT)})]


# ---------------------------------------------------------------- deaths


def test_the_death_of_a_node_is_the_death_of_its_devices(host: Host) -> None:
    edge = born(host, "pump1", "pump2", bd=4)
    host.hear(edge.death())
    assert host.there == {"n": False, "p1": False, "p2": False}
    assert "edge node has died" in host.inlet.answers[-1][2]
    assert host.hear(edge.say("DDATA", "pump1", metric("Inputs/Level", "Int32", 1), at=MS)) == []
    assert host.ignored == [Ignored.UNBORN]


def test_the_death_of_an_earlier_connection_is_ignored(host: Host) -> None:
    """The broker noticed the lost connection only after the node had connected anew."""
    edge = born(host, "pump1", bd=5)
    host.hear(edge.death(bd=4))
    assert host.there == {"n": True, "p1": True, "p2": False}
    assert host.ignored == [Ignored.STALE_DEATH]
    assert host.hear(edge.say("DDATA", "pump1", metric("Inputs/Level", "Int32", 700), at=MS)) != []
    host.hear(edge.death(bd=5))
    assert host.there["p1"] is False


def test_the_death_of_one_device_and_its_return(host: Host) -> None:
    edge = born(host, "pump1", "pump2")
    host.hear(edge.say("DDEATH", "pump1"))
    assert host.there == {"n": True, "p1": False, "p2": True}
    assert host.hear(edge.say("DDATA", "pump1", metric("Inputs/Level", "Int32", 1), at=MS)) == []
    assert host.ignored == [Ignored.UNBORN]
    host.hear(edge.say("DBIRTH", "pump1", *birth_of("pump1")))
    assert host.there["p1"] is True


def test_a_node_that_is_born_again_has_no_devices_and_no_aliases_yet(host: Host) -> None:
    edge = born(host, "pump1")
    host.hear(edge.birth(at=MS))
    assert host.there["p1"] is False
    assert (
        host.hear(edge.say("DDATA", "pump1", metric(kind="Int32", given=1, alias=10, typed=False), at=MS))
        == []
    )
    assert host.ignored == [Ignored.UNBORN]


# ---------------------------------------------------------------- what cannot be used


def test_data_before_birth_is_counted_and_ignored(host: Host) -> None:
    edge = Edge()
    assert host.hear(edge.say("DDATA", "pump1", metric("Inputs/Level", "Int32", 1), at=MS)) == []
    assert host.hear(edge.say("DBIRTH", "pump1", *birth_of("pump1"))) == []
    assert host.hear(edge.say("NDATA", None, metric("Status/Mode", "UInt8", 1))) == []
    assert host.ignored == [Ignored.UNBORN] * 3
    assert host.asked == [("Plant", "edge1")] * 3, "rebirth.py keeps them apart"
    assert host.there == {}


def test_a_gap_is_counted_and_what_came_is_still_used(host: Host) -> None:
    edge = born(host, "pump1")
    edge.seq += 1
    assert host.hear(edge.say("DDATA", "pump1", metric("Inputs/Level", "Int32", 5000), at=MS)) == [
        ("p1", False, {"level": 5.0})
    ]
    assert host.ignored == [Ignored.GAP]
    host.hear(edge.say("DDATA", "pump1", metric("Inputs/Level", "Int32", 5001), at=MS))
    assert host.ignored == [Ignored.GAP], "once for each gap"


def test_the_sequence_begins_anew_after_255(host: Host) -> None:
    edge = born(host, "pump1")
    for _ in range(600):
        host.hear(edge.say("DDATA", "pump1", metric("Inputs/Level", "Int32", 1), at=MS))
    assert host.ignored == []


def test_a_message_without_sequence_number_is_a_gap(host: Host) -> None:
    edge = born(host, "pump1")
    host.hear((edge.topic("DDATA", "pump1"), payload(metric("Inputs/Level", "Int32", 1), seq=None, at=MS)))
    assert host.ignored == [Ignored.GAP]


@pytest.mark.parametrize("raw", [b"\xff", b'{"metrics":[]}', payload(block(1, b"\xff"))])
def test_what_is_no_payload_is_named(host: Host, raw: bytes) -> None:
    edge = born(host, "pump1")
    assert host.hear((edge.topic("DDATA", "pump1"), raw)) == []
    assert host.ignored == [Ignored.MALFORMED]
    assert host.asked == [("Plant", "edge1")]


def test_retained_births_are_not_believed(host: Host) -> None:
    edge = Edge()
    assert host.hear(edge.birth(metric("Status/Mode", "UInt8", 2), at=MS), retained=True) == []
    assert host.ignored == [Ignored.RETAINED]
    assert host.there == {}


def test_commands_and_other_nodes_are_other_peoples_business(host: Host) -> None:
    edge = born(host, "pump1")
    host.hear((edge.topic("NCMD"), payload(metric("Node Control/Rebirth", "Boolean", True))))
    host.hear((edge.topic("DCMD", "pump1"), payload(metric("Outputs/Start", "Boolean", True))))
    host.hear(Edge(node="edge2").birth(at=MS))
    assert (host.ignored, host.inlet.scans) == ([], [])


def test_an_edge_without_types_in_its_birth_gives_no_values(host: Host) -> None:
    edge = Edge()
    host.hear(edge.birth(at=MS))
    raw = block(1, b"Inputs/Level") + number(10, 5)
    assert host.hear(edge.say("DBIRTH", "pump1", raw, at=MS)) == [("p1", False, {"level": BAD})]


# ---------------------------------------------------------------- while we were away


def test_a_node_whose_death_may_have_been_missed_is_not_called_alive_before_it_speaks(host: Host) -> None:
    edge = born(host, "pump1")
    host.reconnect(kept=False)
    assert host.there == {"n": False, "p1": False, "p2": False}
    assert "not heard since" in host.inlet.answers[-1][2]
    host.hear(edge.say("DDATA", "pump1", metric("Inputs/Level", "Int32", 1), at=MS))
    assert host.there == {"n": True, "p1": True, "p2": False}, "pump2 was never born"


def test_where_the_broker_kept_our_session_it_kept_the_deaths_as_well(host: Host) -> None:
    born(host, "pump1")
    host.reconnect(kept=True)
    assert host.there == {"n": True, "p1": True, "p2": False}


def test_whoever_may_ask_asks_when_the_connection_begins(host: Host) -> None:
    host.reconnect(kept=False)
    assert host.asked == [("Plant", "edge1")]
    assert host.there == {}, "nothing was believed, so nothing is in doubt"


def test_a_death_is_no_sign_of_life(host: Host) -> None:
    edge = born(host, "pump1", bd=5)
    host.inlet.answers.clear()
    host.reconnect(kept=False)
    host.hear(edge.death(bd=4))
    host.hear(edge.death(bd=5))
    assert [answering for _, answering, _ in host.inlet.answers] == [False] * 6, "nor is a stale one"
    edge.bd = 6
    host.hear(edge.birth(at=MS))
    assert (host.there["n"], host.there["p1"]) == (True, False)
    host.hear(edge.say("DBIRTH", "pump1", *birth_of("pump1")))
    assert host.there == {"n": True, "p1": True, "p2": False}
