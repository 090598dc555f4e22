"""Local times that exist once, twice or not at all."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfoNotFoundError

import pytest

from monitor.domain.inspection import Round
from monitor.domain.localtime import clock_text, local_date, span, to_local, to_utc
from monitor.domain.windows import day_windows, planned, window_id

BERLIN, SHANGHAI = "Europe/Berlin", "Asia/Shanghai"
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
"""Berlin: 02:00 becomes 03:00, and 03:00 becomes 02:00."""


def utc(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("local", "later", "expected"),
    [
        ("2026-03-29T01:59", False, "2026-03-29T00:59"),
        ("2026-03-29T02:30", False, "2026-03-29T01:30"),
        ("2026-03-29T02:30", True, "2026-03-29T01:30"),
        ("2026-03-29T03:00", False, "2026-03-29T01:00"),
        ("2026-10-25T02:30", False, "2026-10-25T00:30"),
        ("2026-10-25T02:30", True, "2026-10-25T01:30"),
        ("2026-10-25T03:00", True, "2026-10-25T02:00"),
        ("2026-07-01T12:00", True, "2026-07-01T10:00"),
    ],
)
def test_a_local_time_means_what_rfc_5545_says(local: str, later: bool, expected: str) -> None:
    assert to_utc(datetime.fromisoformat(local), BERLIN, later=later) == utc(expected)


def test_a_window_that_the_clocks_skip_opens_an_hour_later_and_keeps_its_length() -> None:
    assert span(SPRING, 135, 165, BERLIN) == (utc("2026-03-29T01:15"), utc("2026-03-29T01:45"))


def test_a_window_that_begins_in_the_gap_and_ends_after_it_is_never_empty() -> None:
    start, end = span(SPRING, 150, 210, BERLIN)
    assert end - start == 3600


def test_a_window_over_the_gap_is_an_hour_shorter() -> None:
    start, end = span(SPRING, 60, 240, BERLIN)
    assert end - start == 2 * 3600


def test_a_window_over_fall_back_is_one_window_and_an_hour_longer() -> None:
    start, end = span(AUTUMN, 60, 240, BERLIN)
    assert end - start == 4 * 3600


def test_a_window_whose_end_is_repeated_stays_open_until_its_second_occurrence() -> None:
    assert span(AUTUMN, 90, 150, BERLIN) == (utc("2026-10-24T23:30"), utc("2026-10-25T01:30"))


def test_a_window_past_midnight_ends_on_the_next_day() -> None:
    assert span(date(2026, 7, 1), 23 * 60, 60, BERLIN) == (utc("2026-07-01T21:00"), utc("2026-07-01T23:00"))


def test_a_round_at_0730_is_at_0730_on_the_wall_every_day_of_the_year() -> None:
    round_ = Round("r", "r", ("a",), windows=((450, 510),))
    starts = [
        window.start for window in planned(round_, utc("2026-01-01T00:00"), utc("2027-01-01T00:00"), BERLIN)
    ]
    assert len(starts) == 365
    assert {clock_text(start, BERLIN) for start in starts} == {"07:30"}


def test_a_round_in_the_repeated_hour_is_planned_once() -> None:
    round_ = Round("r", "r", ("a",), windows=((150, 170),))
    rows = list(planned(round_, utc("2026-10-24T12:00"), utc("2026-10-25T12:00"), BERLIN))
    assert [row.id for row in rows] == ["r@2026-10-25T02:30+02:00"]


def test_two_rounds_in_the_skipped_hour_keep_two_names() -> None:
    round_ = Round("r", "r", ("a",), windows=((120, 150), (150, 180)))
    rows = list(planned(round_, utc("2026-03-29T00:00"), utc("2026-03-29T12:00"), BERLIN))
    assert len({row.id for row in rows}) == 2


def test_three_times_a_day_cuts_the_day_in_three() -> None:
    round_ = Round("r", "r", ("a",), times_a_day=3, spacing=3600)
    spans = day_windows(round_, date(2026, 11, 23), SHANGHAI)
    assert [(clock_text(start, SHANGHAI), end - start) for start, end in spans] == [
        ("00:00", 8 * 3600),
        ("08:00", 8 * 3600),
        ("16:00", 8 * 3600),
    ]


def test_a_window_is_named_by_its_local_start() -> None:
    assert window_id("pits", utc("2026-11-22T23:30"), SHANGHAI) == "pits@2026-11-23T07:30+08:00"


def test_dates_and_clocks_are_those_of_the_site() -> None:
    late = utc("2026-11-22T16:30")
    assert local_date(late, SHANGHAI) == date(2026, 11, 23)
    assert clock_text(late, SHANGHAI) == "00:30"
    assert to_local(late, SHANGHAI).utcoffset() is not None


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        to_local(0.0, "Mars/Olympus")
