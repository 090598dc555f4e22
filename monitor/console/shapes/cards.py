"""The alarm response card (IEC 62682) for people and programs."""

from __future__ import annotations

from pydantic import BaseModel

from monitor.console.services import Services
from monitor.console.texts import pick
from monitor.domain.rules import Card


class CardOut(BaseModel):
    """Cause, consequence, first action, whom to call, how long there is."""

    cause: str
    consequence: str
    action: str
    call: str = ""
    """Whom to call, in words; the role's own name where the configuration has none."""
    role: str | None = None
    """The role of the roster that is meant: `/api/v1/roster` tells who stands in it now."""
    within: float | None = None
    """Seconds after the raise that the card allows; `respond_by` of the alarm is the time by which."""


def card(given: Card, services: Services, language: str) -> CardOut:
    """The card in one language."""
    known = any(entry.role == given.role for entry in services.site.roster.entries)
    return CardOut(
        cause=pick(given.cause, language),
        consequence=pick(given.consequence, language),
        action=pick(given.action, language),
        call=pick(given.call, language, given.role or ""),
        role=given.role if known else None,
        within=given.allowed(services.site.grade.clocks),
    )
