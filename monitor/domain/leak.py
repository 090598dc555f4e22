"""One splash on a polled sensor is not a leak; one message from a battery sensor is."""

from __future__ import annotations

from monitor.domain.rules import Verdict


def consecutive(wet_reads: int, verdict: Verdict, needed: int) -> tuple[int, Verdict]:
    """Fold one reading's verdict into the run of wet reads; returns the new run and what may be concluded.

    A wet read short of `needed` concludes BAND: it raises nothing and keeps an active leak from clearing. A bad
    read between two wet ones breaks no run and adds nothing (two *good* reads are wanted, not two in a row on the
    wire).
    """
    match verdict:
        case Verdict.TRUE:
            run = min(wet_reads + 1, needed)
            return run, Verdict.TRUE if run >= needed else Verdict.BAND
        case Verdict.UNKNOWN:
            return wet_reads, Verdict.UNKNOWN
        case _:
            return 0, verdict
