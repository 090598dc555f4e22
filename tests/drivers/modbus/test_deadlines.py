"""Time-outs that are never reached do not pile up."""

from __future__ import annotations

import asyncio

from drivers.modbus.deadlines import FEW, Deadlines


class Request:
    def __init__(self) -> None:
        self.done = False


async def test_what_is_answered_is_not_kept_until_its_time_out() -> None:
    deadlines, expired = Deadlines(asyncio.get_running_loop()), []
    waiting = Request()
    deadlines.add(0.05, waiting, lambda: expired.append(waiting))
    for _ in range(10 * FEW):
        answered = Request()
        deadlines.add(3600.0, answered, lambda: expired.append(None))
        answered.done = True
    assert len(deadlines._heap) <= FEW
    while not expired:
        await asyncio.sleep(0.01)
    assert expired == [waiting]
