"""Connections are looked at in turn, each every five seconds; what changes is said once."""

from dataclasses import dataclass, field

from monitor.domain.instant import Instant
from monitor.domain.rules import Verdict
from monitor.engine.connection_watch import ConnectionWatch
from monitor.engine.health import ConnectionHealth, EquipmentHealth
from monitor.engine.tally import Tally


@dataclass
class Bus:
    """A connection that fares as the test says."""

    silent: bool = False
    looked: list[float] = field(default_factory=list)

    def health(self, now: Instant) -> ConnectionHealth:
        self.looked.append(now.steady)
        gone = EquipmentHealth("x", False, True, 3.0, None, 1.0)
        return ConnectionHealth("bus", True, "", 1000.0, 0.25, 0.01, 0.05, (gone,))

    def yields_nothing(self, now: float) -> bool:
        return self.silent


def watch() -> tuple[ConnectionWatch, list[tuple[str, Verdict, str]], Tally]:
    said: list[tuple[str, Verdict, str]] = []
    tally = Tally()
    return (
        ConnectionWatch(tally, lambda subject, verdict, reason="": said.append((subject, verdict, reason))),
        said,
        tally,
    )


def run(one: ConnectionWatch, seconds: float, start: float = 0.0) -> None:
    for tick in range(round(seconds * 4)):
        one.tick(Instant(0.0, start + tick / 4))


def test_each_is_looked_at_every_five_seconds_and_never_all_at_once() -> None:
    one, _, _ = watch()
    buses = {f"bus-{n}": Bus() for n in range(45)}
    one.fares.update(buses)
    run(one, 60)
    assert all(11 <= len(bus.looked) <= 17 for bus in buses.values())
    at_once = [sum(tick / 4 in bus.looked for bus in buses.values()) for tick in range(240)]
    assert max(at_once) == 3


def test_that_it_yields_nothing_is_said_when_it_begins_and_when_it_ends() -> None:
    one, said, _ = watch()
    bus = one.fares["b-1"] = Bus()
    assert isinstance(bus, Bus)
    run(one, 10)
    one.link("b-1", False, "refused")
    bus.silent = True
    run(one, 10)
    bus.silent = False
    run(one, 10)
    assert said == [
        ("silent_b_1", Verdict.FALSE, ""),
        ("silent_b_1", Verdict.TRUE, "refused"),
        ("silent_b_1", Verdict.FALSE, "refused"),
    ]
    assert (one.state("b-1"), one.state("other")) == ((False, "refused"), (None, ""))


def test_its_figures_are_stated() -> None:
    one, _, tally = watch()
    one.fares["bus"] = Bus()
    run(one, 1)
    assert tally.get("connection_error_ratio", connection="bus") == 0.25
    assert tally.get("connection_response_p99_seconds", connection="bus") == 0.05
    assert tally.get("connection_given_up", connection="bus") == 1
    assert one.health(Instant(0.0, 1.0))["bus"].last_good == 1000.0


def test_without_connections_there_is_nothing_to_do() -> None:
    one, said, _ = watch()
    run(one, 5)
    assert said == []
