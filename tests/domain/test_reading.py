"""A value is worth what its quality says."""

import math

import pytest

from monitor.domain.reading import Grade, Quality, Reading

# Stored in history for ever: this table may grow and never change.
CODES = {
    "good": 0,
    "out_of_range": 1,
    "clock_suspect": 2,
    "substituted": 3,
    "no_data": 10,
    "stale": 11,
    "comm_failure": 12,
    "decode_error": 13,
    "sentinel": 14,
    "retained": 15,
    "out_of_service": 16,
}


def test_the_stored_codes_never_change() -> None:
    assert {q.reason or "good": q.code for q in Quality} == CODES
    assert all(Quality.from_code(q.code) is q for q in Quality)


@pytest.mark.parametrize("code", [-1, 4, 17, 10_000])
def test_a_code_of_a_newer_program_is_an_error_not_a_guess(code: int) -> None:
    with pytest.raises(ValueError, match=str(code)):
        Quality.from_code(code)


def test_grades() -> None:
    assert {q.name for q in Quality if q.grade is Grade.GOOD} == {"GOOD"}
    assert {q.name for q in Quality if q.grade is Grade.UNCERTAIN} == {
        "OUT_OF_RANGE",
        "CLOCK_SUSPECT",
        "SUBSTITUTED",
    }
    assert {q.bad for q in Quality if q.grade is Grade.BAD} == {True}
    assert not any(q.bad for q in Quality if q.grade is not Grade.BAD)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("quality", list(Quality))
def test_a_number_that_is_none_cannot_be_made(value: float, quality: Quality) -> None:
    with pytest.raises(ValueError, match=r"pit-1\.level"):
        Reading("pit-1.level", value, quality, None, 1.0)


@pytest.mark.parametrize("quality", list(Quality))
def test_no_value_is_possible_only_where_it_is_bad(quality: Quality) -> None:
    if quality.bad:
        assert Reading("pit-1.level", None, quality, None, None).value is None
    else:
        with pytest.raises(ValueError, match="without a value"):
            Reading("pit-1.level", None, quality, None, None)


@pytest.mark.parametrize("value", [0, 0.0, False, "", 2.4, "auto"])
def test_a_value_may_be_nothing_much(value: float | str) -> None:
    assert Reading("pit-1.level", value, Quality.GOOD, 1.0, 2.0).value == value
