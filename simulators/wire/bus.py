"""Several units that are reached by one way, whatever transport it is, and the record of what they were asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simulators.wire import pdu
from simulators.wire.behaviour import Behaviour, Request, Sending, normal
from simulators.wire.framing import MBAP, Framing
from simulators.wire.recorder import WireRecorder
from simulators.wire.registers import RegisterBank


@dataclass
class Unit:
    """One device; `behaviour` may be exchanged at any time."""

    bank: RegisterBank
    behaviour: Behaviour = normal


class Bus:
    """Serve `units` by their number. `recorder` knows what was asked."""

    def __init__(self, units: Mapping[int, Unit], framing: Framing = MBAP) -> None:
        self.units = dict(units)
        self.framing = framing
        self.recorder = WireRecorder()
        self.behaviour: Behaviour = normal
        """Of the gateway itself: unless normal, it stands for that of every unit."""

    def take(self, heard: bytearray, connection: object = None) -> Request | None:
        """Cut the next request from what was heard; None when more must come. Raises NotModbus."""
        while heard:
            used, frame = self.framing.cut(bytes(heard))
            if not used:
                return None
            raw = bytes(heard[:used])
            del heard[:used]
            if frame is None:
                self.recorder.bad_frames += 1
            else:
                self.recorder.asked(frame.unit, frame.pdu[0])
                return Request(frame.transaction, frame.unit, frame.pdu, self.framing, raw, connection)
        return None

    def sendings(self, request: Request) -> Sequence[Sending]:
        """What leaves in answer to one request."""
        unit = self.units.get(request.unit)
        if unit is None:
            return self._absent(request)
        right = request.frame(pdu.answer(unit.bank, request.pdu))
        behave = unit.behaviour if self.behaviour is normal else self.behaviour
        return behave(request, right)

    def _absent(self, request: Request) -> Sequence[Sending]:
        """A gateway answers for a unit it does not reach; on a plain line there is silence."""
        if not self.framing.gateway:
            return ()
        return (Sending(request.frame(pdu.exception(request.function, pdu.GATEWAY_TARGET_FAILED))),)
