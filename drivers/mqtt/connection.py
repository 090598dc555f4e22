"""One broker: listens to all its equipment, survives what brokers and networks do, and never speaks."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from drivers.mqtt.backoff import BRIEF_S, Backoff, Ended
from drivers.mqtt.hearing import Hearing, JsonHearing
from drivers.mqtt.packets import Message
from drivers.mqtt.payload import Discard
from drivers.mqtt.session import Session
from drivers.mqtt.settings import MqttConnectionSettings
from drivers.mqtt.unacknowledged import Unacknowledged
from monitor.domain.source import EquipmentSource
from monitor.ports import BrokerSession, Clock, Inlet, RawRead

_PROBING_S = 2.0
"""A broker that does not know MQTT 5 may wait for the rest of what it takes for a longer packet."""
_MANY = 3
"""Brief links in a row before we say what they look like."""
_REMEMBERED = 100_000
"""Topics of which we remember that they spoke; only patterns with wildcards can have so many."""


class MqttConnection:
    """Implements ports.PushedConnection.

    A message is acknowledged when the inlet says that it is safe, and one that a broker sends again although it was taken
    is not taken twice. The link is reported when it changes and when the reason
    changes, not with each attempt. An equipment whose subscription the broker refuses is reported as not
    answering: nothing of it can be heard.
    """

    def __init__(
        self,
        id: str,
        settings: MqttConnectionSettings,
        equipment: Sequence[EquipmentSource],
        clock: Clock,
        chance: Callable[[], float] = random.random,
        hearing: Hearing[Any] | None = None,
    ) -> None:
        """`hearing` is how messages are understood: by default as JSON, mapped by configuration.

        Raises topics.PatternError (a ValueError) for a topic pattern that cannot be used.
        """
        self._id = id
        self._settings = settings
        self._clock = clock
        self._hearing = hearing or JsonHearing(id, equipment, settings.max_payload)
        self._topics = self._hearing.topics
        self._backoff = Backoff(chance)
        self._version = settings.version or 5
        self._probing = settings.version is None
        """While no version is configured and none has worked yet."""
        self._unacknowledged = Unacknowledged(settings.receive_maximum)
        self._session: Session | None = None
        self._closed = False
        self._known_here = False
        """Whether the session at the broker was made by this process, so that its subscriptions are ours."""
        self._spoken: set[str] = set()
        self._deaf: dict[str, str] = {}
        self._link: tuple[bool, str] | None = None
        self._tap: Callable[[RawRead], None] | None = None
        self._brief = 0

    @property
    def places(self) -> Sequence[str]:
        """The topic filters."""
        return tuple(self._topics.filters)

    def overhear(self, tap: Callable[[RawRead], None]) -> None:
        """Tell `tap` of each message that is looked into."""
        self._tap = tap

    async def run(self, inlet: Inlet) -> None:
        """Listen until cancelled or closed. Whatever a broker does is retried and reported; nothing is Permanent."""
        while not self._closed:
            ended = await self._once(inlet)
            if self._closed or self._other_version(ended):
                continue
            ended = self._recognised(ended)
            self._report(inlet, False, ended.reason)
            await self._clock.sleep(self._backoff.pause(ended))

    async def close(self) -> None:
        """Disconnect for good; the broker keeps our session. Idempotent."""
        self._closed = True
        if self._session is not None:
            self._session.close()
            self._session = None

    async def _once(self, inlet: Inlet) -> Ended:
        """One connection from its beginning to its end."""
        self._spoken.clear()
        session = self._session = Session(
            self._settings,
            self._version,
            lambda message: self._heard(inlet, message),
            everything=[self._shared(filter_) for filter_ in self._topics.filters],
            unacknowledged=self._unacknowledged,
            safe=inlet.safe,
            patience=min(self._settings.timeout, _PROBING_S) if self._probing else self._settings.timeout,
        )
        try:
            present = await session.open()
            if isinstance(present, Ended):
                return present
            self._probing = False
            began = self._clock.now().steady
            failed = await self._subscribe(session, present, inlet)
            if failed is not None:
                return failed
            self._hearing.connected(inlet, session, present, self._clock.now())
            self._report(inlet, True, "", self._kept(present))
            ended = await session.ended()
            return replace(ended, stood=self._clock.now().steady - began)
        except asyncio.CancelledError:
            await session.settle()
            raise
        finally:
            session.close()

    async def _subscribe(self, session: Session, present: bool, inlet: Inlet) -> Ended | None:
        """Subscribe to what the broker does not hold for us.

        A session it kept holds our subscriptions, unless an earlier process with another configuration made it.
        Even then what is retained and may be believed is asked for again: it may have changed while we were away,
        and a broker queues nothing that was published at QoS 0.
        """
        filters = [
            filter_
            for filter_, listeners in self._topics.filters.items()
            if not (present and self._known_here) or any(one.believes_retained for one in listeners)
        ]
        refused = await session.subscribe([self._shared(filter_) for filter_ in filters])
        if isinstance(refused, Ended):
            return refused
        self._known_here = True
        self._report_deaf(
            inlet, filters, {f: refused[s] for f in filters if (s := self._shared(f)) in refused}
        )
        return None

    def _shared(self, filter_: str) -> str:
        """What is subscribed to (MQTT 5.0 section 4.8.2). Who is there and who is not everybody needs to know, and it is
        kept as retained messages, which no group gets: topics that say nothing else are not shared.
        """
        if self._settings.share is None or all(
            one.only_availability for one in self._topics.filters[filter_]
        ):
            return filter_
        return f"$share/{self._settings.share}/{filter_}"

    def _report_deaf(self, inlet: Inlet, asked: Sequence[str], refused: dict[str, str]) -> None:
        for filter_ in asked:
            if filter_ in refused and self._deaf.get(filter_) != refused[filter_]:
                self._deaf[filter_] = refused[filter_]
                reason = f"the broker refuses the subscription to {filter_}: {refused[filter_]}"
                self._say(inlet, filter_, reason)
            elif filter_ not in refused and self._deaf.pop(filter_, None) is not None:
                self._say(inlet, filter_, "")

    def _say(self, inlet: Inlet, filter_: str, trouble: str) -> None:
        for binding in self._topics.filters[filter_]:
            self._hearing.presence.answer(inlet, binding.source.id, f"subscription to {filter_}", trouble)

    def _heard(self, inlet: Inlet, message: Message) -> None:
        try:
            topic = str(message.topic, "utf-8")
        except UnicodeDecodeError:
            inlet.discarded(self._id, None, Discard.UNKNOWN_TOPIC)
            return
        listeners = self._topics.find(topic)
        if not listeners:
            inlet.discarded(self._id, None, Discard.UNKNOWN_TOPIC)
            return
        if message.retain and topic in self._spoken:
            return  # the broker's copy of something this connection has brought live
        if not message.retain and len(self._spoken) < _REMEMBERED:
            self._spoken.add(topic)
        if self._tap is not None:
            self._tap(self._hearing.look(listeners, topic, message.payload))
        self._hearing.hear(inlet, listeners, topic, message.payload, message.retain, self._clock.now())

    def _other_version(self, ended: Ended) -> bool:
        """Whether to try 3.1.1 at once; as long as no version has worked, 5 and 3.1.1 take turns."""
        if not (self._probing and ended.version_unknown):
            return False
        self._version = 3 if self._version == 5 else 5
        return self._version == 3

    def _recognised(self, ended: Ended) -> Ended:
        """A second client with our id, named as such.

        MQTT 3.1.1 cannot say that a session was taken over, and brokers that speak 5 often only close as well: what
        shows is a link that is taken, and closed soon after, again and again.
        """
        self._brief = self._brief + 1 if 0 < ended.stood < BRIEF_S else 0
        if not ended.taken_over and self._brief < _MANY:
            return ended
        client = self._settings.client_id
        reason = f"{ended.reason} (another client seems to use our client id {client})"
        return replace(ended, reason=reason, slow=True)

    def _kept(self, present: bool) -> BrokerSession | None:
        if not self._settings.session_expiry:
            return None
        return BrokerSession(f"{self._settings.client_id} at {self._settings.url}", present)

    def _report(self, inlet: Inlet, up: bool, reason: str, session: BrokerSession | None = None) -> None:
        if (up, reason) != self._link:
            self._link = (up, reason)
            inlet.link(self._id, up, reason, session)
