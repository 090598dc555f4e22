"""Where a list goes on: an opaque string that names the list and the last row seen."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence

Key = list[float | int | str]


def encode(name: str, key: Sequence[float | int | str]) -> str:
    """The cursor after the row with this key in the list `name`."""
    text = json.dumps([name, *key], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(name: str, cursor: str, like: Sequence[type]) -> Key:
    """The key that `encode` wrote for the list `name`, with parts of these types.

    Raises ValueError for anything else: an altered cursor, or one of another list.
    """
    key: Key
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        found, *key = json.loads(base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, TypeError, RecursionError) as error:
        raise ValueError(f"cursor {cursor[:40]!r} was not given out by this program") from error
    if found != name:
        raise ValueError(f"cursor {cursor[:40]!r} belongs to another list")
    if len(key) != len(like) or not all(map(_fits, key, like)):
        raise ValueError(f"cursor {cursor[:40]!r} was not given out by this program")
    return key


def _fits(part: object, kind: type) -> bool:
    """A part of this very type, and a whole number that a database can compare with."""
    return type(part) is kind and not (isinstance(part, int) and abs(part) >= 2**63)
