"""Consecutive samples of one point as columns, and as one compressed value of the file."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from operator import mul

from monitor.domain.point import Value
from monitor.storage.history_sqlite.columns import (
    Numbers,
    differences,
    pack_integers,
    pack_numbers,
    unpack_integers,
    unpack_numbers,
)
from monitor.storage.runs import Run

Row = tuple[int, Value | None, int]
"""Time (ms), value, quality code."""

NOTHING, FRACTION, WHOLE, TRUTH, OTHER = range(5)
"""What a value is: none, a float, an int, true or false, or what stands beside as JSON (text, huge whole numbers)."""
LARGEST_WHOLE = 2**53
"""Whole numbers beyond are not exact among floats and stand beside."""
_HEAD = struct.Struct("<IBB")
_MIXED = 255


def form_of(value: Value | None) -> int:
    """What a value is."""
    if type(value) is float:
        return FRACTION
    if value is None:
        return NOTHING
    if value is True or value is False:
        return TRUTH
    if isinstance(value, int) and -LARGEST_WHOLE <= value <= LARGEST_WHOLE:
        return WHOLE
    return OTHER


def value_of(number: float, form: int) -> Value | None:
    """A number as what it was; None for what is none."""
    if form == FRACTION:
        return number
    if form == WHOLE:
        return int(number)
    return bool(number) if form == TRUTH else None


def columns_of(values: Sequence[Value | None]) -> tuple[bytes, list[float], list[str | int]]:
    """Forms of all values, the numbers among them, and the others."""
    if set(map(type, values)) == {float}:
        return bytes([FRACTION]) * len(values), list(values), []  # type: ignore[arg-type]
    forms = bytes(map(form_of, values))
    numbers, others = [], []
    for value, form in zip(values, forms, strict=True):
        if form == OTHER:
            others.append(value)
        elif form != NOTHING:
            numbers.append(float(value))  # type: ignore[arg-type]
    return forms, numbers, others  # type: ignore[return-value]


@dataclass(frozen=True)
class Block:
    """Samples in order of time, column by column. `numbers` and `others` hold the values of the rows of that form."""

    times: list[int]
    forms: bytes
    qualities: bytes
    numbers: Numbers
    others: list[str | int]

    @classmethod
    def of(cls, rows: Sequence[Row]) -> Block:
        """Rows in order of time."""
        times, values, qualities = zip(*rows, strict=True) if rows else ((), (), ())
        forms, numbers, others = columns_of(values)
        return cls(list(times), forms, bytes(qualities), Numbers(None, 0, numbers), others)

    def __len__(self) -> int:
        return len(self.times)

    @cached_property
    def uniform(self) -> int | None:
        """The form of all values when they are alike and there is not one without a number; else None."""
        form = self.forms[0] if self.forms else NOTHING
        return form if form in (FRACTION, WHOLE, TRUTH) and _alike(self.forms) else None

    def values(self, start: int, end: int) -> Sequence[Value | None]:
        """The values in [start, end), as they were given."""
        if self.uniform is None:
            return self._mixed[start:end]
        numbers = self.numbers.values(start, end)
        return numbers if self.uniform == FRACTION else [value_of(number, self.uniform) for number in numbers]

    def rows(self, start: int = 0, end: int | None = None) -> list[Row]:
        """The rows in [start, end)."""
        end = len(self) if end is None else end
        return list(
            zip(self.times[start:end], self.values(start, end), self.qualities[start:end], strict=True)
        )

    def run(self, start: int, end: int, hold: int) -> Run:
        """The rows in [start, end), at least one, as a run; `hold` in ms."""
        if self.uniform is None or not self._steady:
            return run_of(self.rows(start, end), hold)
        first_ms, last_ms = self.times[start], self.times[end - 1]
        spans = self._steps[start : end - 1]
        total = last_ms - first_ms
        if self._longest > hold:
            spans = [min(span, hold) for span in spans]
            total = sum(spans)
        scaled = self.numbers.scaled
        if scaled is None:
            levels = self.numbers.values(start, end)
            least, most, area = min(levels), max(levels), sum(map(mul, levels, spans))
        else:
            whole, by = scaled[start:end], 10.0**self.numbers.decimals
            least, most, area = min(whole) / by, max(whole) / by, sum(map(mul, whole, spans)) / by
        quality = self.qualities[0]
        good = total if quality == 0 else 0
        last = self.values(end - 1, end)[0]
        return Run(first_ms, last_ms, end - start, least, most, area, total, total, good, last, quality)

    @cached_property
    def _steps(self) -> list[int]:
        """ms from each sample to the next."""
        return differences(self.times)

    @cached_property
    def _longest(self) -> int:
        return max(self._steps, default=0)

    @cached_property
    def _steady(self) -> bool:
        """True when all qualities are alike."""
        return _alike(self.qualities)

    @cached_property
    def _mixed(self) -> list[Value | None]:
        numbers: Iterator[float] = iter(self.numbers.values(0, len(self)))
        others = iter(self.others)
        return [
            None if form == NOTHING else next(others) if form == OTHER else value_of(next(numbers), form)
            for form in self.forms
        ]


def run_of(rows: Sequence[Row], hold: int) -> Run:
    """Rows in order of time, at least one, as a run."""
    run = Run.of(*rows[0])
    for at_ms, value, quality in rows[1:]:
        run.add(at_ms, value, quality, hold)
    return run


def encode(block: Block) -> bytes:
    """The block as it stands in the file, before it is compressed."""
    form, quality = (column[0] if _alike(column) else _MIXED for column in (block.forms, block.qualities))
    times = block.times
    head = _HEAD.pack(len(times), form, quality)
    instants = pack_integers(times[:1]) + pack_integers(block._steps)
    codes = (block.forms if form == _MIXED else b"") + (block.qualities if quality == _MIXED else b"")
    numbers = pack_numbers(block.numbers.values(0, len(times)))
    others = json.dumps(block.others, ensure_ascii=False).encode() if block.others else b""
    return head + instants + codes + numbers + others


def decode(data: bytes) -> Block:
    """The block that `encode` made these bytes of."""
    count, form, quality = _HEAD.unpack_from(data)
    (first,), at = unpack_integers(data, _HEAD.size, 1)
    steps, at = unpack_integers(data, at, count - 1)
    forms, at = _codes(data, at, form, count)
    qualities, at = _codes(data, at, quality, count)
    numeric = count - forms.count(NOTHING) - forms.count(OTHER)
    numbers, at = unpack_numbers(data, at, numeric)
    others = json.loads(data[at:]) if at < len(data) else []
    block = Block(list(accumulate(steps, initial=first)), forms, qualities, numbers, others)
    block.__dict__["_steps"] = steps  # known already
    return block


def squeeze(data: bytes) -> bytes:
    """Compressed, without a header or checksum of its own: the file has pages, and one point many small values."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def expand(data: bytes) -> bytes:
    """What `squeeze` was given. Raises ValueError when it was damaged."""
    try:
        return zlib.decompress(data, -zlib.MAX_WBITS)
    except zlib.error as error:
        raise ValueError(f"damaged data: {error}") from error


def _codes(data: bytes, at: int, code: int, count: int) -> tuple[bytes, int]:
    return (data[at : at + count], at + count) if code == _MIXED else (bytes([code]) * count, at)


def _alike(codes: bytes) -> bool:
    return not codes or codes.count(codes[0]) == len(codes)
