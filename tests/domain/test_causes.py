"""Which headline speaks for which alarm, and what becomes of a hidden child: tables."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.domain import causes
from monitor.domain.alarm import Alarm, Pending
from monitor.domain.causes import CauseRule, CauseTree, Fate, Look
from monitor.domain.rules import Priority
from monitor.domain.suppression import Suppressions

T = 1000.0
POWER = CauseRule("mdb.lost", frozenset({"pump.comm", "sub.lost", "lamp.comm"}), within=30, settle=20)
SUB = CauseRule("sub.lost", frozenset({"lamp.comm"}))
TREE = CauseTree([POWER, SUB])

REST = Alarm("mdb.lost", Priority.HIGH)
LOST = replace(
    REST, occurrence=1, annunciation=1, active=True, acknowledged=False, raised_at=T, acknowledged_by=None
)
SEEN = replace(LOST, acknowledged=True, acknowledged_by="chen")
SHELVED = replace(LOST, suppressions=Suppressions(shelved_until=9e9))
AWAY = replace(LOST, suppressions=Suppressions(out_of_service_until=9e9))
EXPLAINED = replace(LOST, suppressions=Suppressions(by_design=True))
AGAIN = replace(LOST, annunciation=2, active_since=T + 3600)
BACK = replace(LOST, active=False, returned_at=T + 60)
BACK_SEEN = replace(SEEN, active=False, returned_at=T + 60)

CHILD = Alarm("pump.comm", Priority.MEDIUM, 1, 1, active=True, acknowledged=False, raised_at=T)
HIDDEN = replace(CHILD, suppressions=Suppressions(by_design=True))


def look(*alarms: Alarm) -> Look:
    by_id = {alarm.id: alarm for alarm in alarms}
    return lambda id_: by_id.get(id_, Alarm(id_, Priority.HIGH))


def test_what_is_explained_itself_is_nearer_than_what_explains_it() -> None:
    assert [cause.alarm for cause in TREE.above("lamp.comm")] == ["sub.lost", "mdb.lost"]
    assert [cause.alarm for cause in CauseTree([SUB, POWER]).above("lamp.comm")] == ["sub.lost", "mdb.lost"]
    assert TREE.above("pit.level") == ()


@pytest.mark.parametrize(
    ("pairs", "ring"),
    [
        ({"a": "b", "b": "c"}, ()),
        ({"a": "a"}, ("a", "a")),
        ({"a": "b", "b": "c", "c": "a"}, ("a", "b", "c", "a")),
        ({"x": "a", "a": "b", "b": "a"}, ("a", "b", "a")),
    ],
)
def test_a_loop_is_found_and_named(pairs: dict[str, str], ring: tuple[str, ...]) -> None:
    rules = [CauseRule(alarm, frozenset({child})) for alarm, child in pairs.items()]
    assert causes.loop(rules) == ring
    if ring:
        with pytest.raises(ValueError, match=" -> "):
            CauseTree(rules)


@pytest.mark.parametrize(
    ("headline", "child", "arrived", "speaks"),
    [
        (LOST, CHILD, T, True),
        (SEEN, CHILD, T + 3600, True),  # it lasts: whatever comes meanwhile is of it
        (LOST, CHILD, T - 30, True),
        (LOST, CHILD, T - 30.1, False),  # older than its cause: it has another
        (REST, CHILD, T, False),
        (BACK, CHILD, T, False),
        (SHELVED, CHILD, T, False),
        (AWAY, CHILD, T, False),
        (EXPLAINED, CHILD, T, True),
        (AGAIN, CHILD, T + 3600, True),
        (AGAIN, CHILD, T + 600, False),  # it came while the cause was away
        (LOST, replace(CHILD, priority=Priority.CRITICAL), T, False),
        (LOST, replace(CHILD, priority=Priority.HIGH), T, True),
        (replace(LOST, priority=Priority.LOW), CHILD, T, False),
        (replace(LOST, priority=Priority.CRITICAL), replace(CHILD, priority=Priority.CRITICAL), T, False),
    ],
)
def test_who_is_told_of_a_child(headline: Alarm, child: Alarm, arrived: float, speaks: bool) -> None:
    found = causes.hiding((POWER,), look(headline), child, arrived)
    assert found == ("mdb.lost" if speaks else None)


@pytest.mark.parametrize(
    ("headline", "child", "settling", "fate", "under"),
    [
        (LOST, HIDDEN, False, Fate.STAYS, "mdb.lost"),
        (EXPLAINED, HIDDEN, False, Fate.STAYS, "mdb.lost"),
        (BACK, HIDDEN, True, Fate.STAYS, "mdb.lost"),  # its power is back, it needs a moment
        (BACK, HIDDEN, False, Fate.SHOWN, None),
        (REST, HIDDEN, False, Fate.SHOWN, None),
        (SHELVED, HIDDEN, False, Fate.SHOWN, None),
        (AWAY, HIDDEN, False, Fate.SHOWN, None),
        (LOST, replace(HIDDEN, priority=Priority.CRITICAL), False, Fate.SHOWN, None),
        # returned by itself
        (LOST, replace(HIDDEN, active=False), False, Fate.STAYS, "mdb.lost"),
        (SEEN, replace(HIDDEN, active=False), False, Fate.CLOSED, "mdb.lost"),
        (BACK, replace(HIDDEN, active=False), False, Fate.STAYS, "mdb.lost"),
        (BACK_SEEN, replace(HIDDEN, active=False), True, Fate.CLOSED, "mdb.lost"),
        (BACK_SEEN, replace(HIDDEN, active=False), False, Fate.SHOWN, None),
        (SHELVED, replace(HIDDEN, active=False), False, Fate.SHOWN, None),
        (LOST, replace(HIDDEN, active=False, acknowledged=True), False, Fate.SHOWN, None),
        (
            SEEN,
            replace(HIDDEN, active=False, latched=True),
            False,
            Fate.SHOWN,
            None,
        ),  # somebody must go there
    ],
)
def test_what_becomes_of_a_hidden_child(
    headline: Alarm, child: Alarm, settling: bool, fate: Fate, under: str | None
) -> None:
    assert causes.fate((POWER,), look(headline), child, lambda _: settling) == (fate, under)


def test_one_of_two_causes_that_stands_is_enough() -> None:
    lamp = replace(HIDDEN, id="lamp.comm")
    sub = replace(BACK, id="sub.lost")
    both = look(LOST, replace(LOST, id="sub.lost"))
    assert causes.fate(TREE.above("lamp.comm"), both, lamp, lambda _: False) == (Fate.STAYS, "sub.lost")
    assert causes.fate(TREE.above("lamp.comm"), look(LOST, sub), lamp, lambda _: False) == (
        Fate.STAYS,
        "mdb.lost",
    )


@pytest.mark.parametrize(
    ("child", "under"),
    [
        (HIDDEN, "mdb.lost"),
        (CHILD, "mdb.lost"),
        (replace(CHILD, priority=Priority.CRITICAL), "mdb.lost"),  # told, and listed
        (replace(CHILD, raised_at=T - 31), None),
        (replace(CHILD, raised_at=T - 31, active_since=T - 30), "mdb.lost"),  # it went away and came back
        (replace(CHILD, active=False), None),
    ],
)
def test_under_which_headline_people_find_it(child: Alarm, under: str | None) -> None:
    assert causes.listed_under((POWER,), look(LOST), child, lambda _: False) == under


@pytest.mark.parametrize(
    ("pending", "steady", "due"),
    [
        (Pending("raise", 105.0), 100.0, 105.0),
        (Pending("raise", 131.0), 100.0, None),  # beyond the window
        (Pending("clear", 105.0), 100.0, None),
        (None, 100.0, None),
    ],
)
def test_messages_wait_for_a_cause_in_its_on_delay(
    pending: Pending | None, steady: float, due: float | None
) -> None:
    coming = replace(REST, pending=pending)
    assert causes.expected((POWER,), look(coming), CHILD, steady) == due
    assert causes.expected((POWER,), look(replace(coming, frozen=True)), CHILD, steady) is None
    critical = replace(CHILD, priority=Priority.CRITICAL)
    assert causes.expected((POWER,), look(coming), critical, steady) is None


@pytest.mark.parametrize(
    ("headline", "wall", "left"),
    [(LOST, T, 0), (REST, T, 0), (BACK, T + 65, 15), (BACK, T + 90, 0), (BACK, T - 7200, 20)],
)
def test_settling_goes_on_over_a_restart_and_no_longer_whatever_the_clock_says(
    headline: Alarm, wall: float, left: float
) -> None:
    assert causes.settle_left(POWER, headline, wall) == left
