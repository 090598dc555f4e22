"""Times of day: calls come on the event loop, once, and a fault in one is not silent."""

from __future__ import annotations

import asyncio
import logging
import threading
import time

import pytest

from monitor.schedule import Schedule


async def test_an_appointment_is_kept_on_the_loops_own_thread() -> None:
    """A missed round was decided in a thread of the scheduler's and its alarm was lost."""
    schedule = Schedule("Asia/Shanghai")
    kept: asyncio.Future[threading.Thread] = asyncio.get_running_loop().create_future()
    schedule.start()
    schedule.at("rounds", time.time(), lambda: kept.set_result(threading.current_thread()))
    try:
        assert await asyncio.wait_for(kept, 5) is threading.current_thread()
    finally:
        schedule.stop()


async def test_a_later_appointment_of_the_same_name_replaces_the_earlier() -> None:
    schedule = Schedule("Asia/Shanghai")
    calls: list[str] = []
    schedule.start()
    schedule.at("rounds", time.time() + 0.05, lambda: calls.append("first"))
    schedule.at("rounds", time.time() + 0.05, lambda: calls.append("second"))
    for _ in range(100):
        await asyncio.sleep(0.02)
        if calls:
            break
    schedule.stop()
    assert calls == ["second"]


async def test_a_job_that_fails_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    schedule = Schedule("Asia/Shanghai")
    schedule.start()

    def broken() -> None:
        raise RuntimeError("broken job")

    with caplog.at_level(logging.ERROR):
        schedule.at("broken", time.time(), broken)
        for _ in range(100):
            await asyncio.sleep(0.02)
            if caplog.records:
                break
    schedule.stop()
    assert "broken job" in caplog.text
