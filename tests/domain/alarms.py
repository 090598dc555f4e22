"""Rules and alarms for the tests of the alarm's life."""

from dataclasses import replace
from typing import Any

from monitor.domain.alarm import Alarm, AlarmState, Step
from monitor.domain.instant import Instant
from monitor.domain.rules import AlarmKind, AlarmRule, High, Priority
from monitor.domain.suppression import Suppressions

NOW = Instant(1_772_366_400.0, 5_000.0)
LATER = NOW.wall + 3600.0


def rule(**fields: Any) -> AlarmRule:
    """A limit rule without delays, not latching."""
    return replace(
        AlarmRule("pit-1.level", "pit-1", AlarmKind.LIMIT, High("level", 2.0), Priority.MEDIUM, 0.0, 0.0),
        **fields,
    )


def alarm_in(name: str) -> Alarm:
    """Occurrence 3, annunciation 2, in a state by name; `SHELVED/ACK` is shelved with ACK underneath."""
    shown, _, beneath = name.partition("/")
    flags = {
        "NORM": (False, True, False),
        "UNACK": (True, False, False),
        "ACK": (True, True, False),
        "RTN_UNACK": (False, False, False),
        "LATCH_UNACK": (False, False, True),
        "LATCH_ACK": (False, True, True),
    }[beneath or shown]
    hidden = {
        "SHELVED": Suppressions(shelved_until=LATER),
        "SUPPRESSED": Suppressions(by_design=True),
        "OUT_OF_SERVICE": Suppressions(out_of_service_until=LATER),
    }.get(shown, Suppressions())
    active, acknowledged, latched = flags
    alarm = Alarm(
        "pit-1.level",
        Priority.MEDIUM,
        3,
        2,
        active,
        acknowledged,
        latched,
        suppressions=hidden,
        raised_at=1.0,
    )
    assert alarm.state == AlarmState(shown)
    return alarm


def describe(before: Alarm, result: Step) -> str:
    """One line: state/underneath occurrence.annunciation and the events, `!` where people are told; `-` for nothing."""
    alarm = result.alarm
    if result.refusal:
        assert alarm == before, "a refused command changes nothing"
        assert result.transitions == ()
        return f"refused: {result.refusal}"
    if not result.transitions:
        assert replace(alarm, priority=before.priority, frozen=before.frozen) == before
        return "-"
    events = " ".join(t.cause + ("!" if t.annunciates else "") for t in result.transitions)
    state = alarm.state if alarm.state is alarm.underneath else f"{alarm.state}/{alarm.underneath}"
    return f"{state} {alarm.occurrence}.{alarm.annunciation} {events}"
