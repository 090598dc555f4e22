"""One edge node's life as a host sees it (specification 3.0.0, chapters 5 and 6): born, speaking, dead. Pure.

What is heard before the birth certificate that explains it is not used: without it nobody knows which metric an alias
is, and whether the sender is the one that is alive now.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from drivers.mqtt.sparkplug.payload import Metric, Odd, Payload, typed


class Ignored(StrEnum):
    """Why a message, or a part of it, was not used."""

    MALFORMED = "no Sparkplug B payload"
    RETAINED = "a retained Sparkplug message (only STATE may be)"
    UNBORN = "data before its birth certificate"
    STALE_DEATH = "death of an earlier connection (bdSeq)"
    GAP = "gap in the sequence numbers"
    UNKNOWN_ALIAS = "alias that no birth certificate explains"


@dataclass(frozen=True, slots=True)
class Named:
    """A metric with its full name and its value in the declared type."""

    name: str
    metric: Metric


@dataclass(frozen=True, slots=True)
class Heard:
    """What a message meant. `device` is None for the node itself; `alive` None where it says nothing about that."""

    alive: bool | None = None
    metrics: tuple[Named, ...] = ()
    ignored: tuple[Ignored, ...] = ()

    @property
    def lost(self) -> bool:
        """Whether something is missing that only a new birth certificate can bring."""
        return bool(
            {Ignored.UNBORN, Ignored.GAP, Ignored.UNKNOWN_ALIAS, Ignored.MALFORMED} & set(self.ignored)
        )


@dataclass(slots=True)
class Node:
    """What must be remembered of one edge node between two messages."""

    born: bool = False
    _bd_seq: int | None = None
    _seq: int | None = None
    _devices: set[str] = field(default_factory=set)
    _types: dict[tuple[str | None, str], int] = field(default_factory=dict)
    """Datatype by device and metric, as declared at birth."""
    _aliases: dict[int, tuple[str | None, str]] = field(default_factory=dict)
    """An alias is unique within the node, its devices included (6.4.6)."""

    def hear(self, kind: str, device: str | None, payload: Payload) -> Heard:
        """Take one message of this node: `kind` is the third level of its topic."""
        if kind == "NBIRTH":
            return self._birth(payload)
        if kind == "NDEATH":
            return self._death(payload)
        if not self.born:
            return Heard(ignored=(Ignored.UNBORN,))
        gap = self._gap(payload)
        if kind == "DBIRTH" and device is not None:
            self._devices.add(device)
            return self._named(device, payload, gap, alive=True, declare=True)
        if kind == "DDEATH" and device is not None:
            self._devices.discard(device)
            return Heard(alive=False, ignored=gap)
        if device is not None and device not in self._devices:
            return Heard(ignored=(*gap, Ignored.UNBORN))
        return self._named(device, payload, gap)

    def _birth(self, payload: Payload) -> Heard:
        """A new life: what earlier certificates said is void, those of the devices too (6.4.19)."""
        self.born, self._seq, self._bd_seq = True, payload.seq, payload.number("bdSeq")
        self._devices.clear()
        self._types.clear()
        self._aliases.clear()
        return self._named(None, payload, (), alive=True, declare=True)

    def _death(self, payload: Payload) -> Heard:
        """The broker publishes it as a last will; one of an earlier connection may come after the next birth."""
        said = payload.number("bdSeq")
        if self.born and None not in (said, self._bd_seq) and said != self._bd_seq:
            return Heard(ignored=(Ignored.STALE_DEATH,))
        self.born = False
        self._devices.clear()
        return Heard(alive=False)

    def _gap(self, payload: Payload) -> tuple[Ignored, ...]:
        """Sequence numbers run from 0 to 255 and begin anew (6.4.4); a message that lacks one breaks the row as well."""
        expected = None if self._seq is None else (self._seq + 1) % 256
        self._seq = payload.seq
        return () if payload.seq is not None and payload.seq == expected else (Ignored.GAP,)

    def _named(
        self,
        device: str | None,
        payload: Payload,
        ignored: tuple[Ignored, ...],
        *,
        alive: bool | None = None,
        declare: bool = False,
    ) -> Heard:
        named: list[Named] = []
        for metric in payload.metrics:
            name = self._name(device, metric, declare)
            if name is None:
                ignored = (*ignored, Ignored.UNKNOWN_ALIAS)
                continue
            datatype = metric.datatype or self._types.get((device, name), 0)
            if metric.value is not Odd.ABSENT:
                named.append(Named(name, replace(metric, value=typed(metric.value, datatype))))
        return Heard(alive, tuple(named), tuple(dict.fromkeys(ignored)))

    def _name(self, device: str | None, metric: Metric, declare: bool) -> str | None:
        if declare and metric.name is not None:
            self._types[device, metric.name] = metric.datatype
            if metric.alias is not None:
                self._aliases[metric.alias] = (device, metric.name)
        if metric.name:
            return metric.name
        owner, name = (
            self._aliases.get(metric.alias, (None, None)) if metric.alias is not None else (None, None)
        )
        return name if owner == device else None
