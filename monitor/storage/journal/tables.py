"""The journal's tables. Columns are named as the fields they keep; times are POSIX seconds, UTC.

A change here needs a migration in `migrations/versions`; a test compares the two.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
)

from monitor.domain.alarm import AlarmState, EventCause
from monitor.domain.inspection import Outcome
from monitor.domain.notification import Delivery, Unless
from monitor.domain.people import Role
from monitor.domain.rules import AlarmKind, Priority
from monitor.domain.service import Mode
from monitor.domain.workorder import OrderState
from monitor.storage.journal.columns import Answers, Plain, QualityCode, Texts, Typed, Word


def _key(name: str) -> Column[str]:
    return Column(name, Plain, primary_key=True)


def _text(name: str) -> Column[str]:
    return Column(name, Plain, nullable=False)


def _maybe_text(name: str) -> Column[str]:
    return Column(name, Plain)


def _word(name: str, words: type[StrEnum]) -> Column[Any]:
    return Column(name, Word(words), nullable=False)


def _count(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False)


def _time(name: str) -> Column[float]:
    return Column(name, Double, nullable=False)


def _maybe_time(name: str) -> Column[float]:
    return Column(name, Double)


metadata = MetaData()

events = Table(
    "events",
    metadata,
    Column("sequence", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    _text("alarm"),
    _word("kind", AlarmKind),
    _text("equipment"),
    _word("priority", Priority),
    _word("cause", EventCause),
    _word("before", AlarmState),
    _word("after", AlarmState),
    _count("occurrence"),
    _count("annunciation"),
    _time("at"),
    _time("steady"),
    _maybe_text("actor"),
    _text("note"),
    Column("value", Typed),
    Column("quality", QualityCode, nullable=False),
    _maybe_time("source_time"),
    _flag("annunciates"),
    Index("events_by_time", "at"),
    Index("events_by_alarm", "alarm", "sequence"),
    Index("events_by_equipment", "equipment", "sequence"),
)

alarms = Table(
    "alarms",
    metadata,
    _key("id"),
    _word("priority", Priority),
    _count("occurrence"),
    _count("annunciation"),
    _flag("active"),
    _flag("acknowledged"),
    _flag("latched"),
    _maybe_text("pending_to"),
    _maybe_time("pending_due"),
    _flag("frozen"),
    _maybe_time("shelved_until"),
    _flag("shelved_once"),
    _flag("by_design"),
    _maybe_time("out_of_service_until"),
    _maybe_time("raised_at"),
    _maybe_time("returned_at"),
    _maybe_time("acknowledged_at"),
    _maybe_text("acknowledged_by"),
    Column("value", Typed),
    _maybe_time("active_since"),
)

notifications = Table(
    "notifications",
    metadata,
    _key("id"),
    _count("event"),
    _text("alarm"),
    _count("occurrence"),
    _count("annunciation"),
    _count("step"),
    _text("role"),
    _text("channel"),
    _time("due"),
    Column("unless", Word(Unless)),
    _maybe_text("recipient"),
    _maybe_text("address"),
    _text("language"),
    _text("text"),
    _text("code"),
    _count("attempts"),
    _word("state", Delivery),
    _text("reason"),
    _text("reference"),
    _time("created_at"),
    _maybe_time("sent_at"),
    _maybe_time("delivered_at"),
    _flag("over"),
    Index("notifications_by_time", "created_at", "id"),
    Index("notifications_by_alarm", "alarm", "occurrence"),
    Index("notifications_by_state", "state", "sent_at"),
)

inbound = Table(
    "inbound",
    metadata,
    _key("id"),
    _text("channel"),
    _text("address"),
    _text("text"),
    _time("at"),
    _maybe_text("person"),
    _text("outcome"),
    Index("inbound_by_time", "at", "id"),
)

windows = Table(
    "windows",
    metadata,
    _key("id"),
    _text("round"),
    _time("start"),
    _time("end"),
    _time("grace_until"),
    _word("outcome", Outcome),
    _maybe_time("decided_at"),
    _text("note"),
    Index("windows_by_time", "start", "id"),
    Index("windows_by_round", "round", "start"),
    Index("windows_by_outcome", "outcome"),
)

scans = Table(
    "scans",
    metadata,
    _key("client_id"),
    _text("checkpoint"),
    _time("at"),
    _time("received_at"),
    _text("actor"),
    Column("answers", Answers, nullable=False),
    Column("remarks", Texts, nullable=False),
    Index("scans_by_time", "at", "client_id"),
    Index("scans_by_checkpoint", "checkpoint", "at"),
)

orders = Table(
    "orders",
    metadata,
    _key("id"),
    _text("title"),
    _text("equipment"),
    _text("origin"),
    _time("created_at"),
    _text("created_by"),
    _time("due"),
    _word("state", OrderState),
    _maybe_time("on_site_at"),
    _maybe_time("repaired_at"),
    _maybe_time("verified_at"),
    _text("note"),
    _maybe_time("overdue_at"),
    Index("orders_by_time", "created_at", "id"),
    Index("orders_by_state", "state"),
)

handovers = Table(
    "handovers",
    metadata,
    _key("id"),
    _time("at"),
    _text("actor"),
    _text("text"),
    _count("open_alarms"),
    Index("handovers_by_time", "at", "id"),
)

log = Table(
    "log",
    metadata,
    _key("id"),
    _time("at"),
    _text("actor"),
    _text("text"),
    _text("equipment"),
    Index("log_by_time", "at", "id"),
)

services = Table(
    "services",
    metadata,
    _key("id"),
    _word("mode", Mode),
    _time("since"),
    _maybe_time("until"),
    _text("actor"),
    _text("reason"),
)

substitutions = Table(
    "substitutions",
    metadata,
    _key("id"),
    Column("value", Typed),
    _time("since"),
    _time("until"),
    _text("actor"),
    _text("reason"),
)

marks = Table("marks", metadata, _key("name"), _text("value"))

audit = Table(
    "audit",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    _time("at"),
    _text("actor"),
    _text("action"),
    _text("subject"),
    _text("detail"),
    _text("previous"),
    _text("hash"),
)

heads = Table("heads", metadata, _key("name"), _count("number"), _text("hash"))
"""Row `audit`: number and hash of the newest audit row. Row `commit`: count and token of the newest commit."""

users = Table(
    "users",
    metadata,
    _key("name"),
    _word("role", Role),
    _text("language"),
    _text("password"),
    _flag("disabled"),
    _time("created_at"),
)

tokens = Table(
    "tokens",
    metadata,
    _key("id"),
    _text("hash"),
    _text("name"),
    _word("role", Role),
    _time("created_at"),
    _text("created_by"),
    _maybe_time("expires_at"),
    _maybe_time("last_used_at"),
    _maybe_time("revoked_at"),
    UniqueConstraint("hash", name="tokens_hash"),
)

sessions = Table(
    "sessions",
    metadata,
    _key("hash"),
    Column("user", Plain, ForeignKey("users.name", name="sessions_user"), nullable=False),
    _time("created_at"),
    _time("expires_at"),
    Index("sessions_by_user", "user"),
)
