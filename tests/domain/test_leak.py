"""One splash on a polled sensor is no leak; two good wet reads are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.domain.leak import consecutive
from monitor.domain.rules import Verdict

LETTERS = {"w": Verdict.TRUE, "d": Verdict.FALSE, "?": Verdict.UNKNOWN, "b": Verdict.BAND}


def conclusions(reads: str, needed: int) -> str:
    """What is concluded after each read: w(et), d(ry), ? or b(and)."""
    run, said = 0, ""
    for read in reads:
        run, verdict = consecutive(run, LETTERS[read], needed)
        said += next(letter for letter, meant in LETTERS.items() if meant is verdict)
    return said


@pytest.mark.parametrize(
    ("reads", "needed", "concluded"),
    [
        ("w", 1, "w"),  # a sensor that speaks: one live message
        ("wd", 1, "wd"),
        ("w", 2, "b"),  # one wet read raises nothing, and clears nothing either
        ("ww", 2, "bw"),
        ("www", 2, "bww"),
        ("wdw", 2, "bdb"),
        ("wdww", 2, "bdbw"),
        ("wwdw", 2, "bwdb"),
        ("w?w", 2, "b?w"),  # a bad read between adds nothing and breaks nothing
        ("w???w", 2, "b???w"),
        ("?w", 2, "?b"),
        ("w?d", 2, "b?d"),
        ("ww?w", 2, "bw?w"),
        ("www", 3, "bbw"),
        ("dd", 2, "dd"),
        ("wbw", 2, "bbb"),
    ],
)
def test_reads(reads: str, needed: int, concluded: str) -> None:
    assert conclusions(reads, needed) == concluded


@given(st.text("wd?", max_size=30), st.integers(1, 4))
def test_wet_is_concluded_exactly_after_enough_wet_reads_with_no_dry_one_between(
    reads: str, needed: int
) -> None:
    for i, letter in enumerate(conclusions(reads, needed)):
        known = reads[: i + 1].replace("?", "")
        enough = known.endswith("w" * needed) and reads[i] == "w"
        assert (letter == "w") == enough


@given(st.text("wd?", max_size=30), st.integers(1, 4))
def test_dry_is_concluded_on_dry_reads_only(reads: str, needed: int) -> None:
    assert all(
        (said == "d") == (read == "d") for said, read in zip(conclusions(reads, needed), reads, strict=True)
    )
