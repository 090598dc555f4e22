"""Every figure that Watchroom tells of itself: what it counts and by which labels. docs/metrics.md is this table.

Names follow Prometheus: `_total` for counters, the unit in the name, base units. All stand behind `watchroom_`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

Kind = Literal["counter", "gauge", "summary", "histogram"]


class About(NamedTuple):
    """One family of figures."""

    kind: Kind
    help: str
    labels: tuple[str, ...] = ()


_DEVICE = ("connection", "equipment")

FIGURES: Mapping[str, About] = {
    # equipment
    "polls_total": About("counter", "Questions put to equipment.", _DEVICE),
    "poll_errors_total": About("counter", "Questions that were not answered, or wrongly.", _DEVICE),
    "polls_missed_total": About("counter", "Polls whose time passed before their turn came.", _DEVICE),
    "poll_response_seconds": About("summary", "From question to answer or time-out.", _DEVICE),
    "last_answer_timestamp_seconds": About("gauge", "When it last answered, POSIX time.", _DEVICE),
    "scans_total": About("counter", "Scans that came in, asked for or not.", ("equipment",)),
    "equipment_answering": About(
        "gauge", "1 while it answers, 0 when it does not; not there before the first try.", _DEVICE
    ),
    "link_up": About("gauge", "1 while the way to a bus or broker is open.", ("connection",)),
    "connection_good_timestamp_seconds": About(
        "gauge", "When anybody behind it last gave a good value, POSIX time.", ("connection",)
    ),
    "connection_error_ratio": About(
        "gauge", "Share of polls of the last 5 to 6 minutes without a good value, 0 to 1.", ("connection",)
    ),
    "connection_response_p50_seconds": About(
        "gauge", "Half of the last 256 answers came within this time.", ("connection",)
    ),
    "connection_response_p99_seconds": About(
        "gauge", "99 of 100 of the last 256 answers came within this time.", ("connection",)
    ),
    "connection_given_up": About(
        "gauge",
        "Equipment behind it that is tried only now and then, because it does not answer.",
        ("connection",),
    ),
    "callers_present": About("gauge", "Devices that have dialled in and are connected.", ("connection",)),
    "callers_total": About(
        "counter",
        "Callers where devices dial in: arrived, replaced (took the place of one under the same name), or sent away: "
        "unknown, too_slow, crowded.",
        ("connection", "outcome"),
    ),
    "discarded_total": About("counter", "Messages that could not be used.", ("connection", "reason")),
    # alarms and people
    "alarms_open": About("gauge", "Alarms that are not normal.", ("priority", "acknowledged")),
    "alarm_events_total": About("counter", "Changes of alarms.", ("cause", "priority")),
    "messages_total": About("counter", "What became of attempts to tell somebody.", ("channel", "outcome")),
    "messages_heard_total": About("counter", "Messages that people sent to us.", ("channel",)),
    "callbacks_total": About("counter", "Calls of SMS providers at our door.", ("channel", "outcome")),
    "outbox_depth": About("gauge", "Messages that are not finished."),
    "outbox_messages": About("gauge", "Messages of the last 3 days by state.", ("channel", "state")),
    "outbox_late_seconds": About("gauge", "How long the oldest unsent message has been due."),
    "safe_seconds": About(
        "histogram", "From taking a message to its being safe with us: what its acknowledgement waited for."
    ),
    "sessions_lost_total": About(
        "counter", "Sessions that a broker forgot, with what it held for us.", ("connection",)
    ),
    # record
    "journal_commits_total": About("counter", "Transactions of the record."),
    "journal_changes_total": About("counter", "Changes in them; several share one transaction."),
    "journal_commit_seconds": About("histogram", "How long a transaction took until it was durable."),
    "journal_errors_total": About("counter", "Transactions that failed and were tried again."),
    "journal_rejected_total": About("counter", "Changes that the record will never take: a fault of ours."),
    "journal_queue_depth": About("gauge", "Changes that wait for their transaction."),
    "listener_errors_total": About("counter", "Faults of ours while telling of what was stored."),
    # history
    "spool_depth": About("gauge", "Readings that wait for the historian."),
    "spool_age_seconds": About("gauge", "Age of the oldest of them: how far history lags."),
    "spool_fill_ratio": About("gauge", "Share of the spool's space that is taken, 0 to 1."),
    "spool_lost_total": About("counter", "Readings given up since the spool was made."),
    "history_written_total": About("counter", "Readings that the historian took."),
    "history_failures_total": About("counter", "Batches that it did not take and that are tried again."),
    "history_rejected_total": About("counter", "Readings that it will never take; they are in quarantine."),
    "history_thinned_total": About(
        "counter", "Messages of a chattering device that were judged and not kept.", ("equipment",)
    ),
    "history_errors_total": About("counter", "Readings that could not even be spooled."),
    # the daemon and its machine
    "healthy": About("gauge", "1 while every loop turns and the record is written, as /healthz says."),
    "self_trouble": About("gauge", "1 while a part of ours is in trouble.", ("subject",)),
    "loop_deaths_total": About("counter", "Loops that died and were started anew.", ("loop",)),
    "loop_lag_seconds": About(
        "gauge", "Longest delay of the clock loop in the last 5 s: how late everything may be."
    ),
    "live_readers": About("gauge", "Streams that look at the live view."),
    "consoles": About("gauge", "Open consoles of operators by whether their horn can sound.", ("sound",)),
    "clock_steps_total": About("counter", "Jumps of the wall clock by more than 2 s."),
    "clock_synchronised": About(
        "gauge", "1 while a time service keeps the clock; not there where nobody can know."
    ),
    "disk_free_bytes": About("gauge", "Free space where the state is kept."),
    "disk_size_bytes": About("gauge", "Size of that file system."),
}
