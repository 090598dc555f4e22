"""One device: what is read of it, what it refuses, and what it leaves unanswered.

How a block that fails is told of in the scan:
- refused for good (illegal address): split until the one bad point stands alone, which is a decode error; the
  others go on. Remembered, and looked at again every ten minutes.
- refused for now (device failure, busy): its points are a communication failure in this scan.
- unanswered, though the device answered another block just before: the same, and the block is set aside for a while,
  so that it does not cost a time-out at each turn.
- not asked in this turn: absent, so that what is known of it grows stale by itself.
Nothing old is ever given as new.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import structlog

from drivers.modbus.answers import Blame, Refused, Unanswered
from drivers.modbus.close_look import look
from drivers.modbus.codec import Bad, Decoder, Values
from drivers.modbus.fields import fields_of
from drivers.modbus.late import complete
from drivers.modbus.line import Asker
from drivers.modbus.plan import Block, TooLong, Want, plan, split
from monitor.domain.point import Point
from monitor.domain.reading import Quality
from monitor.domain.scan import ABSENT, Scan
from monitor.domain.source import EquipmentSource
from monitor.ports import Clock, RawRead

log = structlog.get_logger("modbus")

EXTRA: Final = 8
"""Requests beyond the plan that one turn may spend on finding a refused address."""
LOOK_AGAIN: Final = 600.0
SET_ASIDE: Final = 10.0
SET_ASIDE_MOST: Final = 300.0
PATIENT: Final = 3
"""Silent turns after which the device is asked with a short time-out, so that it costs the others less."""


@dataclass(slots=True)
class _Turn:
    """What has come of one reading so far."""

    waiting: deque[Block]
    answers: list[tuple[Block, bytes]] = field(default_factory=list)
    failed: list[Block] = field(default_factory=list)
    passing: Refused | None = None
    spoke: bool = False
    extra: int = 0


class _Aside(NamedTuple):
    """A block left alone until a steady time, and how long that was."""

    until: float
    pause: float


class Unit:
    """Reads one device over a link. Its own pace, and who is asked when, are the poller's business."""

    def __init__(self, source: EquipmentSource, clock: Clock, timeout: float) -> None:
        self._source = source
        self._clock = clock
        self._timeout = timeout
        self._id: int = source.settings.device_id
        self._limits = source.type_settings.limits
        self._fields = fields_of(source)
        self._late = [field for field in self._fields if field.late]
        self._plan = self._first_plan()
        self._blocks = self._plan
        self._decoders: dict[Block, Decoder] = {}
        self._refused: frozenset[Want] = frozenset()
        self._told: frozenset[Want] = frozenset()
        self._look_again_at = float("inf")
        self._aside: dict[Block, _Aside] = {}
        self._silent_turns = 0
        self._slowest = 0.0

    async def read(self, link: Asker, raw: list[RawRead] | None = None) -> Scan:
        """Read everything once; raw answers are added to `raw`. Raises Transient when the device did not answer."""
        self._reconsider()
        turn = _Turn(deque(self._blocks))
        while turn.waiting:
            block = turn.waiting.popleft()
            if self._is_aside(block):
                turn.failed.append(block)
            elif not await self._ask(link, block, turn, raw):
                break
        if not turn.answers and turn.passing is not None:
            raise turn.passing
        self._silent_turns = 0
        return self._scan(turn)

    async def _ask(self, link: Asker, block: Block, turn: _Turn, raw: list[RawRead] | None) -> bool:
        """Ask for one block; False when the rest of the turn is given up."""
        asked_at = self._clock.now().steady
        try:
            data = await link.ask(self._id, block, self._patience())
        except Refused as refusal:
            if raw is not None:
                raw.append(RawRead(f"unit {self._id} {block}", bytes((block.table | 0x80, refusal.code))))
            self._on_refusal(block, refusal, turn)
            return True
        except Unanswered:
            if not turn.spoke:
                self._on_silence()
                raise
            self._put_aside(block)
            turn.failed.append(block)
            return False
        self._slowest = max(self._slowest * 0.99, self._clock.now().steady - asked_at)
        if raw is not None:
            whose = dict(look(block, data, self._fields, self._source.plan.points))
            raw.append(RawRead(f"unit {self._id} {block}", data, whose))
        self._aside.pop(block, None)
        turn.spoke = True
        turn.answers.append((block, data))
        return True

    # Refusals

    def _on_refusal(self, block: Block, refusal: Refused, turn: _Turn) -> None:
        if refusal.blame is Blame.GATEWAY:
            self._on_silence()
            raise refusal
        turn.spoke = True
        if refusal.blame is Blame.DEVICE:
            turn.passing = refusal
            turn.failed.append(block)
            return
        parts = () if refusal.blame is Blame.FUNCTION else split(block, self._limits)
        at = self._blocks.index(block)
        self._blocks = (*self._blocks[:at], *parts, *self._blocks[at + 1 :])
        self._look_again_at = min(self._look_again_at, self._clock.now().steady + LOOK_AGAIN)
        if not parts:
            self._refuse(block, refusal)
        elif turn.extra + len(parts) <= EXTRA:
            turn.extra += len(parts)
            turn.waiting.extendleft(reversed(parts))

    def _refuse(self, block: Block, refusal: Refused) -> None:
        self._refused |= set(block.wants)
        if not self._refused <= self._told:
            self._told |= self._refused
            log.warning(
                "modbus.refused",
                equipment=self._source.id,
                points=[point.key for point in self._points_of(block.wants)],
                reason=str(refusal),
            )

    def _reconsider(self) -> None:
        """After a while everything is asked for again: the device may have been starting, or got a new program.

        At once where nothing would be asked at all: a turn without a request proves nothing.
        """
        if not self._blocks or self._clock.now().steady >= self._look_again_at:
            self._blocks, self._refused, self._look_again_at = self._plan, frozenset(), float("inf")
        if all(self._is_aside(block) for block in self._blocks):
            self._aside.clear()

    # Silence

    def _patience(self) -> float | None:
        """None for the connection's time-out. A device long silent is asked briefly, each fourth time patiently."""
        if self._silent_turns < PATIENT or self._silent_turns % 4 == 0 or not self._slowest:
            return None
        return min(self._timeout, max(0.1, 4 * self._slowest))

    def _on_silence(self) -> None:
        """Begin with another block next time: this one may be the only one that gets no answer."""
        self._silent_turns += 1
        self._blocks = (*self._blocks[1:], *self._blocks[:1])

    def _is_aside(self, block: Block) -> bool:
        aside = self._aside.get(block)
        return aside is not None and self._clock.now().steady < aside.until

    def _put_aside(self, block: Block) -> None:
        before = self._aside.get(block)
        pause = SET_ASIDE if before is None else min(before.pause * 2, SET_ASIDE_MOST)
        self._aside[block] = _Aside(self._clock.now().steady + pause, pause)
        if before is None:
            log.warning("modbus.unanswered_block", equipment=self._source.id, block=str(block))

    # The scan

    def _scan(self, turn: _Turn) -> Scan:
        values: Values = [None] * len(self._fields)
        bad: Bad = {}
        for block, data in turn.answers:
            self._decoder(block).into(data, values, bad)
        self._mark(bad, self._refused, Quality.DECODE_ERROR)
        self._mark(bad, (want for block in turn.failed for want in block.wants), Quality.COMM_FAILURE)
        complete(self._late, values, bad)
        slots = tuple(
            ABSENT if value is None and index not in bad else value for index, value in enumerate(values)
        )
        return Scan(self._source.plan, slots, self._clock.now(), bad)

    def _mark(self, bad: Bad, wants: Iterable[Want], quality: Quality) -> None:
        wanted = frozenset(wants)
        if wanted:
            bad.update((field.index, quality) for field in self._fields if field.want in wanted)

    def _decoder(self, block: Block) -> Decoder:
        decoder = self._decoders.get(block)
        if decoder is None:
            decoder = self._decoders[block] = Decoder(block, self._fields)
        return decoder

    def _points_of(self, wants: Iterable[Want]) -> list[Point]:
        wanted = frozenset(wants)
        return [self._source.sources[field.index].point for field in self._fields if field.want in wanted]

    def _first_plan(self) -> tuple[Block, ...]:
        try:
            return plan((field.want for field in self._fields), self._limits)
        except TooLong as error:
            raise ValueError(f"{self._points_of([error.want])[0].id}: read: {error}") from None
