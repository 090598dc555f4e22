"""Lists are `{"items": [...], "next": cursor or null}`."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel

from monitor.console.problems import Problem
from monitor.ports import Page

Limit = Annotated[int, Query(ge=1, le=1000, description="At most so many items")]
Cursor = Annotated[str | None, Query(description="`next` of the page before")]

T = TypeVar("T")


class Listed(BaseModel, Generic[T]):
    """One page; `next` is null at the end."""

    items: list[T]
    next: str | None = None


async def fetched(page: Awaitable[Page[T]]) -> Page[T]:
    """A page of the record. It raises ValueError only for a cursor that it did not give out."""
    try:
        return await page
    except ValueError:
        raise _strange() from None


def cut(
    items: Sequence[T], limit: int, cursor: str | None, key: Callable[[T], str]
) -> tuple[list[T], str | None]:
    """A page of a list held in memory. The cursor names the last item seen, so that a changed list repeats nothing."""
    start = 0
    if cursor is not None:
        last = _open(cursor)
        start = next((i + 1 for i, item in enumerate(items) if key(item) == last), len(items))
    page = list(items[start : start + limit])
    more = start + limit < len(items)
    return page, _seal(key(page[-1])) if more and page else None


def _seal(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def _open(cursor: str) -> str:
    try:
        return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, ValueError):
        raise _strange() from None


def _strange() -> Problem:
    return Problem(422, "invalid", "This cursor is not one of ours.")
