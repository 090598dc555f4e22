"""A flood is an alarm with a beginning and an end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.domain.alarm import AlarmEvent, EventCause
from monitor.domain.instant import Instant
from monitor.domain.point import Value
from monitor.domain.rules import Verdict
from monitor.engine.flooding import Flooding
from monitor.engine.own_rules import rule_id
from monitor.ports import Change
from tests.domain.record import START, event


class Told:
    """What was stated, in short."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str, Value | None]] = []
        self.flooding = Flooding(self.report)

    def report(self, subject: str, verdict: Verdict, value: Value | None) -> None:
        self.said.append((subject, verdict.value, value))

    def raised(self, *seconds: float) -> None:
        for at in seconds:
            self.flooding.observe(Change(events=(event(at, EventCause.RAISED),)))

    def at(self, seconds: float) -> None:
        self.flooding.tick(Instant(START + seconds, seconds))


@pytest.fixture
def told() -> Told:
    return Told()


def test_the_tenth_in_ten_minutes_begins_it_and_calm_ends_it(told: Told) -> None:
    told.raised(*range(12))
    told.at(300)
    assert told.said == [("flood", "true", 10)]
    told.at(606)
    told.at(607)
    told.at(608)
    assert told.said[1:] == [("flood", "false", 12)]


def test_a_stepped_wall_clock_ends_no_flood_and_begins_none(told: Told) -> None:
    told.raised(*range(12))
    told.flooding.tick(Instant(START + 7 * 3600, 300.0))
    assert told.said == [("flood", "true", 10)]
    told.flooding.tick(Instant(START - 7 * 3600, 900.0))
    assert told.said[1:] == [("flood", "false", 12)]


def test_its_own_alarm_does_not_feed_it(told: Told) -> None:
    told.raised(*range(9))
    ours = replace(event(9, EventCause.RAISED), alarm=rule_id("flood"))
    told.flooding.observe(Change(events=(ours, event(9, EventCause.RETURNED))))
    assert told.said == []


def test_it_goes_on_over_a_restart(told: Told) -> None:
    before: list[AlarmEvent] = [event(i, EventCause.RAISED) for i in range(11)]
    told.flooding.restore(before, Instant(START + 60, 60))
    assert told.said == [("flood", "true", 11)]
    told.at(700)
    assert told.said[1:] == [("flood", "false", 11)]


def test_one_that_ended_while_we_were_down_is_over(told: Told) -> None:
    told.flooding.restore([event(i, EventCause.RAISED) for i in range(11)], Instant(START + 900, 900))
    assert told.said == [("flood", "false", None)]
