"""What counts for a window, what becomes of it, and what the answers show."""

import pytest

from monitor.domain.inspection import (
    AnswerKind,
    BadAnswer,
    CheckpointScan,
    Compare,
    Item,
    Outcome,
    Round,
    Window,
    attribute,
    decide,
    remarks,
)

ROUND = Round("r", "Round", ("a", "b"), windows=((450, 510),), grace=600.0)
WINDOW = Window("w", "r", start=1000.0, end=2000.0, grace_until=2600.0)


def scan(checkpoint: str, at: float, client_id: str = "") -> CheckpointScan:
    return CheckpointScan(client_id or f"{checkpoint}{at}", checkpoint, at, at, "chen")


@pytest.mark.parametrize(
    ("scans", "now", "outcome"),
    [
        ([], 1500, Outcome.OPEN),
        ([], 2599.9, Outcome.OPEN),
        ([], 2600, Outcome.MISSED),
        ([("a", 1500)], 2000, Outcome.OPEN),
        ([("a", 1500)], 2600, Outcome.INCOMPLETE),
        ([("a", 1500), ("b", 1999.9)], 1999.9, Outcome.IN_TIME),
        ([("a", 1000), ("b", 1000)], 1000, Outcome.IN_TIME),
        ([("a", 999.9), ("b", 1500)], 2600, Outcome.INCOMPLETE),
        ([("a", 1500), ("b", 2000)], 2000, Outcome.LATE),
        ([("a", 2599.9), ("b", 2100)], 2600, Outcome.LATE),
        ([("a", 1500), ("b", 2600)], 2600, Outcome.INCOMPLETE),
        ([("a", 1500), ("a", 1600)], 2600, Outcome.INCOMPLETE),
        ([("elsewhere", 1500)], 2600, Outcome.MISSED),
        ([("a", 1500), ("b", 1600), ("b", 2500)], 9999, Outcome.IN_TIME),
    ],
)
def test_outcome(scans: list[tuple[str, float]], now: float, outcome: Outcome) -> None:
    assert decide(WINDOW, ROUND, [scan(*one) for one in scans], now) is outcome


def test_an_excuse_stays_whatever_is_scanned_later() -> None:
    excused = Window("w", "r", 1000.0, 2000.0, 2600.0, Outcome.EXCUSED)
    assert decide(excused, ROUND, [scan("a", 1500), scan("b", 1500)], 3000) is Outcome.EXCUSED


def test_a_window_without_grace_is_judged_at_its_end() -> None:
    bare = Window("w", "r", 1000.0, 2000.0, 2000.0)
    assert decide(bare, ROUND, [scan("a", 1500), scan("b", 1999)], 2000) is Outcome.IN_TIME
    assert decide(bare, ROUND, [], 2000) is Outcome.MISSED


def test_a_scan_in_the_grace_of_one_window_does_not_count_for_the_next_as_well() -> None:
    half_day = Round("r", "r", ("a",), times_a_day=2, grace=1000.0)
    first, second = Window("1", "r", 0.0, 5000.0, 6000.0), Window("2", "r", 5000.0, 10000.0, 11000.0)
    seen = attribute(half_day, [second, first], [scan("a", 5500)])
    assert (list(seen["1"]), list(seen["2"])) == (["a"], [])
    seen = attribute(half_day, [first, second], [scan("a", 5500), scan("a", 100)])
    assert seen["1"]["a"].at == 100
    assert seen["2"]["a"].at == 5500


def test_a_round_sooner_than_the_spacing_counts_for_nothing() -> None:
    spaced = Round("r", "r", ("a", "b"), times_a_day=2, spacing=3000.0)
    windows = [Window("1", "r", 0.0, 5000.0, 5000.0), Window("2", "r", 5000.0, 10000.0, 10000.0)]
    done = [scan("a", 4000), scan("b", 4500)]
    too_soon = attribute(spaced, windows, [*done, scan("a", 5100), scan("b", 7499)])
    assert too_soon["2"] == {}
    later = attribute(spaced, windows, [*done, scan("a", 5100), scan("a", 7500), scan("b", 7600)])
    assert [later["2"][place].at for place in ("a", "b")] == [7500, 7600]


ITEMS = (
    Item("smell", {"en": "Smell?"}),
    Item("temp", {"en": "Temp"}, AnswerKind.NUMBER, "°C", (-10.0, 60.0), compare=Compare("mdb-1.temp", 3.0)),
    Item("valve", {"en": "Valve"}, AnswerKind.CHOICE, choices=("open", "shut")),
    Item("note", {"en": "Note"}, AnswerKind.TEXT),
)
FINE = {"smell": True, "temp": 25.0, "valve": "open"}


@pytest.mark.parametrize(
    ("answers", "sensors", "found"),
    [
        (FINE, {"mdb-1.temp": 24.0}, ()),
        (FINE, {"mdb-1.temp": 28.0}, ()),
        (FINE, {"mdb-1.temp": 28.1}, ("temp: differs 25 (mdb-1.temp 28.1)",)),
        (FINE, {}, ()),
        ({**FINE, "smell": False}, {}, ("smell: not_ok",)),
        ({**FINE, "temp": 61}, {}, ("temp: out_of_range 61 (-10..60)",)),
        ({**FINE, "temp": 60}, {}, ()),
        ({"smell": True}, {}, ("temp: unanswered", "valve: unanswered")),
    ],
)
def test_remarks(
    answers: dict[str, str | float | bool], sensors: dict[str, float], found: tuple[str, ...]
) -> None:
    assert remarks(ITEMS, answers, sensors) == found


@pytest.mark.parametrize(
    ("answers", "item"),
    [
        ({"colour": "red"}, "colour"),
        ({"smell": "fine"}, "smell"),
        ({"temp": "warm"}, "temp"),
        ({"temp": True}, "temp"),
        ({"temp": float("nan")}, "temp"),
        ({"temp": float("inf")}, "temp"),
        ({"valve": "ajar"}, "valve"),
        ({"note": 3.0}, "note"),
    ],
)
def test_an_answer_that_cannot_be_is_refused_by_name(
    answers: dict[str, str | float | bool], item: str
) -> None:
    with pytest.raises(BadAnswer) as refused:
        remarks(ITEMS, answers, {})
    assert refused.value.item == item
