"""The console on the real engine, with journal, history, accounts and phones in memory."""

from __future__ import annotations

import asyncio
import contextlib
import math
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from uuid import uuid4

from fastapi import FastAPI

from monitor.console.app import create_app
from monitor.console.services import Services
from monitor.domain.alarm import AlarmEvent
from monitor.domain.causes import CauseTree
from monitor.domain.history import Bucket, Sample
from monitor.domain.instant import Instant
from monitor.domain.lamps import FailedLamp
from monitor.domain.notification import Delivery, InboundMessage, Notification, identity
from monitor.domain.people import Role
from monitor.domain.point import Value
from monitor.domain.reading import Quality, Reading
from monitor.domain.rules import AlarmRule, Priority
from monitor.engine.alarming import Alarming
from monitor.engine.callers import CallersHealth
from monitor.engine.connection_watch import ConnectionWatch
from monitor.engine.dutylog import DutyLog
from monitor.engine.exporting import Exports
from monitor.engine.health import ConnectionHealth, EquipmentHealth
from monitor.engine.lightbook import LightBook
from monitor.engine.live import Live
from monitor.engine.noting import Noting
from monitor.engine.own_rules import own_rules
from monitor.engine.presence import Presence
from monitor.engine.presence_rules import presence_rules
from monitor.engine.restless import Restless
from monitor.engine.round_rules import people_rules
from monitor.engine.selfwatch import Health
from monitor.engine.servicing import Servicing
from monitor.engine.silencing import Silencing
from monitor.engine.substituting import Substituting
from monitor.engine.supervision import Supervision
from monitor.engine.tally import Tally
from monitor.engine.writer import JournalWriter
from monitor.ports import Change, Clock, Written
from monitor.storage.exporting import FileExporter
from monitor.storage.runs import HOLD_MS, edges, fold, sample_runs
from tests.console import house
from tests.support.clock import VirtualClock, settle
from tests.support.fake_journal import FakeJournal

NOON = 1_795_406_400.0  # 2026-11-23 04:00 UTC, noon in Shanghai


@dataclass(frozen=True)
class Account:
    name: str
    role: Role
    language: str = ""


class FakeAccounts:
    """`password-NAME` signs in; a token is `token-ROLE`."""

    def __init__(self) -> None:
        self.people = {role.value: Account(role.value, role) for role in Role}
        self.people["chen"] = Account("chen", Role.OPERATOR)
        self.sessions: dict[str, str] = {}
        self.asked = 0

    async def sign_in(self, name: str, password: str) -> tuple[str, Account] | None:
        self.asked += 1
        account = self.people.get(name)
        if account is None or password != f"password-{name}":
            return None
        secret = f"session-{len(self.sessions)}-{name}"
        self.sessions[secret] = name
        return secret, account

    async def session(self, secret: str) -> Account | None:
        return self.people.get(self.sessions.get(secret, ""))

    async def sign_out(self, secret: str) -> None:
        self.sessions.pop(secret, None)

    async def token(self, secret: str) -> Account | None:
        role = secret.removeprefix("token-")
        return (
            Account(f"token:{role}", Role(role))
            if secret.startswith("token-") and role in list(Role)
            else None
        )

    async def set_language(self, name: str, language: str) -> None:
        if name in self.people:
            self.people[name] = replace(self.people[name], language=language)


class FakeHistorian:
    """Samples as they were put."""

    hold_ms = HOLD_MS

    def __init__(self) -> None:
        self.samples: dict[str, list[Sample]] = {}
        self.failure: Exception | None = None

    def put(self, point: str, at: float, value: Value | None, quality: Quality = Quality.GOOD) -> None:
        self.samples.setdefault(point, []).append(Sample(point, round(at * 1000), value, quality.code))

    async def write(self, samples: Sequence[Sample]) -> Written:
        return Written()

    async def raw(self, point: str, start_ms: int, end_ms: int, limit: int = 100_000) -> Sequence[Sample]:
        if self.failure:
            raise self.failure
        known = sorted(self.samples.get(point, ()), key=lambda s: s.at_ms)
        before = [s for s in known if s.at_ms < start_ms][-1:]
        return (before + [s for s in known if start_ms <= s.at_ms < end_ms])[:limit]

    async def several(
        self, points: Sequence[str], start_ms: int, end_ms: int, limit: int = 100_000
    ) -> Mapping[str, Sequence[Sample]]:
        return {point: await self.raw(point, start_ms, end_ms, limit) for point in points}

    async def buckets(self, point: str, start_ms: int, end_ms: int, count: int) -> Sequence[Bucket]:
        if self.failure:
            raise self.failure
        known = [s for s in sorted(self.samples.get(point, ()), key=lambda s: s.at_ms) if s.at_ms < end_ms]
        return fold(sample_runs(known), edges(start_ms, end_ms, count), self.hold_ms)

    async def close(self) -> None:
        return None


@dataclass
class FakePhones:
    """A reply with the code of a message acknowledges its alarm, as the dispatcher would."""

    world: World
    replies: list[tuple[str, str]] = field(default_factory=list)

    async def reply(self, address: str, text: str) -> None:
        self.replies.append((address, text))
        await self.world.answered(address, text)


class FakeView:
    """The latest values of one equipment."""

    answering: bool | None = True

    def __init__(self, readings: dict[str, Reading], owner: str) -> None:
        self._readings = readings
        self._owner = owner

    def read(self, key: str) -> tuple[Value | None, Quality]:
        reading = self._readings.get(f"{self._owner}.{key}")
        return (reading.value, reading.quality) if reading else (None, Quality.NO_DATA)


class Plantroom:
    """A polled connection: it is up and everybody answers, but for those in `given_up`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.given_up: dict[str, float] = {}
        self.down = ""
        self.callers: CallersHealth | None = None

    def health(self, now: Instant) -> ConnectionHealth:
        owners = [e.id for e in self._world.site.equipment.values() if e.connection == "plantroom"]
        behind = tuple(self._fares(id_, now) for id_ in owners)
        share = len(self.given_up) / len(owners)
        return ConnectionHealth(
            "plantroom",
            not self.down,
            self.down,
            now.wall - 1,
            share,
            0.0123,
            0.0456,
            behind,
            self.callers,
        )

    def yields_nothing(self, now: float) -> bool:
        return bool(self.down)

    def _fares(self, id_: str, now: Instant) -> EquipmentHealth:
        trial = self.given_up.get(id_)
        if trial is None:
            return EquipmentHealth(id_, True, False, None, now.wall - 1, 0.0)
        return EquipmentHealth(id_, False, True, trial, now.wall - 600, 1.0)


class World:
    """Everything the console needs; `measure` moves the plant, `told` sends messages."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock: Clock = clock or VirtualClock(NOON)
        self.site = house.site()
        self.journal = FakeJournal()
        self.historian = FakeHistorian()
        self.exporter = FileExporter(self.site.timezone)
        self._files = Path(tempfile.gettempdir()) / f"watchroom-test-exports-{uuid4().hex}"
        self.exports = Exports(self.exporter, self.historian, self._files, self.clock)
        self.accounts = FakeAccounts()
        self.tally = Tally()
        self.health = Health(True)
        self.readings: dict[str, Reading] = {}
        self.lamps: dict[str, tuple[FailedLamp, ...]] = {}
        rules = [r for item in self.site.equipment.values() for r in item.rules]
        rules += [*people_rules(self.site.rounds), *own_rules(), *presence_rules()]
        self.writer = JournalWriter(self.journal, self.clock, self.tally)
        self.views = {id_: FakeView(self.readings, id_) for id_ in self.site.equipment}
        self.live = Live({r.id: r for r in rules}, self.site.equipment, self._of, self.readings.get)
        self.alarming = Alarming(
            rules,
            self.views,
            self.writer,
            self.live,
            self.clock,
            self.tally,
            self._plan,
            causes=CauseTree(self.site.causes),
        )
        self.supervision = Supervision(
            self.site.rounds,
            self.site.checkpoints,
            writer=self.writer,
            alarming=self.alarming,
            live=self.live,
            record=self.journal,
            clock=self.clock,
            timezone=self.site.timezone,
        )
        self.restless = Restless(self.live, self.clock.now)
        self.writer.on_commit.append(self.restless.observe)
        self.writer.on_commit.append(self.live.committed)
        self.writer.on_commit.append(self.supervision.observe)
        self.writer.on_trouble = lambda trouble: self.alarming.show_unstored() if trouble else None
        self.lightbook = LightBook(rules, self.views, self.site.timezone, self.writer.submit)
        self.phones = FakePhones(self)
        self.presence = Presence(self.clock, self.tally)
        self.presence.on_change = partial(self.live.publish, "position")
        self.plantroom = Plantroom(self)
        self.connections = ConnectionWatch(self.tally, lambda subject, verdict, reason="": None)
        self.connections.fares["plantroom"] = self.plantroom
        self.services = Services(
            site=self.site,
            live=self.live,
            alarming=self.alarming,
            supervision=self.supervision,
            record=self.journal,
            historian=self.historian,
            accounts=self.accounts,
            health=lambda: self.health,
            tally=self.tally,
            clock=self.clock,
            presence=self.presence,
            silencing=Silencing(self.alarming, self.writer, self.clock),
            restless=self.restless.marks,
            servicing=Servicing(self.alarming, self.writer, self.clock),
            substituting=Substituting(
                {p.id: p for item in self.site.equipment.values() for p in item.source.plan.points},
                self.state,
                self.writer,
                self.clock,
            ),
            log=DutyLog(self.writer, self.clock),
            noting=Noting(self.writer, self.clock),
            connections=self.connections,
            exporter=self.exporter,
            exports=self.exports,
            lamps=lambda equipment: self.lamps.get(equipment, ()),
            lit=self.lightbook.nights,
            phones={"phone": self.phones},
        )
        self.app: FastAPI = create_app(self.services)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[World]:
        """With the journal's writer at work and today's windows planned."""
        writing = asyncio.create_task(self.writer.run())
        self.supervision.tick(self.clock.now())
        await self.settle()
        try:
            yield self
        finally:
            await self.exports.close()
            shutil.rmtree(self._files, ignore_errors=True)
            writing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await writing

    async def settle(self) -> None:
        """Let commits and listeners happen."""
        await settle(30)

    # The plant

    def now(self) -> Instant:
        return self.clock.now()

    def state(self, point: str, value: Value | None) -> None:
        """What the pipeline does with a person's word."""
        said = self.readings.pop(f"device:{point}", None) if value is None else self.readings.get(point)
        if value is None:
            self.readings[point] = said or Reading(point, None, Quality.NO_DATA, None, None)
        else:
            if said is not None:
                self.readings.setdefault(f"device:{point}", said)
            self.readings[point] = Reading(point, value, Quality.SUBSTITUTED, None, self.now().wall)
        owner = point.partition(".")[0]
        self.alarming.judge(owner, self.views[owner], self.now())
        self.live.publish("reading", point, self.readings[point])

    async def measure(self, point: str, value: Value | None, quality: Quality = Quality.GOOD) -> None:
        """A value arrives and is judged."""
        await self.measure_all({point: (value, quality)})

    async def measure_all(self, values: dict[str, tuple[Value | None, Quality]]) -> None:
        now = self.now()
        for point, (value, quality) in values.items():
            seen = now.wall if quality is not Quality.NO_DATA else None
            self.readings[point] = Reading(point, value, quality, None, seen)
            self.live.publish("reading", point, self.readings[point])
        for owner in dict.fromkeys(point.partition(".")[0] for point in values):
            self.alarming.judge(owner, self.views[owner], now)
        await self.settle()

    async def delivered(self, alarm: str, state: Delivery = Delivery.DELIVERED) -> None:
        """The messages of an alarm got through."""
        now = self.now().wall
        told = (await self.journal.notifications(alarm=alarm)).items
        late = replace
        await self.writer.write(
            Change(
                notifications=tuple(
                    late(
                        m,
                        state=state,
                        attempts=1,
                        sent_at=now,
                        delivered_at=now if state is Delivery.DELIVERED else None,
                    )
                    for m in told
                )
            )
        )
        await self.settle()

    async def answered(self, address: str, text: str) -> None:
        """What the dispatcher does with a reply."""
        from monitor.domain.alarm import Acknowledge

        told = (await self.journal.notifications(limit=500)).items
        match = next((m for m in told if m.code and m.code in text and m.address == address), None)
        person = next((p.id for p in self.site.roster.people.values() if p.phone == address), None)
        if match and person:
            await self.alarming.command(
                match.alarm, Acknowledge(match.occurrence, match.annunciation, person)
            )
        outcome = "acknowledged" if match else "no_code"
        number = len((await self.journal.inbound(limit=500)).items)
        row = InboundMessage(f"in-{number}", "phone", address, text, self.now().wall, person, outcome)
        await self.writer.write(Change(inbound=(row,)))

    def _plan(self, event: AlarmEvent, rule: AlarmRule) -> tuple[Notification, ...]:
        if not event.annunciates or rule.priority is Priority.LOW:
            return ()
        steps = [("electrician", "chen", 0.0)]
        if rule.priority is Priority.CRITICAL:
            steps.append(("manager", "wang", 180.0))
        return tuple(self._message(event, rule, i, *step) for i, step in enumerate(steps))

    def _message(
        self, event: AlarmEvent, rule: AlarmRule, step: int, role: str, person: str, after: float
    ) -> Notification:
        now = self.now()
        first = after == 0
        somebody = self.site.roster.people[person]
        equipment = self.site.equipment.get(rule.equipment)
        place = f"{equipment.location} {equipment.name['']}" if equipment else rule.title.get("zh-Hant", "")
        code = f"{1000 + event.sequence}"
        word = {Priority.CRITICAL: "緊急", Priority.HIGH: "高"}.get(rule.priority, "中")
        text = f"【河畔物業】{word} {place} {rule.card.action.get('zh-Hant', '')}。回覆 {code} 確認"
        return Notification(
            id=identity(event.sequence, step, person, "phone"),
            event=event.sequence,
            alarm=rule.id,
            occurrence=event.occurrence,
            annunciation=event.annunciation,
            step=step,
            role=role,
            channel="phone",
            due=now.steady + after,
            recipient=person if first else None,
            address=somebody.phone if first else None,
            language="zh-Hant",
            text=text if first else "",
            code=code if first else "",
            attempts=int(first),
            state=Delivery.SENT if first else Delivery.WAITING,
            created_at=now.wall,
            sent_at=now.wall if first else None,
        )

    def _of(self, equipment: str) -> tuple[Reading, ...]:
        plan = self.site.equipment[equipment].source.plan
        nothing = Quality.NO_DATA
        return tuple(self.readings.get(p.id) or Reading(p.id, None, nothing, None, None) for p in plan.points)


def wave(at: float, period: float, low: float, high: float) -> float:
    """A smooth swing for histories that are looked at."""
    return round(low + (high - low) * (0.5 + 0.5 * math.sin(2 * math.pi * at / period)), 2)
