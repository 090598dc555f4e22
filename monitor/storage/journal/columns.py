"""Column types that keep a domain value readable in plain SQL and give it back with its type."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import SmallInteger, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from monitor.domain.point import Value
from monitor.domain.reading import Quality
from monitor.ports import Permanent

E = TypeVar("E", bound=StrEnum)

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """The text with what no database takes (NUL, half of a surrogate pair) replaced by U+FFFD.

    Texts come from phones and devices: a strange one must not stop the alarms committed beside it.
    """
    return text if text.isprintable() else _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


class Plain(TypeDecorator[str]):
    """Text as it is."""

    impl = Text
    cache_ok = True

    @property
    def python_type(self) -> type[str]:
        return str

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else storable(value)


class Word(TypeDecorator[E]):
    """A word of a closed list, stored as itself."""

    impl = Text
    cache_ok = True

    def __init__(self, words: type[E]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: E | None, dialect: Dialect) -> str | None:
        return None if value is None else value.value

    def process_result_value(self, value: str | None, dialect: Dialect) -> E | None:
        try:
            return None if value is None else self.words(value)
        except ValueError as error:
            raise Permanent(f"the journal holds a word this program does not know: {error}") from error


class QualityCode(TypeDecorator[Quality]):
    """`Quality.code`, the number that is never reused."""

    impl = SmallInteger
    cache_ok = True

    def process_bind_param(self, value: Quality | None, dialect: Dialect) -> int | None:
        return None if value is None else value.code

    def process_result_value(self, value: int | None, dialect: Dialect) -> Quality | None:
        try:
            return None if value is None else Quality.from_code(value)
        except ValueError as error:
            raise Permanent(f"the journal holds a quality this program does not know: {error}") from error


class Typed(TypeDecorator[Value]):
    """A measured value as JSON: `12.0`, `12`, `true` and `"12"` stay four different things."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Value | None, dialect: Dialect) -> str | None:
        return None if value is None else to_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Value | None:
        return None if value is None else from_json(value)


class Answers(TypeDecorator[Mapping[str, str | float | bool]]):
    """Answers by item, as a JSON object."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Mapping[str, Any] | None, dialect: Dialect) -> str:
        return to_json(dict(value or {}))

    def process_result_value(self, value: str | None, dialect: Dialect) -> dict[str, Any]:
        return dict(from_json(value or "{}"))


class Texts(TypeDecorator[tuple[str, ...]]):
    """Several texts, as a JSON list."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str:
        return to_json(list(value or ()))

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...]:
        return tuple(from_json(value or "[]"))


def to_json(value: Any) -> str:
    """Compact JSON that people can read: Chinese stays Chinese."""
    return storable(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def from_json(text: str) -> Any:
    """What `to_json` wrote. Raises Permanent when somebody else wrote it."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise Permanent(f"the journal holds a value that is not JSON: {text[:80]!r}") from error
