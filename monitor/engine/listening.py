"""Hear one equipment out, once: for `watchroom probe` where the device speaks by itself."""

from __future__ import annotations

import asyncio

from monitor.domain.instant import Instant
from monitor.domain.scan import ABSENT, Scan
from monitor.domain.source import EquipmentSource
from monitor.ports import BrokerSession, PushedConnection, RawRead, Transient


class _Ear:
    """Gathers what one equipment says until every point has spoken."""

    def __init__(self) -> None:
        self.scan_: Scan | None = None
        self.whole = asyncio.Event()
        self.refused = ""

    def scan(self, scan: Scan) -> None:
        if scan.historical:
            return
        before = self.scan_
        values = list(scan.values)
        bad = dict(scan.bad)
        if before is not None:
            for i, value in enumerate(values):
                if value is ABSENT:
                    values[i] = before.values[i]
                    if i in before.bad:
                        bad[i] = before.bad[i]
        self.scan_ = Scan(scan.plan, tuple(values), scan.received, bad, scan.source_time, scan.reckoned)
        if ABSENT not in values:
            self.whole.set()

    def answering(self, equipment: str, answering: bool, reason: str) -> None:
        self.refused = "" if answering else reason

    def link(self, connection: str, up: bool, reason: str, session: BrokerSession | None = None) -> None:
        self.refused = "" if up else reason

    def discarded(self, connection: str, equipment: str | None, reason: str) -> None:
        self.refused = reason

    async def safe(self) -> None:
        """A guest has no session in which anything waits for us."""


async def listen_once(
    pushed: PushedConnection, source: EquipmentSource, seconds: float
) -> tuple[Scan, list[RawRead]]:
    """Listen until all points of the equipment have spoken or `seconds` are over: values, ABSENT where none came, and the
    last message of each place. Raises Transient when there was no message.
    """
    ear = _Ear()
    messages: dict[str, RawRead] = {}
    pushed.overhear(lambda message: messages.update({message.request: message}))
    listening = asyncio.create_task(pushed.run(ear))
    waiting = asyncio.create_task(ear.whole.wait())
    try:
        await asyncio.wait({listening, waiting}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if listening.done():
            listening.result()
    finally:
        for task in (listening, waiting):
            task.cancel()
        await asyncio.gather(listening, waiting, return_exceptions=True)
        await pushed.close()
    if not messages and ear.scan_ is None:
        places = " ".join(pushed.places)
        raise Transient(
            f"{source.id}: nothing heard in {seconds:g} s on {places}"
            + (f" ({ear.refused})" if ear.refused else "")
        )
    silent = Scan(source.plan, (ABSENT,) * len(source.plan.points), Instant(0.0, 0.0))
    return ear.scan_ or silent, list(messages.values())
