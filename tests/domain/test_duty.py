"""Who stands when: boundaries, rotation, nights on which clocks change."""

from datetime import UTC, date, datetime, timedelta

import pytest

from monitor.domain.duty import (
    Always,
    Roster,
    ShiftPattern,
    gaps,
    on_duty,
    overlong,
    roles,
    shift_end,
    shifts,
)
from monitor.domain.localtime import to_utc
from monitor.domain.people import Person

SHANGHAI, BERLIN = "Asia/Shanghai", "Europe/Berlin"
THREE = {"night": (0, 480), "day": (480, 960), "evening": (960, 1440)}
PEOPLE = {name: Person(name, name, "+861380000000") for name in ("chen", "li", "zhou", "sun", "wang")}


def roster(
    *entries: ShiftPattern | Always,
    timezone: str = SHANGHAI,
    crews: tuple[tuple[str, ...], ...] = (("chen",), ("li",), ("zhou",), ("sun",)),
    rotate: int = 1,
) -> Roster:
    pattern = ShiftPattern("electrician", THREE, crews, rotate, date(2026, 1, 1))
    return Roster(timezone, PEOPLE, entries or (pattern,))


def at(text: str, timezone: str = SHANGHAI) -> float:
    return to_utc(datetime.fromisoformat(text), timezone)


def who(roster_: Roster, when: float, role: str = "electrician") -> list[str]:
    return [person.id for person in on_duty(roster_, role, when)]


@pytest.mark.parametrize(
    ("when", "person"),
    [
        ("2026-01-01T00:00:00", "chen"),
        ("2026-01-01T07:59:59.999", "chen"),
        ("2026-01-01T08:00:00", "li"),
        ("2026-01-01T15:59:59.999", "li"),
        ("2026-01-01T16:00:00", "zhou"),
        ("2026-01-01T23:59:59.999", "zhou"),
        ("2026-01-02T00:00:00", "li"),
        ("2026-01-02T08:00:00", "zhou"),
        ("2026-01-02T16:00:00", "sun"),
        ("2026-01-05T00:00:00", "chen"),
    ],
)
def test_a_shift_is_half_open_and_crews_take_turns(when: str, person: str) -> None:
    assert who(roster(), at(when)) == [person]


def test_a_crew_stays_for_as_many_days_as_it_rotates() -> None:
    weekly = roster(rotate=7)
    assert {who(weekly, at(f"2026-01-0{day}T09:00"))[0] for day in range(1, 8)} == {"li"}
    assert who(weekly, at("2026-01-08T09:00")) == ["zhou"]


def test_nobody_is_on_duty_before_the_roster_begins() -> None:
    assert who(roster(), at("2025-12-31T12:00")) == []


def test_a_shift_past_midnight_belongs_to_the_day_it_began() -> None:
    late = ShiftPattern("guard", {"late": (1320, 360)}, (("chen",), ("li",)), 1, date(2026, 1, 1))
    site = roster(late)
    assert who(site, at("2026-01-01T23:00"), "guard") == ["chen"]
    assert who(site, at("2026-01-02T05:59"), "guard") == ["chen"]
    assert who(site, at("2026-01-02T06:00"), "guard") == []
    assert who(site, at("2026-01-02T22:00"), "guard") == ["li"]


def test_a_whole_crew_and_those_who_can_always_be_called_are_told_each_once() -> None:
    both = roster(
        ShiftPattern("electrician", THREE, (("chen", "li"),), 1, date(2026, 1, 1)),
        Always("electrician", ("li", "wang")),
    )
    assert who(both, at("2026-06-01T03:10")) == ["chen", "li", "wang"]


def test_the_shift_ends_when_the_next_begins() -> None:
    assert shift_end(roster(), "electrician", at("2026-01-01T03:10")) == at("2026-01-01T08:00")
    assert shift_end(roster(Always("manager", ("wang",))), "manager", at("2026-01-01T03:10")) is None


def test_somebody_is_on_duty_in_every_minute_of_the_nights_on_which_clocks_change() -> None:
    site = roster(timezone=BERLIN)
    for night in (datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 10, 24, 12, tzinfo=UTC)):
        start = night.timestamp()
        assert gaps(site, "electrician", start, start + 86_400) == ()
        assert all(len(who(site, start + minute * 60)) == 1 for minute in range(1440))


def test_a_shift_boundary_in_the_repeated_hour_hands_over_once() -> None:
    early = {"first": (0, 150), "second": (150, 600)}
    site = roster(ShiftPattern("guard", early, (("chen",), ("li",)), 30, date(2026, 10, 25)), timezone=BERLIN)
    begin = at("2026-10-25T00:00", BERLIN)
    order = [who(site, begin + minute * 60, "guard")[0] for minute in range(0, 660, 10)]
    assert order == sorted(order)


def test_the_night_on_which_clocks_go_back_makes_no_shift_too_long() -> None:
    start = at("2026-10-20T00:00", BERLIN)
    assert overlong(roster(timezone=BERLIN), start, start + 10 * 86_400) == ()


def test_back_to_back_shifts_of_one_person_are_found() -> None:
    start = at("2026-01-10T00:00")
    day_first = {"day": (480, 960), "evening": (960, 1440), "night": (0, 480)}
    two_crews = ShiftPattern("electrician", day_first, (("chen",), ("li",)), 1, date(2026, 1, 1))
    found = overlong(roster(two_crews), start, start + 3 * 86_400)
    assert {one.person for one in found} == {"chen", "li"}
    assert all(one.ends - one.begins > timedelta(hours=8) for one in found)


def test_four_crews_on_three_shifts_rest_enough() -> None:
    start = at("2026-01-10T00:00")
    assert overlong(roster(), start, start + 8 * 86_400) == ()


def test_hours_without_anybody_are_found_to_the_second() -> None:
    short = ShiftPattern(
        "guard", {"a": (0, 480), "b": (540, 1440)}, (("chen",), ("li",)), 1, date(2026, 1, 1)
    )
    start = at("2026-02-01T00:00")
    assert gaps(roster(short), "guard", start, start + 86_400) == (
        (at("2026-02-01T08:00"), at("2026-02-01T09:00")),
    )
    assert gaps(roster(short), "nobody", start, start + 60) == ((start, start + 60),)


def test_somebody_always_reachable_leaves_no_gap() -> None:
    assert gaps(roster(Always("manager", ("wang",))), "manager", 0.0, 86_400.0) == ()


# ---------------------------------------------------------------- several roles, empty crews, edges


def one(role: str, hours: dict[str, tuple[int, int]], *crews: tuple[str, ...]) -> ShiftPattern:
    return ShiftPattern(role, hours, crews, 1, date(2026, 1, 1))


def test_only_shifts_that_touch_the_span_are_given() -> None:
    found = list(shifts(roster(), "electrician", at("2026-01-02T08:00"), at("2026-01-02T16:00")))
    assert [(shift.name, shift.people) for shift in found] == [("day", ("zhou",))]
    assert (found[0].begins, found[0].ends) == tuple(
        datetime.fromisoformat(f"2026-01-02T{when}:00") for when in ("08:00", "16:00")
    )
    assert (found[0].start, found[0].end) == (at("2026-01-02T08:00"), at("2026-01-02T16:00"))
    around = shifts(roster(), "electrician", at("2026-01-02T07:59:59"), at("2026-01-02T16:00:01"))
    assert [shift.name for shift in around] == ["night", "day", "evening"]


def test_each_role_has_its_own_people_in_whatever_order_the_roster_names_them() -> None:
    site = roster(
        Always("manager", ("wang",)), one("guard", THREE, ("li",)), one("electrician", THREE, ("chen",))
    )
    noon = at("2026-01-02T12:00")
    assert [who(site, noon, role) for role in ("electrician", "guard", "manager")] == [
        ["chen"],
        ["li"],
        ["wang"],
    ]
    assert roles(site) == ("manager", "guard", "electrician")
    assert gaps(site, "electrician", noon, noon + 86_400) == ()


def test_an_end_at_its_own_start_is_a_whole_day_later() -> None:
    site = roster(one("guard", {"whole": (480, 480)}, ("chen",), ("li",)))
    assert [who(site, at(f"2026-01-02T{when}"), "guard") for when in ("07:59", "08:00", "12:00")] == [
        *(["chen"], ["li"], ["li"])
    ]


def test_a_pattern_without_crews_has_shifts_that_nobody_stands() -> None:
    site, start = roster(one("guard", THREE)), at("2026-01-02T00:00")
    assert who(site, start, "guard") == []
    assert shift_end(site, "guard", start) is None
    assert gaps(site, "guard", start, start + 86_400) == ((start, start + 86_400),)


def test_an_empty_crew_is_a_gap_before_the_next_and_its_shift_ends_nothing() -> None:
    site, start = roster(one("guard", THREE, (), ("li",), ("zhou",))), at("2026-01-01T00:00")
    assert gaps(site, "guard", start, start + 86_400) == ((start, at("2026-01-01T08:00")),)
    assert shift_end(site, "guard", start + 60) is None
    assert shift_end(site, "guard", at("2026-01-01T08:00")) == at("2026-01-01T16:00")


def test_who_can_always_be_called_fills_only_the_gaps_of_their_own_role() -> None:
    start = at("2026-01-01T00:00")
    whole = ((start, start + 86_400),)
    assert gaps(roster(Always("manager", ("wang",))), "guard", start, start + 86_400) == whole
    assert gaps(roster(Always("guard", ())), "guard", start, start + 86_400) == whole


@pytest.mark.parametrize(("minutes", "found"), [(480, 0), (481, 1)])
def test_eight_hours_are_allowed_and_no_minute_more(minutes: int, found: int) -> None:
    start = at("2026-01-02T00:00")
    site = roster(one("guard", {"a": (0, minutes)}, ("chen",)))
    assert len(overlong(site, start, start + 86_400)) == found
