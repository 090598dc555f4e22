"""One YAML file into a tree with places. Everything in YAML that a configuration does not need is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from yaml.reader import ReaderError

from monitor.settings.problems import Mark, Problems
from monitor.settings.scalars import Refused, resolve, resolve_key
from monitor.settings.tree import Entries, Entry, Items, Node, Plain, Scalar

MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 24

_EXPLAINED = {
    "mapping values are not allowed in this context": "a colon starts a second key on this line: "
    "quote the text if the colon belongs to it, else check the indentation",
    "could not find expected ':'": "a key without its colon: write `key: value`, with a space after the colon",
    "did not find expected ',' or '}'": "the braces { } are not closed, or a comma is missing between two entries; "
    "a text with a comma, colon or question mark needs quotes here",
    "did not find expected ',' or ']'": "the brackets [ ] are not closed, or a comma is missing between two items",
    "did not find expected key": "the indentation does not fit the lines above, or a quote is not closed",
    "did not find expected '-' indicator": "a list item must begin with `- ` under the one above it",
    "found unexpected end of stream": "the quote opened here is never closed",
    "block sequence entries are not allowed in this context": "a list item `- ` cannot stand here: "
    "begin the list on its own line",
}


class _GiveUp(Exception):
    """The rest of this file makes no sense."""


def read(path: Path, name: str, problems: Problems) -> Node | None:
    """The tree of one file, called `name` in messages; None when it could not be made, with the reason in `problems`."""
    text = _text(path, name, problems)
    return None if text is None else read_value(text, name, problems)


def read_value(text: str, name: str, problems: Problems) -> Node | None:
    """The tree of a text called `name` in messages; None when it could not be made, with the reason in `problems`."""
    try:
        return _Builder(text, name, problems).document()
    except _GiveUp:
        return None
    except ReaderError as error:
        problems.add(_position(text, name, error), f"a character that YAML does not allow: {error.reason}")
    except yaml.MarkedYAMLError as error:
        at = error.problem_mark or error.context_mark
        if "end of stream" in (error.problem or ""):
            at = error.context_mark or at  # where the quote was opened helps more than where the file ends
        mark = Mark(name, at.line + 1, at.column + 1) if at else Mark(name, 1, 1)
        problems.add(mark, _explain(error, text))
    return None


def _text(path: Path, name: str, problems: Problems) -> str | None:
    try:
        raw = path.read_bytes()
    except OSError as error:
        problems.add(Mark(name, 1, 1), f"cannot be read: {error.strerror}")
        return None
    if len(raw) > MAX_BYTES:
        problems.add(Mark(name, 1, 1), f"{len(raw)} bytes are too many for one file (at most {MAX_BYTES})")
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        good = raw[: error.start].decode("utf-8-sig")
        line = good.count("\n") + 1
        column = len(good) - (good.rfind("\n") + 1) + 1
        problems.add(Mark(name, line, column), "not UTF-8 (saved as GBK or Big5?): save the file as UTF-8")
        return None


def _position(text: str, name: str, error: ReaderError) -> Mark:
    at = next((i for i, sign in enumerate(text) if ord(sign) == error.character), 0)
    return Mark(name, text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))


def _explain(error: yaml.MarkedYAMLError, source: str) -> str:
    if error.problem == "found character that cannot start any token" and error.problem_mark:
        line = source.splitlines()[error.problem_mark.line]
        sign = line[error.problem_mark.column : error.problem_mark.column + 1]
        if sign == "\t":
            return "not YAML: a tab stands here; indent with spaces"
        return f"not YAML: a text cannot begin with `{sign}`; put it in quotes"
    text = _EXPLAINED.get(error.problem or "") or error.problem or error.context or str(error)
    opened = error.context_mark
    if (
        "flow" in (error.context or "")
        and opened
        and error.problem_mark
        and opened.line != error.problem_mark.line
    ):
        text += f" (opened in line {opened.line + 1})"
    return f"not YAML: {text}"


class _Builder:
    def __init__(self, text: str, name: str, problems: Problems) -> None:
        self._events: Iterator[Any] = yaml.parse(text, Loader=yaml.CSafeLoader)
        self._name = name
        self._problems = problems

    def document(self) -> Node | None:
        next(self._events)  # start of the stream
        if isinstance(next(self._events), yaml.StreamEndEvent):
            self._problems.add(
                Mark(self._name, 1, 1), "the file holds nothing; remove it if that is what you mean"
            )
            return None
        root = self._node(next(self._events), 0)
        next(self._events)  # end of the document
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            self._problems.add(
                self._mark(after), "a second document begins here (`---`); one file is one document"
            )
            raise _GiveUp
        return root

    def _mark(self, event: Any) -> Mark:
        return Mark(self._name, event.start_mark.line + 1, event.start_mark.column + 1)

    def _node(self, event: Any, depth: int) -> Node:
        mark = self._mark(event)
        if isinstance(event, yaml.AliasEvent):
            self._problems.add(mark, f"`*{event.anchor}`: aliases are not used here; write the value out")
            return Scalar(mark, "", None, refused=True)
        if event.anchor is not None:
            self._problems.add(
                mark, f"`&{event.anchor}`: anchors are not used here; quote a text that begins with &"
            )
        if event.tag not in (None, "!"):
            self._problems.add(
                mark, f"`{event.tag}`: tags are not used here; quote a text that begins with !"
            )
            if isinstance(event, yaml.ScalarEvent):
                return Scalar(mark, event.value, event.value, refused=True)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, mark)
        if depth >= MAX_DEPTH:
            self._problems.add(mark, f"nested deeper than {MAX_DEPTH} levels")
            raise _GiveUp
        if isinstance(event, yaml.SequenceStartEvent):
            return self._items(mark, depth)
        return self._entries(mark, depth)

    def _scalar(self, event: Any, mark: Mark) -> Scalar:
        if not event.implicit[0]:
            return Scalar(mark, event.value, event.value)
        try:
            return Scalar(mark, event.value, resolve(event.value))
        except Refused as refused:
            self._problems.refuse(mark, str(refused))
            return Scalar(mark, event.value, event.value, refused=True)

    def _items(self, mark: Mark, depth: int) -> Items:
        items: list[Node] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, depth + 1))
        return Items(mark, items)

    def _entries(self, mark: Mark, depth: int) -> Entries:
        entries: dict[Plain, Entry] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            at = self._mark(event)
            usable, key = self._key(event, at, depth)
            value = self._node(next(self._events), depth + 1)
            if not usable:
                continue
            if key in entries:
                first = entries[key].mark
                self._problems.add(at, f"`{key}` stands twice in this mapping, first in line {first.line}")
                continue
            entries[key] = Entry(at, value)
        return Entries(mark, entries)

    def _key(self, event: Any, mark: Mark, depth: int) -> tuple[bool, Plain]:
        if not isinstance(event, yaml.ScalarEvent):
            self._node(event, depth + 1)  # consume it
            if not isinstance(event, yaml.AliasEvent):
                self._problems.add(mark, "a key must be plain text; quote one that begins with { or [")
            return False, None
        if event.anchor is not None or event.tag not in (None, "!"):
            self._problems.add(
                mark, "anchors and tags are not used here; quote a key that begins with & or !"
            )
            return False, None
        if event.implicit[0] and event.value == "<<":
            self._problems.add(mark, "merge keys (`<<`) are not used here; write the entries out")
            return False, None
        return True, resolve_key(event.value) if event.implicit[0] else event.value
