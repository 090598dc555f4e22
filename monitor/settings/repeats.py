"""One line for many: `repeat: {n: 1-120}` and what stands for `{n}` in each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from monitor.settings.checking import Context
from monitor.settings.tree import Entry, find

MOST = 10_000
"""Repetitions of one line."""

Turn = dict[str, str]
"""What each variable is in one repetition."""


def turns(
    key: str, repeat: Mapping[str, Any], entry: Entry, context: Context, what: str = "point"
) -> list[Turn] | None:
    """Every repetition, the last variable running fastest; None, reported, where they cannot be told."""
    spans: list[range] = []
    for name, given in repeat.items():
        span = _span(given)
        if span is None:
            mark = find(entry.node, ["repeat", name]).mark
            context.problems.add(mark, f"expected first and last number, such as 1-120, not `{given}`")
            return None
        if f"{{{name}}}" not in key:
            mark = find(entry.node, ["repeat", name], key=True).mark
            context.problems.add(
                mark, f"`{{{name}}}` is missing in the {what}'s name, so that all would be `{key}`"
            )
            return None
        spans.append(span)
    for name in re.findall(r"\{(\w*)\}", key):
        if name not in repeat:
            context.problems.add(
                entry.mark, f"`{{{name}}}` is not repeated: add repeat: {{{name or 'n'}: 1-8}}"
            )
            return None
    count = 1
    for span in spans:
        count *= len(span)
    if count > MOST:
        mark = find(entry.node, ["repeat"]).mark
        context.problems.add(mark, f"{count} {what}s are too many (at most {MOST})")
        return None
    return [dict(zip(repeat, map(str, numbers), strict=True)) for numbers in product(*spans)]


def _span(given: Any) -> range | None:
    match = re.fullmatch(r"([0-9]{1,6})-([0-9]{1,6})", given) if isinstance(given, str) else None
    if match is None or int(match[1]) > int(match[2]):
        return None
    return range(int(match[1]), int(match[2]) + 1)


def texts(data: Any) -> Iterator[str]:
    """Every text in `data`, however deep."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict | list):
        for part in data.values() if isinstance(data, dict) else data:
            yield from texts(part)


def fill(data: Any, turn: Turn) -> Any:
    """`data` with each `{name}` in its texts filled in."""
    if not turn:
        return data
    if isinstance(data, str):
        for name, number in turn.items():
            data = data.replace(f"{{{name}}}", number)
        return data
    if isinstance(data, dict):
        return {key: fill(part, turn) for key, part in data.items()}
    return [fill(part, turn) for part in data] if isinstance(data, list) else data
