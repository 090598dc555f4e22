"""How connections fare, for people and programs."""

from __future__ import annotations

from pydantic import BaseModel

from monitor.console.services import Services
from monitor.console.texts import pick
from monitor.console.times import stamp
from monitor.domain.reading import Grade
from monitor.engine.callers import CallersHealth
from monitor.engine.health import ConnectionHealth, EquipmentHealth
from monitor.ports import TurnedAway
from monitor.settings.site import Connection, Equipment


class BehindOut(BaseModel):
    """One equipment behind a connection. Rates are of the last 5 to 6 minutes; null where there is nothing to tell."""

    id: str
    name: str
    answering: bool | None
    """Null before the first try, and for equipment that speaks by itself."""
    given_up: bool
    """It does not answer and is tried only now and then."""
    next_trial: float | None
    """Seconds until the next trial of one that is given up."""
    last_good_time: str | None
    error_rate: float | None
    """0 to 1."""


class StrangerOut(BaseModel):
    """Somebody who dialled in and was sent away."""

    said: str
    """The beginning of what it said, as text or as `hex:`; empty when nothing. A stranger's words."""
    peer: str
    """Its address."""
    why: TurnedAway
    """unknown: nobody expects this registration; too_slow: said none in time; crowded: too many at the door."""
    times: int
    last_time: str


class CallersOut(BaseModel):
    """Devices that dial in, since the start of this configuration."""

    present: int
    """Connected now."""
    arrived: int
    replaced: int
    """How many of them took the place of a connection under the same name."""
    refused: int
    contested: list[str]
    """Registrations that two devices seem to have: they replace each other again and again."""
    strangers: list[StrangerOut]
    """The last ones sent away, newest first; at most 10."""


class ConnectionOut(BaseModel):
    """One bus, gateway or broker."""

    id: str
    driver: str
    polled: bool
    """False for a broker: its equipment speaks by itself, so there are no rates and no response times."""
    up: bool | None
    """Null before the first try."""
    reason: str
    """Why it is not up."""
    last_good_time: str | None
    """When anybody behind it last gave a good value."""
    error_rate: float | None
    """Share of polls of the last 5 to 6 minutes without a good value, 0 to 1."""
    response_p50: float | None
    """Seconds within which half of the last 256 answers came."""
    response_p99: float | None
    callers: CallersOut | None
    """Null where nobody dials in."""
    equipment: list[BehindOut]


def connection(
    one: Connection, health: ConnectionHealth | None, services: Services, language: str
) -> ConnectionOut:
    """A connection as it is now; `health` is None where equipment speaks by itself."""
    owners = [item for item in services.site.equipment.values() if item.connection == one.id]
    up, reason = services.connections.state(one.id)
    if health is None:
        behind = [_spoken(item, services, language) for item in owners]
        last = max((each.last_good_time for each in behind if each.last_good_time), default=None)
        return ConnectionOut(
            id=one.id,
            driver=one.driver,
            polled=False,
            up=up,
            reason=reason,
            last_good_time=last,
            error_rate=None,
            response_p50=None,
            response_p99=None,
            callers=None,
            equipment=behind,
        )
    names = {item.id: pick(item.name, language) for item in owners}
    return ConnectionOut(
        id=one.id,
        driver=one.driver,
        polled=True,
        up=health.up,
        reason=health.reason if health.up is False else "",
        last_good_time=stamp(health.last_good),
        error_rate=health.error_rate,
        response_p50=health.response_p50,
        response_p99=health.response_p99,
        callers=_callers(health.callers) if health.callers else None,
        equipment=[_asked(each, names.get(each.id, each.id)) for each in health.equipment],
    )


def _callers(who: CallersHealth) -> CallersOut:
    return CallersOut(
        present=who.present,
        arrived=who.arrived,
        replaced=who.replaced,
        refused=who.refused,
        contested=list(who.contested),
        strangers=[
            StrangerOut(
                said=one.said, peer=one.peer, why=one.why, times=one.times, last_time=stamp(one.last) or ""
            )
            for one in who.strangers
        ],
    )


def _asked(one: EquipmentHealth, name: str) -> BehindOut:
    return BehindOut(
        id=one.id,
        name=name,
        answering=one.answering,
        given_up=one.given_up,
        next_trial=None if one.next_trial is None else round(one.next_trial, 1),
        last_good_time=stamp(one.last_good),
        error_rate=one.error_rate,
    )


def _spoken(item: Equipment, services: Services, language: str) -> BehindOut:
    good = [r.received_time for r in services.live.readings(item.id) if r.quality.grade is Grade.GOOD]
    return BehindOut(
        id=item.id,
        name=pick(item.name, language),
        answering=None,
        given_up=False,
        next_trial=None,
        last_good_time=stamp(max((at for at in good if at is not None), default=None)),
        error_rate=None,
    )
