"""What counts for a window, what becomes of it, and what the answers show."""

import pytest

from monitor.domain.inspection import (
    AnswerKind,
    BadAnswer,
    Checkpoint,
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
from monitor.domain.rules import Priority

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
        ({**FINE, "temp": -10}, {}, ()),
        ({"smell": True}, {}, ("temp: unanswered", "valve: unanswered")),
    ],
)
def test_remarks(
    answers: dict[str, str | float | bool], sensors: dict[str, float], found: tuple[str, ...]
) -> None:
    assert remarks(ITEMS, answers, sensors) == found


def test_a_photo_and_a_text_need_not_be_there_and_are_no_remark() -> None:
    items = (
        Item("picture", {"en": "Picture"}, AnswerKind.PHOTO),
        Item("note", {"en": "Note"}, AnswerKind.TEXT),
    )
    assert remarks(items, {}, {}) == ()
    assert remarks(items, {"picture": "p-1.jpg", "note": "dry"}, {}) == ()


@pytest.mark.parametrize("reading", [-11, 61])
def test_a_number_that_is_out_of_range_and_differs_is_remarked_on_twice(reading: float) -> None:
    found = remarks(ITEMS, {**FINE, "temp": reading}, {"mdb-1.temp": 25.0})
    assert found == (
        f"temp: out_of_range {reading:g} (-10..60)",
        f"temp: differs {reading:g} (mdb-1.temp 25)",
    )


def test_a_number_that_is_compared_with_nothing() -> None:
    counter = (Item("hours", {"en": "Hours"}, AnswerKind.NUMBER),)
    assert remarks(counter, {"hours": 1e9}, {"pump.p": 0.3}) == ()


def test_a_number_as_exactly_as_a_float_can_say_it() -> None:
    gauge = (Item("p", {"en": "p"}, AnswerKind.NUMBER, compare=Compare("pump.p", 0.2)),)
    assert remarks(gauge, {"p": 0.5}, {"pump.p": 0.3}) == ()
    assert remarks(gauge, {"p": 0.500001}, {"pump.p": 0.3}) != ()


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"colour": "red"}, "colour: the checklist has no such item"),
        ({"smell": "fine"}, "smell: answer true when it is in order, false when not"),
        ({"temp": "warm"}, "temp: answer with a number"),
        ({"temp": True}, "temp: answer with a number"),
        ({"temp": float("nan")}, "temp: answer with a number"),
        ({"temp": 1e12}, "temp: answer with a number"),
        ({"temp": -1e12}, "temp: answer with a number"),
        ({"valve": "ajar"}, "valve: choose one of open, shut"),
        ({"note": 3.0}, "note: answer with text"),
    ],
)
def test_an_answer_that_cannot_be_is_refused_by_name(
    answers: dict[str, str | float | bool], said: str
) -> None:
    with pytest.raises(BadAnswer) as refused:
        remarks(ITEMS, answers, {})
    assert str(refused.value) == said
    assert refused.value.item == said.partition(":")[0]


# ---------------------------------------------------------------- which scan counts for which window

TWO = [Window("1", "r", 1000.0, 2000.0, 2600.0), Window("2", "r", 3000.0, 4000.0, 4600.0)]


def counted(*scans: CheckpointScan) -> dict[str, dict[str, float]]:
    return {w: {c: scan.at for c, scan in seen.items()} for w, seen in attribute(ROUND, TWO, scans).items()}


def test_a_window_takes_scans_from_its_start_to_the_end_of_its_grace() -> None:
    assert counted(scan("a", 999.9), scan("b", 1000.0)) == {"1": {"b": 1000.0}, "2": {}}
    assert counted(scan("a", 2599.9), scan("b", 2600.0)) == {"1": {"a": 2599.9}, "2": {}}
    assert counted(scan("a", 2999.9), scan("b", 3000.0)) == {"1": {}, "2": {"b": 3000.0}}


def test_what_belongs_nowhere_keeps_nothing_else_from_counting() -> None:
    assert counted(scan("lobby", 1100), scan("a", 2700), scan("a", 3100), scan("b", 1200)) == {
        "1": {"b": 1200.0},
        "2": {"a": 3100.0},
    }


def test_the_first_of_two_scans_counts_in_whatever_order_they_are_heard() -> None:
    assert counted(scan("a", 1300), scan("a", 1200)) == {"1": {"a": 1200.0}, "2": {}}


def test_a_window_without_grace_takes_scans_to_its_end() -> None:
    bare = [Window("1", "r", 1000.0, 2000.0, 0.0)]
    assert list(attribute(ROUND, bare, [scan("a", 1999.9), scan("b", 2000.0)])["1"]) == ["a"]


def test_spacing_runs_from_the_scan_that_completed_the_round() -> None:
    spaced = Round("r", "r", ("a",), spacing=500.0)
    seen = attribute(spaced, TWO, [scan("a", 2500.0), scan("a", 2999.9), scan("a", 3000.0)])
    assert seen["2"]["a"].at == 3000.0
    unspaced = Round("r", "r", ("a",))
    near = [Window("1", "r", 0.0, 10.0, 10.0), Window("2", "r", 10.0, 20.0, 20.0)]
    assert attribute(unspaced, near, [scan("a", 9.5), scan("a", 10.0)])["2"]["a"].at == 10.0


def test_a_checkpoint_named_twice_is_visited_once() -> None:
    twice = Round("r", "r", ("a", "a"))
    assert decide(WINDOW, twice, [scan("a", 1500)], 1500) is Outcome.IN_TIME


# ---------------------------------------------------------------- names that are stored, what need not be said


def test_the_names_that_are_stored() -> None:
    assert [one.value for one in AnswerKind] == ["ok", "number", "choice", "text", "photo"]
    assert [one.value for one in Outcome] == ["open", "in_time", "late", "incomplete", "missed", "excused"]


def test_what_an_outcome_means() -> None:
    assert [one for one in Outcome if one.done] == [Outcome.IN_TIME, Outcome.LATE]
    assert [one for one in Outcome if one.missed] == [Outcome.INCOMPLETE, Outcome.MISSED]


def test_what_need_not_be_said() -> None:
    ask = {"en": "Smell?"}
    assert Item("smell", ask) == Item("smell", ask, AnswerKind.OK, "", None, (), None, None)
    assert Checkpoint("door", "Door") == Checkpoint("door", "Door", "", (), (), "")
    assert Round("r", "R", ("a",)) == Round("r", "R", ("a",), (), 0, 0.0, 0.0, "", Priority.HIGH)
    assert Window("w", "r", 1.0, 2.0, 3.0) == Window("w", "r", 1.0, 2.0, 3.0, Outcome.OPEN, None, "")
    assert scan("a", 5.0, "c") == CheckpointScan("c", "a", 5.0, 5.0, "chen", {}, ())
