"""How samples stand in a spool record: point names once per segment, then a few bytes a sample."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import repeat

from monitor.domain.history import Sample, sample_of
from monitor.domain.point import Value
from monitor.domain.rows import Row, Rows

_COUNT = struct.Struct("<H")
_NAME = struct.Struct("<HH")
_SAMPLE = struct.Struct("<HqHB")
_FLOAT = struct.Struct("<HqHBd")
_DOUBLE = struct.Struct("<d")
_INTEGER = struct.Struct("<q")
_LENGTH = struct.Struct("<I")
_NOTHING, _NUMBER, _WHOLE, _TRUE, _FALSE, _TEXT, _HUGE = range(7)
_WHOLE_LIMIT = 2**63
_FLOATS = {float}

MAX_NAMES = 60_000
"""Points that one segment can name; a segment that knows more is closed."""


class Names:
    """The numbers that one segment gives to point names, in order of appearance: `number` as far as it was written,
    `name` as far as it was read by this process."""

    def __init__(self) -> None:
        self.number: dict[str, int] = {}
        self.name: dict[int, str] = {}
        self._of_row: dict[int, tuple[tuple[str, ...], list[int | None]]] = {}

    def of_row(self, ids: tuple[str, ...]) -> list[int | None]:
        """The numbers of an equipment's points by their place, as far as they were looked up; found by the very tuple."""
        found = self._of_row.get(id(ids))
        if found is None:
            found = self._of_row[id(ids)] = (ids, [None] * len(ids))
        return found[1]

    def learn(self, number: int, name: str) -> None:
        """Read that a point has this number."""
        self.name[number] = name


def encode(samples: Sequence[Sample], names: Names) -> tuple[bytes, dict[str, int]]:
    """Payload of one record, and the points that it names because `names` does not know them: the caller learns them once
    it is written."""
    new: dict[str, int] = {}
    if isinstance(samples, Rows):
        parts = [_row(row, names, new) for row in samples.rows]
    else:
        parts = [_sample(sample, _number(sample.point, names, new)) for sample in samples]
    return _names(new) + b"".join(parts), new


def _row(row: Row, names: Names, new: dict[str, int]) -> bytes:
    """A row of floats, as most are, without a look at each."""
    ids, at_ms, places, values = row
    known = names.of_row(ids)
    numbers = [known[place] for place in places]
    if None in numbers:
        numbers = [_number(ids[place], names, new) for place in places]
        for place, number in zip(places, numbers, strict=True):
            if ids[place] not in new:
                known[place] = number
    if set(map(type, values)) != _FLOATS:
        samples = zip(numbers, repeat(at_ms), values, repeat(0))
        return b"".join([_sample(Sample("", at, value, code), number) for number, at, value, code in samples])  # type: ignore[arg-type]
    pack = _FLOAT.pack
    return b"".join(
        [pack(number, at_ms, 0, _NUMBER, value) for number, value in zip(numbers, values, strict=True)]
    )


def _number(point: str, names: Names, new: dict[str, int]) -> int:
    number = names.number.get(point)
    return new.setdefault(point, len(names.number) + len(new)) if number is None else number


def _sample(sample: Sample, number: int) -> bytes:
    _, at_ms, value, quality = sample
    if type(value) is float:
        return _FLOAT.pack(number, at_ms, quality, _NUMBER, value)
    tag, body = _value(value)
    return _SAMPLE.pack(number, at_ms, quality, tag) + body


def _names(new: dict[str, int]) -> bytes:
    parts = [_COUNT.pack(len(new))]
    for name, number in new.items():
        raw = name.encode()
        parts.append(_NAME.pack(number, len(raw)) + raw)
    return b"".join(parts)


def _value(value: Value | None) -> tuple[int, bytes]:
    if value is None:
        return _NOTHING, b""
    if isinstance(value, bool):
        return (_TRUE if value else _FALSE), b""
    if isinstance(value, int):
        if -_WHOLE_LIMIT <= value < _WHOLE_LIMIT:
            return _WHOLE, _INTEGER.pack(value)
        raw = str(value).encode()
        return _HUGE, _LENGTH.pack(len(raw)) + raw
    if isinstance(value, float):
        return _NUMBER, _DOUBLE.pack(value)
    raw = value.encode("utf-8", "surrogatepass")
    return _TEXT, _LENGTH.pack(len(raw)) + raw


def learn(payload: bytes, names: Names) -> int:
    """Take in the names that a record brings; returns where its samples begin."""
    (count,) = _COUNT.unpack_from(payload)
    at = _COUNT.size
    for _ in range(count):
        number, length = _NAME.unpack_from(payload, at)
        at += _NAME.size
        names.learn(number, payload[at : at + length].decode())
        at += length
    return at


def decode(payload: bytes, names: Names) -> list[Sample]:
    """Samples of a record. One whose name stood in a corrupt record is left out (its number is not in `names`)."""
    at = learn(payload, names)
    plain = _decode_floats(payload, at, names)
    if plain is not None:
        return plain
    samples: list[Sample] = []
    end = len(payload)
    while at < end:
        number, at_ms, quality, tag = _SAMPLE.unpack_from(payload, at)
        value, at = _read_value(payload, at + _SAMPLE.size, tag)
        name = names.name.get(number)
        if name is not None:
            samples.append(Sample(name, at_ms, value, quality))
    return samples


def _decode_floats(payload: bytes, at: int, names: Names) -> list[Sample] | None:
    """Samples that are all floats, as most are: they stand in rows of one length. None when another kind is among them.

    A row's kind stands at a fixed place as long as all before it were floats, so the first other one is always seen.
    """
    if (len(payload) - at) % _FLOAT.size:
        return None
    known = names.name
    rows = memoryview(payload)[at:]
    try:
        samples = [
            sample_of((known[number], at_ms, value, quality))
            for number, at_ms, quality, tag, value in _FLOAT.iter_unpack(rows)
            if tag == _NUMBER
        ]
    except KeyError:  # its name stood in a corrupt record
        return None
    return samples if len(samples) * _FLOAT.size == len(rows) else None


def _read_value(payload: bytes, at: int, tag: int) -> tuple[Value | None, int]:
    if tag == _NUMBER:
        return _DOUBLE.unpack_from(payload, at)[0], at + 8
    if tag == _WHOLE:
        return _INTEGER.unpack_from(payload, at)[0], at + 8
    if tag in (_TEXT, _HUGE):
        (length,) = _LENGTH.unpack_from(payload, at)
        at += _LENGTH.size
        text = payload[at : at + length].decode("utf-8", "surrogatepass")
        return (int(text) if tag == _HUGE else text), at + length
    return (None if tag == _NOTHING else tag == _TRUE), at
