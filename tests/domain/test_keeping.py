"""What a rule remembers outlives a restart, and the downtime is data that was bad."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.keeping import NOTHING, keep, kept, over_weeks
from monitor.domain.reading import Quality
from monitor.domain.rules import Condition
from monitor.domain.starts import Count
from monitor.domain.uptime import Month
from tests.domain.test_conditions_over_time import (
    ALL,
    CYCLES,
    FLOW,
    LOOK,
    NOVEMBER,
    RISE,
    STUCK,
    UPTIME,
    WEEK,
    Story,
)

Looks = list[tuple[float, Any, Quality, bool, bool]]
CONDITIONS: list[Condition] = ALL


def _live(story: Story, looks: Looks) -> list[Any]:
    return [
        story.see(seconds, value, quality, scanned, run=run)
        for seconds, value, quality, scanned, run in looks
    ]


def _unseen(story: Story, seconds: float) -> None:
    """Nobody hears anything of it, which is noticed."""
    story.see(0.0, None, Quality.NO_DATA, scanned=False, run=None)
    story.see(seconds, None, Quality.NO_DATA, scanned=False, run=None)


@given(
    st.sampled_from(CONDITIONS), st.lists(LOOK, max_size=20), st.floats(0, 4000), st.lists(LOOK, max_size=20)
)
def test_a_life_after_a_restart_is_one_that_saw_nothing_meanwhile(
    condition: Condition, before: Looks, down: float, after: Looks
) -> None:
    story, restarted = Story(condition), Story(condition)
    _live(story, before)
    story.see(0.0, None, Quality.NO_DATA, scanned=False)
    restarted.memory = kept(condition, keep(condition, story.memory))
    _unseen(story, down)
    restarted.now = story.now
    restarted.see(0.0, None, Quality.NO_DATA, scanned=False)
    assert _live(restarted, after) == _live(story, after)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_what_is_kept_comes_back(condition: Condition) -> None:
    story = Story(condition)
    story.now = NOVEMBER
    for n in range(40):
        story.see(30.0, float(n % 7), run=True)
    again = kept(condition, keep(condition, story.memory))
    assert again.keys() == story.memory.keys()
    for one, memory in story.memory.items():
        match memory:
            case Month():
                assert again[one] == memory._replace(at=None, was="unknown")
            case Count():
                assert again[one] == memory._replace(last=None)
            case _:
                assert again[one] == memory
    assert keep(condition, again) == keep(condition, story.memory) or any(
        isinstance(memory, Count) for memory in story.memory.values()
    )


@pytest.mark.parametrize("condition", CONDITIONS)
def test_who_has_seen_nothing_keeps_nothing(condition: Condition) -> None:
    assert keep(condition, {}) == NOTHING
    assert kept(condition, NOTHING) == {}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        '"x"',
        "1e999",
        "NaN",
        "true",
        "[]",
        "[1, 2]",
        "[1, 2, 3, null]",
        "[[]]",
        "[0, [[1, 2, 3]]]",
        "[0, {}]",
    ],
)
@pytest.mark.parametrize("condition", [UPTIME, WEEK, RISE, STUCK, CYCLES, FLOW])
def test_a_memory_that_cannot_be_read_begins_anew(condition: Condition, text: str) -> None:
    assert kept(condition, text) == {}


@pytest.mark.parametrize(
    "part", ["null, 2, true", "1, 2, 3", "1, 2", '"1", 2, true', "1, true, true", "1, NaN, true"]
)
def test_a_part_that_is_none_begins_anew(part: str) -> None:
    written_for = keep(STUCK, {STUCK: (1.0, 2.0, True)}).partition(",")[0]
    assert kept(STUCK, f"{written_for},[[1,2,true]]]") != {}
    assert kept(STUCK, f"{written_for},[[{part}]]]") == {}


def test_another_condition_begins_anew_unless_it_counts_over_weeks() -> None:
    story = Story(STUCK)
    story.each(30.0, [1.0, 1.0])
    text = keep(STUCK, story.memory)
    assert kept(STUCK, text) != {}
    moved: Any = STUCK
    assert kept(type(moved)(moved.point, moved.longer, moved.within + 1.0, moved.when), text) == {}
    week: Any = WEEK
    assert kept(type(week)(week.point, 5.0), keep(WEEK, {WEEK: 7.0})) != {}


def test_weeks() -> None:
    assert [one for one in ALL if over_weeks(one)] == [WEEK, UPTIME]
