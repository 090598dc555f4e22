"""A fault of the wire: its name, what it does in a sentence, its arguments, and the behaviour it gives a unit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from simulators.wire.behaviour import Behaviour

MBAP_ONLY: Final = ("mbap",)
SERIAL: Final = ("rtu", "ascii")
ALL: Final = (*MBAP_ONLY, *SERIAL)


@dataclass(frozen=True, kw_only=True)
class NoArguments:
    """A fault that needs nothing said about it."""


@dataclass(frozen=True)
class WireFault:
    """`make` gives a fresh behaviour each time the fault begins, so that one with a memory begins without it."""

    name: str
    does: str
    make: Callable[[Any], Behaviour]
    arguments: type[Any] = NoArguments
    framings: tuple[str, ...] = ALL
    """Where it can happen: a fault of the MBAP header has no meaning on RTU."""


def plain(name: str, does: str, behaviour: Behaviour, framings: tuple[str, ...] = ALL) -> WireFault:
    """A fault without arguments or memory."""
    return WireFault(name, does, lambda _: behaviour, framings=framings)
