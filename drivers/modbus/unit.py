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
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

import structlog

from drivers.modbus.answers import Blame, Refused, Unanswered
from drivers.modbus.close_look import look, refused
from drivers.modbus.codec import Bad, Values
from drivers.modbus.compiled import compiled
from drivers.modbus.late import complete
from drivers.modbus.line import Asker, Late, Outcome
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


Before = tuple[tuple[Question, ...], Scan]
"""The last scan, and what was asked for it."""


Told = Callable[[Scan | Exception], None]
"""Hears what came of a reading."""


class _Turn:
    """What has come of one reading so far. `now` is when the last answer came."""

    __slots__ = (
        "answered",
        "asked_at",
        "before",
        "extra",
        "failed",
        "moved",
        "now",
        "passing",
        "raw",
        "spoke",
        "waiting",
    )

    def __init__(
        self, questions: Iterable[Question], now: Instant, raw: list[RawRead] | None, before: Before | None
    ) -> None:
        self.waiting = deque(questions)
        self.before = before
        self.now = now
        self.asked_at = now.steady
        self.raw = raw
        self.answered: list[Question] = []
        self.failed: list[Question] = []
        self.passing: Refused | None = None
        self.spoke = False
        self.moved: list[tuple[Question, bytes]] = []
        """Those that were answered otherwise than before, and what was said then."""
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
        self._before: Before | None = None
        """There where everything was answered and nothing came between."""

    async def read(self, link: Asker, raw: list[RawRead] | None = None) -> Scan:
        """Read everything once; raw answers are added to `raw`. Raises Transient when the device did not answer."""
        turn = self._begin(raw)
        while (question := self._next(turn)) is not None:
            waits, late = self._terms(question, turn)
            try:
                outcome: Outcome = await link.ask(self._id, question.block, waits, late)
            except (Refused, Unanswered) as error:
                outcome = error
            self._take(question, outcome, turn)
        return self._finish(turn)

    def start(self, link: Asker, told: Told) -> None:
        """As `read`, without waiting: `told` hears the scan, or what `read` would raise."""
        self._proceed(link, self._begin(None), told)

    def _proceed(self, link: Asker, turn: _Turn, told: Told) -> None:
        question = self._next(turn)
        if question is None:
            told(self._finished(turn))
            return
        waits, late = self._terms(question, turn)
        link.begin(self._id, question.block, waits, partial(self._heard, link, question, turn, told), late)

    def _heard(self, link: Asker, question: Question, turn: _Turn, told: Told, outcome: Outcome) -> None:
        try:
            self._take(question, outcome, turn)
        except Exception as error:  # noqa: BLE001  told; a fault of ours ends whoever asked
            told(error)
        else:
            self._proceed(link, turn, told)

    def _finished(self, turn: _Turn) -> Scan | Exception:
        try:
            return self._finish(turn)
        except Exception as error:  # noqa: BLE001  told as well
            return error

    # A turn

    def _begin(self, raw: list[RawRead] | None) -> _Turn:
        now = self._clock.now()
        self._questions.reconsider(now.steady)
        turn = _Turn(self._questions.now, now, raw, self._before)
        self._before = None
        return turn

    def _next(self, turn: _Turn) -> Question | None:
        """Whom to ask now, if anybody; those who are left alone for a while have failed."""
        while turn.waiting:
            question = turn.waiting.popleft()
            if turn.now.steady >= question.aside_until:
                return question
            turn.failed.append(question)
        return None

    def _terms(self, question: Question, turn: _Turn) -> tuple[float, Late | None]:
        """How long the answer is waited for (s), and who hears of one that comes later."""
        asked_at = turn.asked_at = turn.now.steady
        waits = self._patience.next(asked_at, doubted=question.pause > 0)
        return waits, partial(self._on_late, asked_at) if waits < self._timeout else None

    def _take(self, question: Question, outcome: Outcome, turn: _Turn) -> None:
        """What came of a request. Raises where the turn has failed by it."""
        turn.now = self._clock.now()
        match outcome:
            case bytes():
                self._on_data(question, outcome, turn)
            case Refused():
                if turn.raw is not None:
                    answer = bytes((question.block.table | 0x80, outcome.code))
                    whose = dict(
                        refused(question.block, str(outcome), self._compiled.fields, self._source.plan.points)
                    )
                    turn.raw.append(RawRead(f"unit {self._id} {question.block}", answer, whose))
                self._on_refusal(question, outcome, turn)
            case Unanswered() if turn.spoke:
                self._put_aside(question, turn)
                turn.waiting.clear()
            case Unanswered():
                self._on_silence(turn)
                raise outcome
            case _:
                raise outcome

    def _on_data(self, question: Question, data: bytes, turn: _Turn) -> None:
        self._patience.took(turn.now.steady - turn.asked_at)
        if turn.raw is not None:
            whose = dict(look(question.block, data, self._compiled.fields, self._source.plan.points))
            turn.raw.append(RawRead(f"unit {self._id} {question.block}", data, whose))
        if question.pause:
            question.take_back()
        if data != question.data:
            turn.moved.append((question, question.data))
            question.data = data
        turn.spoke = True
        turn.answered.append(question)

    def _finish(self, turn: _Turn) -> Scan:
        if not turn.answered and turn.passing is not None:
            raise turn.passing
        self._patience.turned(turn.now.steady, answered=True)
        return self._scan(turn, turn.before)

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

    def _scan(self, turn: _Turn, before: Before | None) -> Scan:
        everything = len(turn.answered) == len(self._questions.now)
        scan: Scan | None = None
        if everything and before is not None and before[0] is self._questions.now:
            scan = self._renewed(turn, before[1]) if turn.moved else before[1].again(turn.now)
        if scan is None:
            scan = self._decoded(turn)
        if everything and scan.whole:
            self._before = self._questions.now, scan
        return scan

    def _renewed(self, turn: _Turn, before: Scan) -> Scan | None:
        """The scan before with what moved decoded anew; None where more than that has to be looked at."""
        if before.bad or self._compiled.late:
            return None
        values, bad, moved = list(before.values), Bad(), list[int]()
        for question, data in turn.moved:
            moved += question.decoder.renew(data, question.data, values, bad)  # type: ignore[arg-type]  # whole: no ABSENT
        return None if bad else before.after(tuple(values), moved, turn.now)

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
