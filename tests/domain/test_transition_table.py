"""The whole table: every state times every cause. Rows are read `state --cause--> what becomes of it`.

States start at occurrence 3, annunciation 2; `-` is no change and no event, `!` marks the event people are told of.
"""

import math

import pytest

from monitor.domain.alarm import (
    Acknowledge,
    AlarmState,
    Cause,
    Elapsed,
    Judged,
    ReAlarm,
    Reprioritise,
    Reset,
    Shelve,
    SuppressByDesign,
    TakeOutOfService,
    Trip,
    Unshelve,
)
from monitor.domain.rules import Priority, Verdict
from monitor.domain.transition import step
from tests.domain.alarms import LATER, NOW, alarm_in, describe, rule

PAST = NOW.wall

CAUSES: dict[str, Cause] = {
    "true": Judged(Verdict.TRUE, 2.4),
    "band": Judged(Verdict.BAND, 1.95),
    "false": Judged(Verdict.FALSE, 1.0),
    "false, latching": Judged(Verdict.FALSE, 1.0),
    "unknown": Judged(Verdict.UNKNOWN),
    "time passes": Elapsed(),
    "trip": Trip("2026-03-01"),
    "acknowledge": Acknowledge(3, 2, "chen"),
    "acknowledge an older occurrence": Acknowledge(2, 2, "chen"),
    "acknowledge an older annunciation": Acknowledge(3, 1, "chen"),
    "acknowledge what never was": Acknowledge(4, 1, "chen"),
    "acknowledge an annunciation that never was": Acknowledge(3, 3, "chen"),
    "reset": Reset(3, 2, "chen"),
    "reset an older occurrence": Reset(2, 9, "chen"),
    "reset an older annunciation": Reset(3, 1, "chen"),
    "shelve": Shelve(3, 2, LATER + 60, "pump in repair", "chen"),
    "shelve an older annunciation": Shelve(3, 1, LATER, "pump in repair", "chen"),
    "shelve without a reason": Shelve(3, 2, LATER, " ", "chen"),
    "shelve until now": Shelve(3, 2, PAST, "pump in repair", "chen"),
    "shelve for ever": Shelve(3, 2, math.inf, "pump in repair", "chen"),
    "shelve until nonsense": Shelve(3, 2, math.nan, "pump in repair", "chen"),
    "unshelve": Unshelve("chen"),
    "suppress": SuppressByDesign(True, "parent alarm"),
    "suppress no more": SuppressByDesign(False),
    "out of service": TakeOutOfService(LATER + 60, "chen", "overhaul"),
    "out of service without a reason": TakeOutOfService(LATER, "chen"),
    "out of service until now": TakeOutOfService(PAST, "chen", "overhaul"),
    "out of service for ever": TakeOutOfService(math.inf, "chen", "overhaul"),
    "in service": TakeOutOfService(None, "chen"),
    "priority raised": Reprioritise(Priority.CRITICAL),
    "priority lowered": Reprioritise(Priority.LOW),
    "priority the same": Reprioritise(Priority.MEDIUM),
    "re-alarm": ReAlarm(),
}

STATES = (
    *("NORM", "UNACK", "ACK", "RTN_UNACK", "LATCH_UNACK", "LATCH_ACK"),
    *("SHELVED/NORM", "SHELVED/ACK", "SUPPRESSED/NORM", "SUPPRESSED/ACK"),
    *("OUT_OF_SERVICE/NORM", "OUT_OF_SERVICE/ACK"),
)

EVERYWHERE = {
    "unknown": "-",
    "time passes": "-",
    "acknowledge an older occurrence": "refused: old_occurrence",
    "acknowledge an older annunciation": "refused: old_annunciation",
    "acknowledge what never was": "refused: unknown_occurrence",
    "acknowledge an annunciation that never was": "refused: unknown_occurrence",
    "reset an older occurrence": "refused: old_occurrence",
    "reset an older annunciation": "refused: old_annunciation",
    "shelve an older annunciation": "refused: old_annunciation",
    "shelve without a reason": "refused: reason_missing",
    "shelve until now": "refused: end_not_in_future",
    "shelve for ever": "refused: end_not_in_future",
    "shelve until nonsense": "refused: end_not_in_future",
    "out of service without a reason": "refused: reason_missing",
    "out of service until now": "refused: end_not_in_future",
    "out of service for ever": "refused: end_not_in_future",
    "priority the same": "-",
    "band": "-",
}

TABLE = """
NORM --true--> UNACK 4.1 raised!
NORM --false--> -
NORM --false, latching--> -
NORM --trip--> UNACK 4.1 tripped!
NORM --acknowledge--> -
NORM --reset--> refused: not_latched
NORM --shelve--> SHELVED/NORM 3.2 shelved
NORM --unshelve--> refused: not_shelved
NORM --suppress--> SUPPRESSED/NORM 3.2 suppressed
NORM --suppress no more--> -
NORM --out of service--> OUT_OF_SERVICE/NORM 3.2 out_of_service
NORM --in service--> -
NORM --priority raised--> -
NORM --priority lowered--> -
NORM --re-alarm--> -

UNACK --true--> -
UNACK --false--> RTN_UNACK 3.2 returned
UNACK --false, latching--> LATCH_UNACK 3.2 returned
UNACK --trip--> UNACK 4.1 superseded tripped!
UNACK --acknowledge--> ACK 3.2 acknowledged
UNACK --reset--> refused: still_active
UNACK --shelve--> SHELVED/UNACK 3.2 shelved
UNACK --unshelve--> refused: not_shelved
UNACK --suppress--> SUPPRESSED/UNACK 3.2 suppressed
UNACK --suppress no more--> -
UNACK --out of service--> OUT_OF_SERVICE/UNACK 3.2 out_of_service
UNACK --in service--> -
UNACK --priority raised--> UNACK 3.2 priority_raised
UNACK --priority lowered--> UNACK 3.2 priority_lowered
UNACK --re-alarm--> -

ACK --true--> -
ACK --false--> NORM 3.2 returned
ACK --false, latching--> LATCH_ACK 3.2 returned
ACK --trip--> UNACK 4.1 superseded tripped!
ACK --acknowledge--> -
ACK --reset--> refused: still_active
ACK --shelve--> SHELVED/ACK 3.2 shelved
ACK --unshelve--> refused: not_shelved
ACK --suppress--> SUPPRESSED/ACK 3.2 suppressed
ACK --suppress no more--> -
ACK --out of service--> OUT_OF_SERVICE/ACK 3.2 out_of_service
ACK --in service--> -
ACK --priority raised--> UNACK 3.3 priority_raised!
ACK --priority lowered--> ACK 3.2 priority_lowered
ACK --re-alarm--> UNACK 3.3 re_alarmed!

RTN_UNACK --true--> UNACK 3.3 raised!
RTN_UNACK --false--> -
RTN_UNACK --false, latching--> -
RTN_UNACK --trip--> UNACK 4.1 superseded tripped!
RTN_UNACK --acknowledge--> NORM 3.2 acknowledged
RTN_UNACK --reset--> refused: not_latched
RTN_UNACK --shelve--> SHELVED/RTN_UNACK 3.2 shelved
RTN_UNACK --unshelve--> refused: not_shelved
RTN_UNACK --suppress--> SUPPRESSED/RTN_UNACK 3.2 suppressed
RTN_UNACK --suppress no more--> -
RTN_UNACK --out of service--> OUT_OF_SERVICE/RTN_UNACK 3.2 out_of_service
RTN_UNACK --in service--> -
RTN_UNACK --priority raised--> RTN_UNACK 3.2 priority_raised
RTN_UNACK --priority lowered--> RTN_UNACK 3.2 priority_lowered
RTN_UNACK --re-alarm--> -

LATCH_UNACK --true--> UNACK 3.3 raised!
LATCH_UNACK --false--> -
LATCH_UNACK --false, latching--> -
LATCH_UNACK --trip--> UNACK 4.1 superseded tripped!
LATCH_UNACK --acknowledge--> LATCH_ACK 3.2 acknowledged
LATCH_UNACK --reset--> refused: not_acknowledged
LATCH_UNACK --shelve--> SHELVED/LATCH_UNACK 3.2 shelved
LATCH_UNACK --unshelve--> refused: not_shelved
LATCH_UNACK --suppress--> SUPPRESSED/LATCH_UNACK 3.2 suppressed
LATCH_UNACK --suppress no more--> -
LATCH_UNACK --out of service--> OUT_OF_SERVICE/LATCH_UNACK 3.2 out_of_service
LATCH_UNACK --in service--> -
LATCH_UNACK --priority raised--> LATCH_UNACK 3.2 priority_raised
LATCH_UNACK --priority lowered--> LATCH_UNACK 3.2 priority_lowered
LATCH_UNACK --re-alarm--> -

LATCH_ACK --true--> UNACK 3.3 raised!
LATCH_ACK --false--> -
LATCH_ACK --false, latching--> -
LATCH_ACK --trip--> UNACK 4.1 superseded tripped!
LATCH_ACK --acknowledge--> -
LATCH_ACK --reset--> NORM 3.2 reset
LATCH_ACK --shelve--> SHELVED/LATCH_ACK 3.2 shelved
LATCH_ACK --unshelve--> refused: not_shelved
LATCH_ACK --suppress--> SUPPRESSED/LATCH_ACK 3.2 suppressed
LATCH_ACK --suppress no more--> -
LATCH_ACK --out of service--> OUT_OF_SERVICE/LATCH_ACK 3.2 out_of_service
LATCH_ACK --in service--> -
LATCH_ACK --priority raised--> LATCH_ACK 3.2 priority_raised
LATCH_ACK --priority lowered--> LATCH_ACK 3.2 priority_lowered
LATCH_ACK --re-alarm--> -

SHELVED/NORM --true--> SHELVED/UNACK 4.1 raised
SHELVED/NORM --false--> -
SHELVED/NORM --false, latching--> -
SHELVED/NORM --trip--> SHELVED/UNACK 4.1 tripped
SHELVED/NORM --acknowledge--> -
SHELVED/NORM --reset--> refused: not_latched
SHELVED/NORM --shelve--> SHELVED/NORM 3.2 shelved
SHELVED/NORM --unshelve--> NORM 3.2 unshelved
SHELVED/NORM --suppress--> SUPPRESSED/NORM 3.2 suppressed
SHELVED/NORM --suppress no more--> -
SHELVED/NORM --out of service--> OUT_OF_SERVICE/NORM 3.2 out_of_service
SHELVED/NORM --in service--> -
SHELVED/NORM --priority raised--> -
SHELVED/NORM --priority lowered--> -
SHELVED/NORM --re-alarm--> -

SHELVED/ACK --true--> -
SHELVED/ACK --false--> SHELVED/NORM 3.2 returned
SHELVED/ACK --false, latching--> SHELVED/LATCH_ACK 3.2 returned
SHELVED/ACK --trip--> SHELVED/UNACK 4.1 superseded tripped
SHELVED/ACK --acknowledge--> -
SHELVED/ACK --reset--> refused: still_active
SHELVED/ACK --shelve--> SHELVED/ACK 3.2 shelved
SHELVED/ACK --unshelve--> UNACK 3.3 unshelved!
SHELVED/ACK --suppress--> SUPPRESSED/ACK 3.2 suppressed
SHELVED/ACK --suppress no more--> -
SHELVED/ACK --out of service--> OUT_OF_SERVICE/ACK 3.2 out_of_service
SHELVED/ACK --in service--> -
SHELVED/ACK --priority raised--> SHELVED/UNACK 3.3 priority_raised
SHELVED/ACK --priority lowered--> SHELVED/ACK 3.2 priority_lowered
SHELVED/ACK --re-alarm--> SHELVED/UNACK 3.3 re_alarmed

SUPPRESSED/NORM --true--> SUPPRESSED/UNACK 4.1 raised
SUPPRESSED/NORM --false--> -
SUPPRESSED/NORM --false, latching--> -
SUPPRESSED/NORM --trip--> SUPPRESSED/UNACK 4.1 tripped
SUPPRESSED/NORM --acknowledge--> -
SUPPRESSED/NORM --reset--> refused: not_latched
SUPPRESSED/NORM --shelve--> SUPPRESSED/NORM 3.2 shelved
SUPPRESSED/NORM --unshelve--> refused: not_shelved
SUPPRESSED/NORM --suppress--> -
SUPPRESSED/NORM --suppress no more--> NORM 3.2 unsuppressed
SUPPRESSED/NORM --out of service--> OUT_OF_SERVICE/NORM 3.2 out_of_service
SUPPRESSED/NORM --in service--> -
SUPPRESSED/NORM --priority raised--> -
SUPPRESSED/NORM --priority lowered--> -
SUPPRESSED/NORM --re-alarm--> -

SUPPRESSED/ACK --true--> -
SUPPRESSED/ACK --false--> SUPPRESSED/NORM 3.2 returned
SUPPRESSED/ACK --false, latching--> SUPPRESSED/LATCH_ACK 3.2 returned
SUPPRESSED/ACK --trip--> SUPPRESSED/UNACK 4.1 superseded tripped
SUPPRESSED/ACK --acknowledge--> -
SUPPRESSED/ACK --reset--> refused: still_active
SUPPRESSED/ACK --shelve--> SUPPRESSED/ACK 3.2 shelved
SUPPRESSED/ACK --unshelve--> refused: not_shelved
SUPPRESSED/ACK --suppress--> -
SUPPRESSED/ACK --suppress no more--> UNACK 3.3 unsuppressed!
SUPPRESSED/ACK --out of service--> OUT_OF_SERVICE/ACK 3.2 out_of_service
SUPPRESSED/ACK --in service--> -
SUPPRESSED/ACK --priority raised--> SUPPRESSED/UNACK 3.3 priority_raised
SUPPRESSED/ACK --priority lowered--> SUPPRESSED/ACK 3.2 priority_lowered
SUPPRESSED/ACK --re-alarm--> SUPPRESSED/UNACK 3.3 re_alarmed

OUT_OF_SERVICE/NORM --true--> OUT_OF_SERVICE/UNACK 4.1 raised
OUT_OF_SERVICE/NORM --false--> -
OUT_OF_SERVICE/NORM --false, latching--> -
OUT_OF_SERVICE/NORM --trip--> OUT_OF_SERVICE/UNACK 4.1 tripped
OUT_OF_SERVICE/NORM --acknowledge--> -
OUT_OF_SERVICE/NORM --reset--> refused: not_latched
OUT_OF_SERVICE/NORM --shelve--> OUT_OF_SERVICE/NORM 3.2 shelved
OUT_OF_SERVICE/NORM --unshelve--> refused: not_shelved
OUT_OF_SERVICE/NORM --suppress--> OUT_OF_SERVICE/NORM 3.2 suppressed
OUT_OF_SERVICE/NORM --suppress no more--> -
OUT_OF_SERVICE/NORM --out of service--> OUT_OF_SERVICE/NORM 3.2 out_of_service
OUT_OF_SERVICE/NORM --in service--> NORM 3.2 in_service
OUT_OF_SERVICE/NORM --priority raised--> -
OUT_OF_SERVICE/NORM --priority lowered--> -
OUT_OF_SERVICE/NORM --re-alarm--> -

OUT_OF_SERVICE/ACK --true--> -
OUT_OF_SERVICE/ACK --false--> OUT_OF_SERVICE/NORM 3.2 returned
OUT_OF_SERVICE/ACK --false, latching--> OUT_OF_SERVICE/LATCH_ACK 3.2 returned
OUT_OF_SERVICE/ACK --trip--> OUT_OF_SERVICE/UNACK 4.1 superseded tripped
OUT_OF_SERVICE/ACK --acknowledge--> -
OUT_OF_SERVICE/ACK --reset--> refused: still_active
OUT_OF_SERVICE/ACK --shelve--> OUT_OF_SERVICE/ACK 3.2 shelved
OUT_OF_SERVICE/ACK --unshelve--> refused: not_shelved
OUT_OF_SERVICE/ACK --suppress--> OUT_OF_SERVICE/ACK 3.2 suppressed
OUT_OF_SERVICE/ACK --suppress no more--> -
OUT_OF_SERVICE/ACK --out of service--> OUT_OF_SERVICE/ACK 3.2 out_of_service
OUT_OF_SERVICE/ACK --in service--> UNACK 3.3 in_service!
OUT_OF_SERVICE/ACK --priority raised--> OUT_OF_SERVICE/UNACK 3.3 priority_raised
OUT_OF_SERVICE/ACK --priority lowered--> OUT_OF_SERVICE/ACK 3.2 priority_lowered
OUT_OF_SERVICE/ACK --re-alarm--> OUT_OF_SERVICE/UNACK 3.3 re_alarmed
"""

ROWS = [line for line in TABLE.splitlines() if line] + [
    f"{state} --{cause}--> {result}" for cause, result in EVERYWHERE.items() for state in STATES
]


@pytest.mark.parametrize("row", ROWS)
def test_row(row: str) -> None:
    state, _, rest = row.partition(" --")
    cause, _, expected = rest.partition("--> ")
    before = alarm_in(state)
    result = step(rule(latching="latching" in cause), before, CAUSES[cause], NOW)
    assert describe(before, result) == expected


def test_the_table_has_every_state_times_every_cause_once() -> None:
    rows = [tuple(row.split("-->")[0].split(" --", 1)) for row in ROWS]
    assert sorted(rows) == sorted((state, cause) for state in STATES for cause in CAUSES)
    assert {state.partition("/")[0] for state in STATES} == set(AlarmState)


@pytest.mark.parametrize(
    "cause", [c for name, c in CAUSES.items() if not name.startswith(("acknow", "reset"))]
)
@pytest.mark.parametrize("state", STATES)
def test_a_transition_says_where_it_came_from_and_when(state: str, cause: Cause) -> None:
    before = alarm_in(state)
    result = step(rule(), before, cause, NOW)
    if result.transitions:
        first, last = result.transitions[0], result.transitions[-1]
        assert first.before is before.state
        assert last.after is result.alarm.state
        assert all(t.at == NOW for t in result.transitions)
        assert all(
            a.after is b.before for a, b in zip(result.transitions, result.transitions[1:], strict=False)
        )
