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
from functools import partial
from typing import Final

import structlog

from drivers.modbus.answers import Blame, Refused, Unanswered
from drivers.modbus.close_look import look
from drivers.modbus.codec import Bad, Values
from drivers.modbus.compiled import compiled
from drivers.modbus.late import complete
from drivers.modbus.line import Asker
from drivers.modbus.patience import Pace, Patience
from drivers.modbus.plan import Block, Want
from drivers.modbus.questions import Question, Questions
from monitor.domain.instant import Instant
from monitor.domain.point import Point
from monitor.domain.reading import Quality
from monitor.domain.scan import ABSENT, Scan
from monitor.domain.source import EquipmentSource
from monitor.ports import Clock, RawRead

log = structlog.get_logger("modbus")

EXTRA: Final = 8
"""Requests beyond the plan that one turn may spend on finding a refused address."""


class _Turn:
    """What has come of one reading so far. `now` is when the last answer came."""

    __slots__ = ("answered", "extra", "failed", "moved", "now", "passing", "raw", "spoke", "waiting")

    def __init__(self, questions: Iterable[Question], now: Instant, raw: list[RawRead] | None) -> None:
        self.waiting = deque(questions)
        self.now = now
        self.raw = raw
        self.answered: list[Question] = []
        self.failed: list[Question] = []
        self.passing: Refused | None = None
        self.spoke = False
        self.moved = False
        self.extra = 0


class Unit:
    """Reads one device over a link. Its own pace, and who is asked when, are the poller's business."""

    def __init__(
        self,
        source: EquipmentSource,
        clock: Clock,
        timeout: float,
        *,
        numbered: bool = True,
        neighbours: Pace | None = None,
    ) -> None:
        """`timeout` in seconds; `numbered` and `neighbours` as in Patience."""
        self._source = source
        self._clock = clock
        self._timeout = timeout
        self._id: int = source.settings.device_id
        self._compiled = compiled(source)
        self._questions = Questions(
            self._compiled.blocks, source.type_settings.limits, self._compiled.decoder
        )
        self._patience = Patience(timeout, numbered=numbered, neighbours=neighbours or Pace())
        self._told: frozenset[Want] = frozenset()
        self._before: tuple[tuple[Question, ...], Scan] | None = None
        """The last scan and what was asked for it, where everything was answered and nothing came between."""

    async def read(self, link: Asker, raw: list[RawRead] | None = None) -> Scan:
        """Read everything once; raw answers are added to `raw`. Raises Transient when the device did not answer."""
        now = self._clock.now()
        self._questions.reconsider(now.steady)
        before, self._before = self._before, None
        turn = _Turn(self._questions.now, now, raw)
        while turn.waiting:
            question = turn.waiting.popleft()
            if turn.now.steady < question.aside_until:
                turn.failed.append(question)
            elif not await self._ask(link, question, turn):
                break
        if not turn.answered and turn.passing is not None:
            raise turn.passing
        self._patience.turned(turn.now.steady, answered=True)
        return self._scan(turn, before)

    async def _ask(self, link: Asker, question: Question, turn: _Turn) -> bool:
        """Ask for one block; False when the rest of the turn is given up."""
        asked_at = turn.now.steady
        block = question.block
        waits = self._patience.next(asked_at, doubted=question.pause > 0)
        late = partial(self._on_late, asked_at) if waits < self._timeout else None
        try:
            data = await link.ask(self._id, block, waits, late)
        except Refused as refusal:
            turn.now = self._clock.now()
            if turn.raw is not None:
                answer = bytes((block.table | 0x80, refusal.code))
                turn.raw.append(RawRead(f"unit {self._id} {block}", answer))
            self._on_refusal(question, refusal, turn)
            return True
        except Unanswered:
            turn.now = self._clock.now()
            if not turn.spoke:
                self._on_silence(turn)
                raise
            self._put_aside(question, turn)
            return False
        turn.now = self._clock.now()
        self._patience.took(turn.now.steady - asked_at)
        if turn.raw is not None:
            whose = dict(look(block, data, self._compiled.fields, self._source.plan.points))
            turn.raw.append(RawRead(f"unit {self._id} {block}", data, whose))
        if question.pause:
            question.take_back()
        if data != question.data:
            question.data = data
            turn.moved = True
        turn.spoke = True
        turn.answered.append(question)
        return True

    # Refusals

    def _on_refusal(self, question: Question, refusal: Refused, turn: _Turn) -> None:
        if refusal.blame is Blame.GATEWAY:
            self._on_silence(turn)
            raise refusal
        turn.spoke = True
        if refusal.blame is Blame.DEVICE:
            turn.passing = refusal
            turn.failed.append(question)
            return
        parts = self._questions.refuse(question, refusal.blame, turn.now.steady)
        if not parts:
            self._tell_refused(question.block, refusal)
        elif turn.extra + len(parts) <= EXTRA:
            turn.extra += len(parts)
            turn.waiting.extendleft(reversed(parts))

    def _tell_refused(self, block: Block, refusal: Refused) -> None:
        if self._questions.refused <= self._told:
            return
        self._told |= self._questions.refused
        points = [point.key for point in self._points_of(block.wants)]
        log.warning("modbus.refused", equipment=self._source.id, points=points, reason=str(refusal))

    # Silence

    def _on_silence(self, turn: _Turn) -> None:
        self._patience.turned(turn.now.steady, answered=False)
        self._questions.rotate()

    def _on_late(self, asked_at: float) -> None:
        self._patience.came_late(self._clock.now().steady - asked_at)

    def _put_aside(self, question: Question, turn: _Turn) -> None:
        turn.failed.append(question)
        if question.put_aside(turn.now.steady):
            log.warning("modbus.unanswered_block", equipment=self._source.id, block=str(question.block))

    # The scan

    def _scan(self, turn: _Turn, before: tuple[tuple[Question, ...], Scan] | None) -> Scan:
        everything = len(turn.answered) == len(self._questions.now)
        if everything and before is not None and not turn.moved and before[0] is self._questions.now:
            scan = before[1].again(turn.now)
        else:
            scan = self._decoded(turn)
        if everything and scan.whole:
            self._before = self._questions.now, scan
        return scan

    def _decoded(self, turn: _Turn) -> Scan:
        values: Values = [None] * len(self._compiled.fields)
        bad: Bad = {}
        for question in turn.answered:
            question.decoder.into(question.data, values, bad)
        if self._questions.refused:
            self._mark(bad, self._questions.refused, Quality.DECODE_ERROR)
        if turn.failed:
            self._mark(bad, (want for each in turn.failed for want in each.block.wants), Quality.COMM_FAILURE)
        if self._compiled.late:
            complete(self._compiled.late, values, bad)
        if None not in values:
            return Scan(self._source.plan, tuple(values), turn.now, bad)
        slots = tuple(ABSENT if v is None and i not in bad else v for i, v in enumerate(values))
        return Scan(self._source.plan, slots, turn.now, bad)

    def _mark(self, bad: Bad, wants: Iterable[Want], quality: Quality) -> None:
        bad.update(dict.fromkeys(self._compiled.indices(wants), quality))

    def _points_of(self, wants: Iterable[Want]) -> list[Point]:
        return [self._source.plan.points[index] for index in self._compiled.indices(wants)]
