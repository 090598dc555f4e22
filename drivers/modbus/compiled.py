"""Everything about reading an equipment that can be known beforehand, worked out once for all that are alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from drivers.modbus.codec import Decoder, Field
from drivers.modbus.fields import fields_of
from drivers.modbus.plan import Block, TooLong, Want, plan
from monitor.domain.source import EquipmentSource

KEPT: Final = 256
"""Kinds of equipment that are kept; beyond that the oldest is worked out anew."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """Fields by the plan's order, the blocks that bring them, and those that wait for the value of another point."""

    fields: tuple[Field, ...]
    blocks: tuple[Block, ...]
    late: tuple[Field, ...]
    made_of: tuple[Any, ...]
    """Keeps the settings alive by whose identity it is found."""
    _decoders: dict[Block, Decoder] = field(default_factory=dict)

    def decoder(self, block: Block) -> Decoder:
        """The decoder of a block of ours, or of a part of one."""
        found = self._decoders.get(block)
        if found is None:
            found = self._decoders[block] = Decoder(block, self.fields)
        return found

    def indices(self, wants: Iterable[Want]) -> list[int]:
        """Where the points of these addresses stand."""
        wanted = frozenset(wants)
        return [each.index for each in self.fields if each.want in wanted]


_KNOWN: Final[dict[tuple[object, ...], Compiled]] = {}


def compiled(source: EquipmentSource) -> Compiled:
    """Of one equipment. Raises ValueError, `equipment.point: field: what is wrong`."""
    settings = (source.type_settings, *source.point_settings)
    key = (*map(id, settings), *source.plan.index)
    found = _KNOWN.get(key)
    if found is None:
        if len(_KNOWN) >= KEPT:
            del _KNOWN[next(iter(_KNOWN))]
        found = _KNOWN[key] = _compile(source, settings)
    return found


def _compile(source: EquipmentSource, settings: tuple[Any, ...]) -> Compiled:
    fields = fields_of(source)
    try:
        blocks = plan((each.want for each in fields), source.type_settings.limits)
    except TooLong as error:
        index = next(each.index for each in fields if each.want == error.want)
        raise ValueError(f"{source.plan.points[index].id}: read: {error}") from None
    return Compiled(fields, blocks, tuple(each for each in fields if each.late), settings)
