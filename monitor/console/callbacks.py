"""Where a provider of messages calls us: `/hooks/CHANNEL/PATH`. What it says is the channel's own business."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

import structlog
from fastapi import APIRouter, Request, Response

from monitor.console.problems import Problem
from monitor.ports import CalledBack, Heard

log = structlog.get_logger("console")

Take = Callable[[str, Heard], Awaitable[None]]


class Tally(Protocol):
    """The daemon's counters."""

    def add(self, name: str, amount: float = 1, **labels: str) -> None: ...


def callback_router(channels: Mapping[str, CalledBack], take: Take, tally: Tally) -> APIRouter:
    """Routes for the channels that are called back. `take` returns when what was heard is stored, so that a provider
    whose call was not answered with 200 brings it again."""
    router = APIRouter(include_in_schema=False)
    refused: set[str] = set()

    @router.get("/hooks/{channel}/{path}")
    async def hook(channel: str, path: str, request: Request) -> Response:
        called = channels.get(channel)
        if called is None:
            raise Problem(404, "not_found", "There is no such channel, or nobody calls it back.")
        peer = request.client.host if request.client else ""
        try:
            heard = called.callback(path, request.query_params, peer)
        except PermissionError as error:
            tally.add("callbacks_total", channel=channel, outcome="refused")
            if channel not in refused:  # the first of a row; the others are counted
                log.warning("callback.refused", channel=channel, peer=peer, reason=str(error))
            refused.add(channel)
            raise Problem(403, "forbidden", "This call is not let in.") from None
        except ValueError as error:
            tally.add("callbacks_total", channel=channel, outcome="unread")
            raise Problem(400, "invalid", str(error)) from None
        refused.discard(channel)
        await take(channel, heard)
        tally.add("callbacks_total", channel=channel, outcome="taken")
        return Response(status_code=200, media_type="text/plain")

    return router
