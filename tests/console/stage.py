"""A lively evening on the test site, for tests in a browser: histories, alarms, messages, people."""

from __future__ import annotations

import math
from dataclasses import replace

from monitor.domain.notification import Delivery
from monitor.domain.reading import Quality
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
