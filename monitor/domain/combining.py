"""And, or, and so many of: verdicts of several conditions made into one (Kleene's three values, and the deadband)."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.domain.verdict import Verdict


def at_least(needed: int, verdicts: Sequence[Verdict]) -> Verdict:
    """TRUE when as many as needed hold; FALSE when even all that are not clear would not do.

    Between the two, what is not known decides if there is any: a condition whose data is bad cannot be outvoted by a
    guess.
    """
    true = verdicts.count(Verdict.TRUE)
    if true >= needed:
        return Verdict.TRUE
    if len(verdicts) - verdicts.count(Verdict.FALSE) < needed:
        return Verdict.FALSE
    return Verdict.UNKNOWN if Verdict.UNKNOWN in verdicts else Verdict.BAND
