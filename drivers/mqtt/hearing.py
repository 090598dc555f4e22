"""From a message to what the engine is told. Pure: what listens to which topic, and what is made of what comes there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Generic, Protocol, TypeVar

from drivers.mqtt.close_look import look
from drivers.mqtt.lateness import Lateness
from drivers.mqtt.mapping import Binding, bindings
from drivers.mqtt.payload import Discard, Payload, parse
from drivers.mqtt.presence import Presence
from drivers.mqtt.said import Mapped
from drivers.mqtt.topics import Topics
from monitor.domain.instant import Instant
from monitor.domain.source import EquipmentSource
from monitor.domain.sourceclock import SourceClock
from monitor.ports import Inlet, RawRead


class Listener(Protocol):
    """An equipment that listens to a topic filter."""

    @property
    def source(self) -> EquipmentSource: ...

    @property
    def believes_retained(self) -> bool:
        """Whether a retained message is worth asking for again after a broken connection."""
        ...

    @property
    def only_availability(self) -> bool:
        """Whether it says nothing but who is there, which every member of a shared subscription needs to know."""
        ...


L = TypeVar("L", bound=Listener)


class Hearing(Protocol, Generic[L]):
    """What a connection needs of a message format."""

    presence: Presence

    @property
    def topics(self) -> Topics[L]:
        """Who listens to what."""
        ...

    def hear(
        self,
        inlet: Inlet,
        listeners: Sequence[L],
        topic: str,
        raw: bytes | None,
        retained: bool,
        now: Instant,
    ) -> None:
        """One message for these listeners; `raw` is None where it was too long to be kept. It never raises."""
        ...

    def look(self, listeners: Sequence[L], topic: str, raw: bytes | None) -> RawRead:
        """The same message as it came, for people. It never raises and changes nothing."""
        ...

    def connected(self, inlet: Inlet, session: Any, kept: bool, now: Instant) -> None:
        """A connection has begun; `kept` says whether the broker had kept our session and what it queued for us."""
        ...


class JsonHearing:
    """JSON and plain texts, mapped by configuration. Implements Hearing."""

    def __init__(self, connection: str, equipment: Iterable[EquipmentSource], max_payload: int) -> None:
        """Raises topics.PatternError or paths.PathError (ValueErrors) for what cannot be used."""
        self.presence = Presence()
        self.topics: Topics[Binding] = Topics(
            (binding.filter, binding) for source in equipment for binding in bindings(source)
        )
        self._connection = connection
        self._limit = max_payload
        self._lateness = Lateness()
        self._clocks: defaultdict[str, SourceClock] = defaultdict(SourceClock)

    def connected(self, inlet: Inlet, session: Any, kept: bool, now: Instant) -> None:
        """Nothing to do: what is retained comes by itself, and values grow old by themselves."""

    def hear(
        self,
        inlet: Inlet,
        listeners: Sequence[Binding],
        topic: str,
        raw: bytes | None,
        retained: bool,
        now: Instant,
    ) -> None:
        """Parse once, and read it as each listener does."""
        payload = Discard.TOO_LONG if raw is None else parse(raw, self._limit)
        for binding in listeners:
            said = payload if isinstance(payload, Discard) else self._read(binding, payload, retained, now)
            if isinstance(said, Discard):
                inlet.discarded(self._connection, binding.source.id, said)
            else:
                self._pass_on(inlet, binding.filter, said)

    def look(self, listeners: Sequence[Binding], topic: str, raw: bytes | None) -> RawRead:
        """Its text, and what stands in it where each point is looked for."""
        return look(listeners, topic, raw, self._limit)

    def _read(self, binding: Binding, payload: Payload, retained: bool, now: Instant) -> Mapped | Discard:
        return binding.read(payload, retained, now, self._clocks[binding.source.id])

    def _pass_on(self, inlet: Inlet, filter_: str, said: Mapped) -> None:
        for scan in said.scans:
            for part in self._lateness.parts(scan):
                inlet.scan(part)
        if said.answering is not None:
            trouble = "" if said.answering else f"it is said to be offline by {filter_}"
            self.presence.answer(inlet, said.equipment, filter_, trouble)
