"""Right bytes at the wrong time: never, late, in pieces, or in answer to another request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

from simulators import fields
from simulators.wire import behaviour
from simulators.wire.behaviour import Behaviour, Request, Sending
from simulators.wire.faults.fault import WireFault, plain


@dataclass(frozen=True, kw_only=True)
class Delay:
    """Answers come late by `delay`."""

    delay: float = fields.duration(3.0, low=0.001)


@dataclass(frozen=True, kw_only=True)
class Split:
    """`pause` between two bytes."""

    pause: float = fields.duration(0.001)


@dataclass(frozen=True, kw_only=True)
class Drip:
    """`pause` between two bytes, so long that the answer takes longer than anybody waits."""

    pause: float = fields.duration(0.25, low=0.001)


class _Held:
    """What was not sent yet, by connection: a gateway forgets a client that has gone."""

    def __init__(self) -> None:
        self._by_connection: WeakKeyDictionary[object, bytes] = WeakKeyDictionary()
        self._without: bytes | None = None

    def exchange(self, request: Request, new: bytes | None) -> bytes | None:
        """Keep `new` for the connection of this request; gives what was kept before."""
        if request.connection is None:
            old, self._without = self._without, new
            return old
        old = self._by_connection.pop(request.connection, None)
        if new is not None:
            self._by_connection[request.connection] = new
        return old


def _one_late(arguments: Delay) -> Behaviour:
    happened = False

    def behave(request: Request, right: bytes) -> Sequence[Sending]:
        nonlocal happened
        late, happened = not happened, True
        return (Sending(right, after=arguments.delay if late else 0.0),)

    return behave


def _late_with_next(_: object) -> Behaviour:
    held = _Held()

    def behave(request: Request, right: bytes) -> Sequence[Sending]:
        old = held.exchange(request, None)
        if old is None:
            held.exchange(request, right)
            return ()
        return (Sending(old + right),)

    return behave


def _shifted(_: object) -> Behaviour:
    held = _Held()

    def behave(request: Request, right: bytes) -> Sequence[Sending]:
        old = held.exchange(request, right)
        return () if old is None else (Sending(old),)

    return behave


def _in_pieces(arguments: Split | Drip) -> Behaviour:
    def behave(request: Request, right: bytes) -> Sequence[Sending]:
        pause = arguments.pause
        return [Sending(right[at : at + 1], after=at * pause) for at in range(len(right))]

    return behave


FAULTS: Final = (
    plain("not_answering", "takes requests and never answers", behaviour.silent),
    WireFault(
        "slow", "every answer is right and late by `delay`", lambda a: behaviour.delayed(a.delay), Delay
    ),
    WireFault(
        "one_late", "one answer, the first, is late by `delay`; all others are right", _one_late, Delay
    ),
    WireFault(
        "late_with_next", "an answer is held back and leaves in one segment with the next", _late_with_next
    ),
    WireFault("shifted", "every request is answered with what the request before it asked for", _shifted),
    WireFault("split", "the answer leaves byte by byte, `pause` apart", _in_pieces, Split),
    WireFault(
        "slow_drip",
        "the answer trickles in, `pause` between two bytes, too slow to be of use",
        _in_pieces,
        Drip,
    ),
)
