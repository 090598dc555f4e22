"""One point: where its value stands and how it is written there, checked against itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Self

from pydantic import BeforeValidator, Field, PlainValidator, model_validator

from drivers.modbus.encoding import Encoding, parse_encoding
from drivers.modbus.location import LAST_ADDRESS, Location, Numbered, parse_location
from drivers.modbus.shape import AnyOrder, Fields, Number, RawNumber, Whole, text
from monitor.domain.point import Factor, Kind


def _location(value: object) -> object:
    if isinstance(value, Location):
        return value
    return parse_location(str(value) if type(value) is int else text(value, "holding:100"))


def _encoding(value: object) -> object:
    return value if isinstance(value, Encoding) else parse_encoding(text(value, "float32"))


def _span(value: object) -> object:
    if not isinstance(value, str):
        return value
    first, dash, last = value.partition("-")
    if not (dash and all(part.isascii() and part.isdigit() for part in (first, last))):
        raise ValueError(f"{value!r} must be the lowest and the highest bit, such as 4-7")
    return int(first), int(last)


class ModbusPointSettings(Fields):
    """Where one value stands and how it is written there: a line of the datasheet."""

    read: Annotated[Location, PlainValidator(_location)]
    as_: Annotated[Encoding, BeforeValidator(_encoding)] = Field(alias="as")
    order: AnyOrder | None = None
    """None takes the type's."""
    scale: Number = 1.0
    offset: Number = 0.0
    """Value = raw x scale x 10^scale_from x multiply_by + offset."""
    scale_from: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")] | None = None
    """Key of the point of the same equipment that holds the power of ten (SunSpec's scale factors)."""
    multiply_by: tuple[Annotated[str, Field(pattern=r"^[a-z0-9_]+$")], ...] = ()
    """Keys of the points of the same equipment that it is multiplied by: transformer ratios."""
    invalid: tuple[RawNumber, ...] = ()
    """Raw contents, before bits and scale, by which the device says "no value"."""
    invert: Annotated[bool, Field(strict=True)] = False
    """True where zero means yes."""
    bit: Annotated[Whole, Field(ge=0, le=15)] | None = None
    bits: Annotated[tuple[Whole, Whole], BeforeValidator(_span)] | None = None
    """Lowest and highest bit of a group, which is then an unsigned number."""
    step: Annotated[Whole, Field(ge=1, le=LAST_ADDRESS)] | None = None
    """Addresses from each of a repeat to the next; None for a row without gaps."""
    values: Mapping[Whole, Annotated[str, Field(min_length=1)]] = Field(default_factory=dict)
    """Names of states by raw number; the name becomes the value, a number without a name is a decode error."""

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        for check in _CHECKS:
            check(self)
        return self

    @property
    def span(self) -> int:
        """Addresses it takes in its table."""
        return 1 if self.read.table.bits else self.as_.registers

    def default_kind(self) -> Kind:
        """A bit or a named state is discrete, a string is text, anything else analog."""
        if self.as_.family == "string":
            return Kind.TEXT
        return Kind.DISCRETE if self.as_.family == "bool" or self.values else Kind.ANALOG

    def states(self) -> Mapping[str, str]:
        """Names by raw number as text."""
        return {str(raw): name for raw, name in self.values.items()}

    def in_unit(self, counts: float) -> float:
        """What so many counts of the device are in the point's unit, times `factors`."""
        return counts * self.scale

    def factors(self) -> tuple[Factor, ...]:
        """What stands in registers of its own and is multiplied in."""
        power = (Factor(self.scale_from, power=True),) if self.scale_from else ()
        return (*power, *(Factor(key) for key in self.multiply_by))

    def written(self) -> str:
        """Where the value stands and how it is written there, on one line."""
        parts = [str(self.read), str(self.as_)]
        if self.order:
            parts.append(self.order)
        if self.bit is not None:
            parts.append(f"bit {self.bit}")
        if self.bits is not None:
            parts.append(f"bits {self.bits[0]}-{self.bits[1]}")
        if self.invert:
            parts.append("inverted")
        if self.scale != 1:
            parts.append(f"x {self.scale:g}")
        if self.scale_from:
            parts.append(f"x 10^{self.scale_from}")
        parts += [f"x {key}" for key in self.multiply_by]
        if self.offset:
            parts.append(f"{self.offset:+g}")
        return " ".join(parts)

    def hint(self) -> str | None:
        """What is allowed and yet looks like a slip."""
        return self.read.hint if isinstance(self.read, Numbered) else None

    def references(self) -> tuple[str, ...]:
        """Keys of the other points of the equipment that this one needs."""
        return (*((self.scale_from,) if self.scale_from else ()), *self.multiply_by)

    def at(self, index: int) -> Self:
        """The `index`-th (from 0) of a row of like points.

        Coils and discrete inputs follow each other, bits and groups of bits run on into the next word, anything
        else is the next value of the same width. With `step` each is the same so many addresses on. Raises ValueError
        where a group would lie across two words, or the address is beyond the table.
        """
        if index == 0:
            return self
        if self.step is not None:
            return self._moved(self.step * index)
        low, high = self.bits or (self.bit, self.bit)
        if self.read.table.bits or low is None or high is None:
            return self._moved(self.span * index)
        words, lowest = divmod(low + index * (high - low + 1), self.as_.width)
        highest = lowest + high - low
        if highest >= self.as_.width:
            raise ValueError(f"bits: the group at place {index + 1} would lie across two words")
        moved = self._moved(self.span * words)
        place = {"bit": lowest} if self.bits is None else {"bits": (lowest, highest)}
        return moved.model_copy(update=place)

    def _moved(self, addresses: int) -> Self:
        moved = self.model_copy(update={"read": Location(self.read.table, self.read.address + addresses)})
        _within_table(moved)
        return moved


def _steps(point: ModbusPointSettings) -> None:
    if point.step is not None and point.step < point.span:
        raise ValueError(f"step: must be {point.span} at least: so many addresses has each value")


def _bits_table(point: ModbusPointSettings) -> None:
    table = point.read.table
    if not table.bits:
        return
    if point.as_.family != "bool":
        raise ValueError(f"as: a {table} is one bit, so it must be bool, not {point.as_}")
    for name in ("bit", "bits", "order"):
        if getattr(point, name) is not None:
            raise ValueError(f"{name}: a {table} has none, only registers have")
    if point.invalid:
        raise ValueError(f"invalid: a {table} is true or false, nothing else")


def _bit_choice(point: ModbusPointSettings) -> None:
    if point.bit is not None and point.bits is not None:
        raise ValueError("bits: give bit or bits, not both")
    if point.bit is not None and point.as_.family != "bool":
        raise ValueError(f"bit: one bit is a bool, not {point.as_}; for several use bits")
    if point.invert and point.as_.family != "bool":
        raise ValueError(f"invert: only a bool can be inverted, not {point.as_}")


def _bit_group(point: ModbusPointSettings) -> None:
    if point.bits is None:
        return
    if point.as_.family != "uint":
        raise ValueError(f"bits: a group of bits is read as uint16, uint32 or uint64, not {point.as_}")
    low, high = point.bits
    if not 0 <= low <= high < point.as_.width:
        raise ValueError(f"bits: {low}-{high} must rise within 0 to {point.as_.width - 1}")


def _numbers_only(point: ModbusPointSettings) -> None:
    plain = point.as_.family in ("bool", "string") or bool(point.values)
    for name, empty in (("scale", 1.0), ("offset", 0.0), ("scale_from", None), ("multiply_by", ())):
        if plain and getattr(point, name) != empty:
            what = "a named state" if point.values else str(point.as_)
            raise ValueError(f"{name}: {what} is not a number to be scaled")
    if point.scale == 0:
        raise ValueError("scale: zero would make every value zero")


def _names(point: ModbusPointSettings) -> None:
    if point.values and not point.as_.whole:
        raise ValueError(f"values: only whole numbers have names, not {point.as_}")
    low, high = _range(point)
    for raw in point.values:
        if not low <= raw <= high:
            raise ValueError(f"values: {raw} cannot occur in {point.as_}: it holds {low} to {high}")


def _range(point: ModbusPointSettings) -> tuple[int, int]:
    if point.bits is not None:
        return 0, (1 << (point.bits[1] - point.bits[0] + 1)) - 1
    width = point.as_.width
    match point.as_.family:
        case "int":
            return -(1 << (width - 1)), (1 << (width - 1)) - 1
        case "bcd" | "mod10k":
            return 0, int("9" * (width // 4))
        case "sm":
            return 1 - (1 << (width - 1)), (1 << (width - 1)) - 1
        case _:
            return 0, (1 << width) - 1


def _sentinels(point: ModbusPointSettings) -> None:
    if point.invalid and point.as_.family == "string":
        raise ValueError("invalid: a string has no such numbers")
    width = point.as_.width
    for raw in point.invalid:
        if point.as_.family == "float":
            continue
        if not isinstance(raw, int) or not -(1 << (width - 1)) <= raw < 1 << width:
            raise ValueError(f"invalid: {raw} is not a raw content of {width} bits")


def _within_table(point: ModbusPointSettings) -> None:
    last = point.read.address + point.span - 1
    if last > LAST_ADDRESS:
        raise ValueError(f"read: {point.read.table}:{last} is beyond the last address, {LAST_ADDRESS}")


_CHECKS: Final = (
    _bits_table,
    _bit_choice,
    _bit_group,
    _numbers_only,
    _names,
    _sentinels,
    _steps,
    _within_table,
)
