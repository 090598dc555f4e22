"""A broker that forgot our session is told, once for each time; a first meeting is none."""

from __future__ import annotations

from monitor.engine.sessions import MARK, Sessions
from monitor.engine.tally import Tally
from monitor.ports import BrokerSession, Change
from tests.support.clock import VirtualClock

OURS, NEW = BrokerSession("w at mqtt://hub", kept=True), BrokerSession("w at mqtt://hub", kept=False)
OTHER = BrokerSession("w at mqtt://elsewhere", kept=False)


class Watched:
    def __init__(self, marks: dict[str, str] | None = None, alive: float | None = None) -> None:
        self.clock = VirtualClock()
        self.changes: list[Change] = []
        self.trips: list[tuple[str, object]] = []
        self.tally = Tally()
        self.sessions = Sessions(
            marks or {},
            alive,
            self.clock,
            self.tally,
            self.changes.append,
            lambda rule, value: self.trips.append((rule, value)),
        )

    def up(self, session: BrokerSession) -> None:
        self.sessions.link("hub", True)
        self.sessions.began("hub", session)


def stamp(wall: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(wall, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_first_meeting_is_remembered_and_no_loss() -> None:
    watched = Watched()
    watched.up(NEW)
    assert [dict(change.marks) for change in watched.changes] == [{f"{MARK}hub": NEW.name}]
    assert watched.trips == []


async def test_a_session_lost_while_we_were_connected_before_is_dated_from_the_end_of_the_link() -> None:
    watched = Watched()
    watched.up(NEW)
    await watched.clock.advance(100)
    watched.sessions.link("hub", False)
    since = watched.clock.now().wall
    watched.sessions.link("hub", False)
    await watched.clock.advance(50)
    watched.sessions.link("hub", False)  # a further attempt failed for another reason
    watched.up(NEW)
    assert watched.trips == [("watchroom.session_hub", f"{stamp(since)}/{stamp(watched.clock.now().wall)}")]
    assert watched.tally.get("sessions_lost_total", connection="hub") == 1
    assert len(watched.changes) == 1


def test_a_session_that_was_kept_is_nothing_to_tell() -> None:
    watched = Watched({f"{MARK}hub": OURS.name}, 1_700_000_000.0)
    watched.up(OURS)
    assert watched.trips == []
    assert watched.changes == []


def test_a_session_lost_while_we_were_stopped_is_dated_from_our_last_sign_of_life() -> None:
    watched = Watched({f"{MARK}hub": OURS.name}, 1_700_000_000.0)
    watched.up(NEW)
    [(_, value)] = watched.trips
    assert str(value).startswith("2023-11-14T22:13:20Z/")


def test_another_broker_or_another_name_is_another_session() -> None:
    watched = Watched({f"{MARK}hub": OURS.name}, 1_700_000_000.0)
    watched.up(OTHER)
    assert watched.trips == []
    assert dict(watched.changes[0].marks) == {f"{MARK}hub": OTHER.name}
