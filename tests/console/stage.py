"""A lively evening on the test site, for tests in a browser: histories, alarms, messages, people."""

from __future__ import annotations

import math
from dataclasses import replace

from monitor.domain.alarm import Alarm, AlarmEvent, AlarmState, EventCause
from monitor.domain.dutylog import LogEntry
from monitor.domain.inspection import CheckpointScan
from monitor.domain.notification import Delivery, InboundMessage, Notification
from monitor.domain.reading import Quality
from monitor.domain.workorder import OrderState, WorkOrder
from monitor.ports import Change
from tests.console.house import LAMPS
from tests.console.world import World, wave

GOOD = Quality.GOOD


async def calm(world: World) -> None:
    """Everything measured and nothing wrong."""
    ok = {
        "mdb-1.v_l1": 231.4,
        "mdb-1.v_l2": 229.8,
        "mdb-1.v_l3": 232.1,
        "mdb-1.p_total": 86.4,
        "mdb-1.energy": 184233.0,
        "room-1.winding_a": 74.2,
        "room-1.winding_b": 73.1,
        "room-1.room_temp": 24.6,
        "room-1.humidity": 51.0,
        "room-1.smoke": False,
        "pit-1.level": 1.32,
        "pit-1.pump_1_running": False,
        "pit-1.pump_1_fault": False,
        "pit-1.pump_2_running": False,
        "pit-1.starts": 4,
        "lamps-a.commanded": True,
        "lift-1.running": True,
        "lift-1.floor": 7,
        "lift-1.door": "closed",
        "lift-1.trapped": False,
        "lift-1.fault": False,
        "leak-b2-05.leak": False,
        "leak-b2-05.battery": 82,
        "odd-1.x": 0.5,
    }
    ok |= {f"lamps-a.lamp_{n}": True for n in range(1, LAMPS + 1)}
    await world.measure_all({point: (value, GOOD) for point, value in ok.items()})


def past(world: World) -> None:
    """A week of history, with an outage of twenty minutes in the last hour."""
    world.historian.hold_ms = 400_000
    now = world.now().wall
    at = now - 7 * 86400
    while at < now:
        step = 20 if now - at < 3700 else 300
        if not now - 2400 < at < now - 1200:
            noise = 0.03 * math.sin(at * 12.9898)
            world.historian.put("pit-1.level", at, round(wave(at, 1500, 0.6, 2.1) + noise, 3))
            world.historian.put("pit-1.pump_1_running", at, wave(at, 1500, 0.6, 2.1) > 1.6)
            world.historian.put("room-1.room_temp", at, wave(at, 86400, 22, 29))
            world.historian.put("mdb-1.v_l1", at, wave(at, 7200, 226, 234))
            world.historian.put("lift-1.fault", at, 300000 < now - at < 302400)
        at += step


async def evening(world: World) -> None:
    """Several alarms of every kind of standing."""
    await calm(world)
    past(world)
    await world.measure("lift-1.trapped", True)
    await world.delivered("lift-1.trapped")
    failed = {f"lamps-a.lamp_{n}": (False, GOOD) for n in (3, 11)}
    await world.measure_all(failed | {"lamps-a.lamp_17": (None, Quality.COMM_FAILURE)})
    await world.measure("pit-1.level", 2.62)
    await world.delivered("pit-1.level_high", Delivery.SENT)
    await world.measure("leak-b2-05.battery", 11)
    world.alarming.trip("pits-twice.missed", world.now(), "09:00-10:00")
    await world.settle()
    await world.measure_all(
        {
            "mdb-1.v_l2": (229.8, Quality.STALE),
            "mdb-1.v_l3": (451.0, Quality.OUT_OF_RANGE),
            "mdb-1.energy": (None, Quality.DECODE_ERROR),
        }
    )
    await world.measure("odd-1.x", 3.0)


async def backdate(world: World, alarm: str, seconds: float) -> None:
    """Make an alarm look older (what people see, not what the rules know)."""
    view = world.live.alarm(alarm)
    assert view is not None
    assert view.alarm.raised_at is not None
    world.live.show(replace(view.alarm, raised_at=view.alarm.raised_at - seconds), stored=True)
    await world.writer.write(Change())


PIT = "pit-1.level_high"


async def last_hour(world: World) -> float:
    """Forty minutes ago a pit rose: told, acknowledged, inspected, repaired, over. Returns when it was raised."""
    await calm(world)
    past(world)
    begun = world.now().wall - 2900
    steady = world.now().steady - 2900
    rule = world.alarming.rule(PIT)

    def event(
        number: int, cause: EventCause, after: float, before: AlarmState, then: AlarmState
    ) -> AlarmEvent:
        actor = "chen" if cause is EventCause.ACKNOWLEDGED else None
        return AlarmEvent(
            500 + number, PIT, rule.kind, "pit-1", rule.priority, cause, before, then, 1, 1, begun + after, steady + after,
            actor, value=2.62 if cause is EventCause.RAISED else None, annunciates=cause is EventCause.RAISED,
        )  # fmt: skip

    norm, unack, ack = AlarmState.NORM, AlarmState.UNACK, AlarmState.ACK
    message = Notification(
        "sms-1", 501, PIT, 1, 1, 0, "electrician", "phone", steady, recipient="chen", address="+86139",
        language="zh-Hant", text="集水井水位高。回覆 1501 確認", code="1501", attempts=1, state=Delivery.DELIVERED,
        created_at=begun, sent_at=begun + 5, delivered_at=begun + 12,
    )  # fmt: skip
    place = next(c.id for c in world.site.checkpoints.values() if "pit-1" in c.equipment)
    await world.writer.write(
        Change(
            events=(
                event(1, EventCause.RAISED, 0, norm, unack),
                event(2, EventCause.ACKNOWLEDGED, 90, unack, ack),
                event(3, EventCause.RETURNED, 1500, ack, norm),
            ),
            alarms=(Alarm(PIT, rule.priority, 1, 1, raised_at=begun, returned_at=begun + 1500),),
            notifications=(message,),
            inbound=(InboundMessage("in-1", "phone", "+86139", "1501", begun + 88, "chen", "acknowledged"),),
            scans=(
                CheckpointScan("phone-0001", place, begun + 400, begun + 402, "wang", remarks=("pump hums",)),
            ),
            orders=(
                WorkOrder(
                    "order-1",
                    "換二號泵軸承",
                    "pit-1",
                    f"alarm:{PIT}#1",
                    begun + 200,
                    "chen",
                    begun + 9000,
                    OrderState.REPAIRED,
                    begun + 600,
                    begun + 1400,
                ),
            ),
            log=(LogEntry("log-1", begun + 700, "chen", "二號泵有異響", "pit-1"),),
        )
    )
    await world.settle()
    return begun
