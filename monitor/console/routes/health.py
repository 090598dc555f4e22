"""For supervisors of the daemon: is it alive, and what are its numbers."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request, Response
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from pydantic import BaseModel

from monitor.console.access import Has, Visitor
from monitor.console.exposition import expose
from monitor.console.problems import Problem

router = APIRouter(tags=["health"])
_LOOPBACK = frozenset({"127.0.0.1", "::1"})
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")


class HealthOut(BaseModel):
    """`reasons` only for whoever is signed in."""

    ok: bool
    reasons: list[str] | None = None


@router.get(
    "/healthz", response_model_exclude_none=True, summary="200 while every loop turns and the journal writes"
)
async def healthz(visitor: Visitor, response: Response, services: Has) -> HealthOut:
    """503 otherwise. Dead devices or databases are alarms, not ill health. No login; reasons only with one."""
    health = services.health()
    response.status_code = 200 if health.ok else 503
    return HealthOut(ok=health.ok, reasons=list(health.reasons) if visitor else None)


@router.get("/metrics", summary="Prometheus; a viewer's token, or none from this machine itself")
async def metrics(request: Request, visitor: Visitor, services: Has) -> Response:
    """A request through a proxy is not from this machine, whatever its address says."""
    host = request.client.host if request.client else ""
    here = host in _LOOPBACK and not any(name in request.headers for name in _FORWARDED)
    if visitor is None and not here:
        raise Problem(401, "unauthorized", "A token is needed.", headers={"WWW-Authenticate": "Bearer"})
    # A large page takes tens of milliseconds: not on the loop that polls.
    text = await asyncio.to_thread(expose, services.tally)
    return Response(text, media_type=CONTENT_TYPE_LATEST)
