"""Which operator position answers for which equipment."""

from __future__ import annotations

import pytest

from monitor.domain.positions import Cover, OperatorPosition, responsible

PLANT = OperatorPosition("plant", {}, (Cover(systems=frozenset({"pumps", "power"})),))
HOMES = OperatorPosition(
    "homes",
    {},
    (
        Cover(systems=frozenset({"lifts"})),
        Cover(systems=frozenset({"lighting"}), areas=frozenset({"A 座", "園區"})),
        Cover(equipment=frozenset({"gate-1"})),
    ),
)
WATCH = OperatorPosition("watch")


@pytest.mark.parametrize(
    ("equipment", "system", "location", "who"),
    [
        ("pit-1", "pumps", "B1/東", ("plant",)),
        ("lift-1", "lifts", "", ("homes",)),
        ("lamps-a", "lighting", "A 座", ("homes",)),
        ("lamps-a", "lighting", "A 座/3", ("homes",)),
        ("lamps-x", "lighting", "A 座北", ("plant", "homes")),  # another place, of nobody: everybody's
        ("gate-1", "security", "園區", ("homes",)),
        ("gate-2", "security", "園區", ("plant", "homes")),
    ],
)
def test_who_answers_for_what(equipment: str, system: str, location: str, who: tuple[str, ...]) -> None:
    assert responsible((PLANT, HOMES), equipment, system, location) == who


def test_a_position_without_covers_answers_for_everything_beside_the_others() -> None:
    assert responsible((PLANT, WATCH), "pit-1", "pumps", "B1") == ("plant", "watch")
    assert responsible((PLANT, WATCH), "lift-1", "lifts", "B1") == ("watch",)


def test_a_site_without_positions_asks_nobody() -> None:
    assert responsible((), "pit-1", "pumps", "B1") == ()
