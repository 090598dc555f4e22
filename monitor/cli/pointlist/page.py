"""A draft as the YAML of an equipment type."""

from __future__ import annotations

import json

from monitor.cli.pointlist.draft import Draft, DraftPoint


def page(name: str, title: str, source: str, made: Draft) -> str:
    """The whole file. Rows of which no point was made stand at its end as comments."""
    lines = [
        f"# Made from {source} by `watchroom import`. Look at every hint, probe the device, then add ranges, alarms and cards.",
        *(f"# Hint: {hint}" for hint in made.hints),
        f"type: {name}",
        f"title: {_text(title)}",
        "driver: modbus",
        f"source: {_text(source)}",
        "points:",
        *(f"  {point.key}: {_point(point)}{_remark(point)}" for point in made.points),
    ]
    if made.complaints:
        lines += ["# Not understood:"]
        for one in made.complaints:
            cells = " | ".join(" ".join(cell.split()) for cell in one.cells)
            lines.append(f"# {one}   [{cells}]")
    return "\n".join(lines) + "\n"


def _point(point: DraftPoint) -> str:
    parts = [f'read: "{point.read}"', f"as: {point.encoding.as_}"]
    if point.encoding.order:
        parts.append(f"order: {point.encoding.order}")
    if point.bit is not None:
        parts.append(f"bit: {point.bit}")
    if point.scale != 1:
        parts.append(f"scale: {point.scale:.12g}")
    if point.states:
        parts.append(
            "values: {" + ", ".join(f"{raw}: {_text(word)}" for raw, word in point.states.items()) + "}"
        )
    if point.unit:
        parts.append(f"unit: {_text(point.unit)}")
    if point.invalid:
        parts.append(f"invalid: [{', '.join(point.invalid)}]")
    if point.range:
        parts.append(f"range: [{point.range[0]:g}, {point.range[1]:g}]")
    if _counts(point):
        parts.append("kind: counter")
    parts.append(f"label: {_text(point.label)}")
    return "{" + ", ".join(parts) + "}"


def _remark(point: DraftPoint) -> str:
    return f"  # the list says: {point.remark}" if point.remark else ""


def _counts(point: DraftPoint) -> bool:
    """Energy and the like only rise."""
    return point.unit.casefold() in ("kwh", "wh", "mwh", "kvarh", "varh", "m3", "m³")


def _text(text: str) -> str:
    """In quotes, so that no colon, comma or word of YAML is taken for something else."""
    return json.dumps(text, ensure_ascii=False)
