"""Who may ask now, and what runs out of time."""

import asyncio

import pytest

from drivers.modbus.deadlines import Deadlines, of_this_loop
from drivers.modbus.turnstile import Turnstile


async def test_those_who_wait_go_in_as_they_came_and_nobody_slips_in_before_them() -> None:
    gate, order = Turnstile(1), list[str]()
    assert gate.slip_in()

    async def through(name: str) -> None:
        await gate.enter()
        order.append(name)
        await asyncio.sleep(0)
        gate.leave()

    waiting = [asyncio.create_task(through(name)) for name in "abc"]
    await asyncio.sleep(0)
    gate.leave()
    assert not gate.slip_in()
    await asyncio.gather(*waiting)
    assert order == ["a", "b", "c"]
    assert gate.slip_in()


@pytest.mark.parametrize("let_in_first", [False, True])
async def test_one_who_is_called_away_takes_no_place_with_him(let_in_first: bool) -> None:
    gate = Turnstile(1)
    assert gate.slip_in()
    waiting = asyncio.create_task(gate.enter())
    await asyncio.sleep(0)
    if let_in_first:
        gate.leave()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    if not let_in_first:
        gate.leave()
    assert gate.slip_in()


class Request:
    """Something awaited."""

    done = False


async def test_only_what_is_not_done_expires_each_at_its_own_time() -> None:
    deadlines, expired = Deadlines(asyncio.get_running_loop()), list[str]()
    slow, quick, answered = Request(), Request(), Request()
    deadlines.add(0.05, slow, lambda: expired.append("slow"))
    deadlines.add(0.01, quick, lambda: expired.append("quick"))
    deadlines.add(0.02, answered, lambda: expired.append("answered"))
    answered.done = True
    while "slow" not in expired:
        await asyncio.sleep(0.01)
    assert expired == ["quick", "slow"]


async def test_what_asks_anew_as_it_expires_is_waited_for() -> None:
    deadlines, again = of_this_loop(), asyncio.Event()
    deadlines.add(0.01, Request(), lambda: deadlines.add(0.01, Request(), again.set))
    await asyncio.wait_for(again.wait(), 5)
    assert of_this_loop() is deadlines
