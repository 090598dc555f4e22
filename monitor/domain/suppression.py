"""Three independent ways of keeping an alarm from the list (ISA-18.2 section 3.1: shelve, suppress by design, out of service).

A suppression touches no flag of the alarm: underneath, evaluation and events go on; only people are not told.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Suppressions:
    """`shelved_until` and `out_of_service_until` are wall time (POSIX seconds); both have a mandatory end."""

    shelved_until: float | None = None
    shelved_once: bool = False
    """One-shot: the shelf ends when the alarm returns to normal, or at its time, whichever is first."""
    by_design: bool = False
    out_of_service_until: float | None = None

    @property
    def any(self) -> bool:
        """True while people are not to be told."""
        return self.by_design or self.shelved_until is not None or self.out_of_service_until is not None


NONE = Suppressions()
