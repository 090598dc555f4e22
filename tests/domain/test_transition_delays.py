"""On-delay, off-delay, deadband and bad data (ISA-18.2 clause 16.2): time lines of one high limit.

A line is a list of `seconds verdict`; verdicts are true, band, false, unknown, and `-` for time alone. After each step
stands the state; steps that change nothing may leave it out.
"""

from dataclasses import replace

import pytest

from monitor.domain.alarm import Alarm, AlarmState, Elapsed, EventCause, Judged, Pending, Reset, Transition
from monitor.domain.reading import Quality
from monitor.domain.rules import AlarmRule, Verdict
from monitor.domain.transition import new, next_due, step
from tests.domain.alarms import NOW, alarm_in, rule

DELAYED = rule(on_delay=5.0, off_delay=10.0)


def play(line: str, alarm_rule: AlarmRule = DELAYED) -> list[Transition]:
    """Run a time line, checking the states it names; gives the transitions."""
    alarm = new(alarm_rule)
    done: list[Transition] = []
    for entry in line.split(","):
        seconds, verdict, *state = entry.split()
        now = NOW.after(float(seconds))
        cause = Elapsed() if verdict == "-" else Judged(Verdict(verdict), 2.5)
        result = step(alarm_rule, alarm, cause, now)
        alarm = result.alarm
        done += result.transitions
        if state:
            assert alarm.state == AlarmState(state[0]), f"{entry}: {alarm}"
    return done


@pytest.mark.parametrize(
    "line",
    [
        # on-delay
        "0 true NORM, 4.9 true NORM, 5 true UNACK",
        "0 true NORM, 4.9 - NORM, 5 - UNACK",
        "0 true, 3 false, 5 true NORM, 9.9 true NORM, 10 true UNACK",
        "0 true, 3 band, 5 true NORM, 9.9 - NORM, 10 - UNACK",
        "0 band, 100 band NORM, 200 false NORM",
        # off-delay and deadband
        "0 true, 5 true UNACK, 6 false UNACK, 15.9 false UNACK, 16 false RTN_UNACK",
        "0 true, 5 true UNACK, 6 false UNACK, 16 - RTN_UNACK",
        "0 true, 5 true UNACK, 6 band, 100 band UNACK",
        "0 true, 5 true UNACK, 6 false, 12 band, 16 false UNACK, 25.9 false UNACK, 26 false RTN_UNACK",
        "0 true, 5 true UNACK, 6 false, 12 true, 16 - UNACK, 17 false, 26.9 - UNACK, 27 - RTN_UNACK",
        # back again
        "0 true, 5 - UNACK, 6 false, 16 - RTN_UNACK, 20 true RTN_UNACK, 25 - UNACK",
        # bad data: a delay never ends on it, and nothing clears
        "0 true, 3 unknown, 5 - NORM, 60 - NORM, 60 unknown NORM",
        "0 true, 5 - UNACK, 6 unknown, 1000 - UNACK",
        "0 true, 5 - UNACK, 6 false, 8 unknown, 16 - UNACK, 500 - UNACK",
        # good again, same condition: the original deadline counts, at once if past
        "0 true, 2 unknown, 4 true NORM, 4.9 - NORM, 5 - UNACK",
        "0 true, 2 unknown, 60 true UNACK",
        "0 true, 5 - UNACK, 6 false, 8 unknown, 12 false UNACK, 15.9 - UNACK, 16 - RTN_UNACK",
        "0 true, 5 - UNACK, 6 false, 8 unknown, 60 false RTN_UNACK",
        # good again, otherwise: the delay is dropped
        "0 true, 2 unknown, 60 false NORM, 61 true NORM, 65.9 - NORM, 66 - UNACK",
        "0 true, 2 unknown, 60 band NORM, 61 true NORM, 66 - UNACK",
        "0 true, 5 - UNACK, 6 false, 8 unknown, 60 true UNACK, 61 false UNACK, 71 - RTN_UNACK",
        "0 true, 5 - UNACK, 6 false, 8 unknown, 60 band UNACK, 61 false UNACK, 70.9 - UNACK, 71 - RTN_UNACK",
        # bad data on bad data changes nothing
        "0 true, 1 unknown, 2 unknown, 3 unknown, 5 true UNACK",
    ],
)
def test_time_line(line: str) -> None:
    play(line)


def test_a_return_is_recorded_once_however_often_time_is_looked_at() -> None:
    line = "0 true, 5 -, 6 -, 7 false, 17 - RTN_UNACK, 18 -, 30 -, 31 false, 50 - RTN_UNACK"
    assert [t.cause for t in play(line)] == [EventCause.RAISED, EventCause.RETURNED]


def test_without_delays_the_first_look_decides() -> None:
    assert [t.cause for t in play("0 true UNACK, 0 false RTN_UNACK", rule())] == [
        EventCause.RAISED,
        EventCause.RETURNED,
    ]


def test_the_record_holds_what_was_seen() -> None:
    seen = Judged(Verdict.TRUE, 2.7, Quality.OUT_OF_RANGE, 1234.5)
    result = step(rule(), new(rule()), seen, NOW)
    [raised] = result.transitions
    assert (raised.value, raised.quality, raised.source_time) == (2.7, Quality.OUT_OF_RANGE, 1234.5)
    assert (result.alarm.value, result.alarm.raised_at) == (2.7, NOW.wall)


def test_a_delay_that_ends_by_time_alone_invents_no_value() -> None:
    first = step(rule(), new(rule()), Judged(Verdict.TRUE, 9.0), NOW).alarm
    again = replace(first, active=False, pending=Pending("raise", NOW.steady + 5.0))
    [raised] = step(DELAYED, again, Elapsed(), NOW.after(5)).transitions
    assert raised.value is None


def test_raised_at_is_of_the_occurrence_and_returned_at_of_the_last_return() -> None:
    alarm = new(rule())
    for seconds, verdict in ((0, Verdict.TRUE), (10, Verdict.FALSE), (20, Verdict.TRUE)):
        alarm = step(rule(), alarm, Judged(verdict), NOW.after(seconds)).alarm
    assert (alarm.raised_at, alarm.returned_at) == (NOW.wall, None)
    assert alarm.active_since == NOW.wall + 20
    assert (alarm.occurrence, alarm.annunciation) == (1, 2)
    alarm = step(rule(), alarm, Judged(Verdict.FALSE), NOW.after(30)).alarm
    assert alarm.returned_at == NOW.wall + 30


def test_the_next_deadline_is_told_unless_the_data_is_bad() -> None:
    alarm = step(DELAYED, new(DELAYED), Judged(Verdict.TRUE), NOW).alarm
    assert next_due(alarm) == NOW.steady + 5.0
    assert next_due(step(DELAYED, alarm, Judged(Verdict.UNKNOWN), NOW).alarm) is None


def test_a_delay_runs_on_steady_time_whatever_the_wall_clock_does() -> None:
    alarm = step(DELAYED, new(DELAYED), Judged(Verdict.TRUE), NOW).alarm
    stepped = NOW._replace(wall=NOW.wall + 86_400)
    assert step(DELAYED, alarm, Elapsed(), stepped).alarm.state is AlarmState.NORM
    back = NOW._replace(wall=NOW.wall - 86_400, steady=NOW.steady + 5)
    assert step(DELAYED, alarm, Elapsed(), back).alarm.state is AlarmState.UNACK


def test_a_deadline_of_the_other_direction_is_not_met() -> None:
    """A clear that was pending when the alarm ended otherwise does not shorten the next on-delay."""
    left: Alarm = replace(alarm_in("NORM"), pending=Pending("clear", NOW.steady - 100))
    alarm = step(DELAYED, left, Judged(Verdict.TRUE), NOW).alarm
    assert alarm.state is AlarmState.NORM
    assert alarm.pending == Pending("raise", NOW.steady + 5.0)


def test_a_latched_alarm_that_is_about_to_return_may_be_reset_and_then_comes_as_a_new_occurrence() -> None:
    latched = step(DELAYED, alarm_in("LATCH_ACK"), Judged(Verdict.TRUE), NOW).alarm
    alarm = step(DELAYED, latched, Reset(3, 2, "chen"), NOW.after(1)).alarm
    assert alarm.state is AlarmState.NORM
    alarm = step(DELAYED, alarm, Elapsed(), NOW.after(5)).alarm
    assert (alarm.state, alarm.occurrence, alarm.annunciation) == (AlarmState.UNACK, 4, 1)
