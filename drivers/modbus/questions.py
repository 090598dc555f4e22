"""What is asked of one device at each turn: its plan, less what it refuses for good, less what it leaves unanswered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from drivers.modbus.answers import Blame
from drivers.modbus.codec import Decoder
from drivers.modbus.limits import Limits
from drivers.modbus.plan import Block, Want, split

LOOK_AGAIN: Final = 600.0
"""Seconds after which everything is asked for again: the device may have been starting, or got a new program."""
SET_ASIDE: Final = 10.0
SET_ASIDE_MOST: Final = 300.0


class Question:
    """One block: how it is decoded, what was answered last, and until when (steady s) it is left alone."""

    __slots__ = ("aside_until", "block", "data", "decoder", "pause")

    def __init__(self, block: Block, decoder: Decoder) -> None:
        self.block = block
        self.decoder = decoder
        self.data = b""
        self.aside_until = float("-inf")
        self.pause = 0.0
        """How long it was last left alone; 0 while it is answered."""

    def put_aside(self, now: float) -> bool:
        """Leave it alone for a while, longer each time; True when that is news."""
        news = not self.pause
        self.pause = min(self.pause * 2, SET_ASIDE_MOST) if self.pause else SET_ASIDE
        self.aside_until = now + self.pause
        return news

    def take_back(self) -> None:
        """It was answered."""
        self.aside_until, self.pause = float("-inf"), 0.0


class Questions:
    """`now` is a new tuple whenever something changes in it."""

    def __init__(self, plan: tuple[Block, ...], limits: Limits, decoder: Callable[[Block], Decoder]) -> None:
        self._limits = limits
        self._decoder = decoder
        self._plan = self._questions(plan)
        self._look_again_at = float("inf")
        self.now: tuple[Question, ...] = self._plan
        self.refused: frozenset[Want] = frozenset()

    def reconsider(self, now: float) -> None:
        """At the beginning of a turn: after a while everything is asked for again, at once where nothing would be asked at
        all, since a turn without a request proves nothing."""
        if not self.now or now >= self._look_again_at:
            self.now, self.refused, self._look_again_at = self._plan, frozenset(), float("inf")
        if now < self.now[0].aside_until and all(now < question.aside_until for question in self.now):
            for question in self.now:
                question.aside_until = float("-inf")

    def refuse(self, question: Question, blame: Blame, now: float) -> tuple[Question, ...]:
        """The device refused a block for good: what is asked in its place, () when the one bad point stands alone."""
        block = question.block
        parts = () if blame is Blame.FUNCTION else self._questions(split(block, self._limits))
        at = self.now.index(question)
        self.now = (*self.now[:at], *parts, *self.now[at + 1 :])
        self._look_again_at = min(self._look_again_at, now + LOOK_AGAIN)
        if not parts:
            self.refused |= set(block.wants)
        return parts

    def rotate(self) -> None:
        """Begin with another block next time: this one may be the only one that gets no answer."""
        self.now = (*self.now[1:], *self.now[:1])

    def _questions(self, blocks: tuple[Block, ...]) -> tuple[Question, ...]:
        return tuple(Question(block, self._decoder(block)) for block in blocks)
