"""Points of equipment of a type are told once."""

from __future__ import annotations

import pytest

from monitor.domain.point import Kind, Point
from monitor.domain.pointset import PointBook, Points
from monitor.domain.scan import Plan
from monitor.domain.source import EquipmentSource, PointSource, Sources

SHAPE = (Point("", "level", range=(0.0, 4.0)), Point("", "run", Kind.DISCRETE, stale_after=5.0))


def test_a_point_is_made_when_asked_for() -> None:
    points = Points("pit-1", SHAPE)
    assert [point.id for point in points] == ["pit-1.level", "pit-1.run"]
    assert points[-1] == Point("pit-1", "run", Kind.DISCRETE, stale_after=5.0)
    assert points[:1] == [Point("pit-1", "level", range=(0.0, 4.0))]
    assert len(points) == 2
    with pytest.raises(IndexError):
        points[2]


def test_a_plan_is_the_same_whether_its_points_are_made_or_not() -> None:
    made, shared = Plan("pit-1", tuple(Points("pit-1", SHAPE))), Plan("pit-1", Points("pit-1", SHAPE))
    assert (made.index, made.ranges) == (shared.index, shared.ranges)
    assert [point.stale_after for point in made.shape] == [point.stale_after for point in shared.shape]
    assert shared.points == made.points
    assert shared == Plan("pit-1", Points("pit-1", tuple(SHAPE)))
    assert shared != Plan("pit-2", Points("pit-2", SHAPE))


def test_every_point_by_its_id() -> None:
    book = PointBook([Plan("pit-1", Points("pit-1", SHAPE)), Plan("pit-2", Points("pit-2", SHAPE[:1]))])
    assert list(book) == ["pit-1.level", "pit-1.run", "pit-2.level"]
    assert len(book) == 3
    assert book["pit-2.level"] == Point("pit-2", "level", range=(0.0, 4.0))
    for unknown in ("pit-2.run", "pit-3.level", "pit-1"):
        assert unknown not in book


def test_sources_share_the_settings_of_their_type() -> None:
    settings, patterns = ("A", "B"), ("{id}/a", None)
    one, other = Points("pit-1", SHAPE), Points("pit-2", SHAPE)
    mine = Sources(one, settings, patterns, {"{id}/a": "pit-1/a"})
    assert list(mine) == [PointSource(one[0], "A", "pit-1/a"), PointSource(one[1], "B", None)]
    assert mine == Sources(Points("pit-1", SHAPE), settings, patterns, {"{id}/a": "pit-1/a"})
    assert mine != Sources(other, settings, patterns, {"{id}/a": "pit-2/a"})
    source = EquipmentSource(Plan("pit-1", one), mine, None, None)
    assert source.point_settings is settings
    assert EquipmentSource(Plan("pit-1", one), tuple(mine), None, None).point_settings == settings
