"""Buses, gateways and brokers: which are up, what comes from them."""

from __future__ import annotations

from fastapi import APIRouter

from monitor.console.access import Has, Language, Viewer
from monitor.console.paging import Cursor, Limit, Listed, cut
from monitor.console.shapes.connections import ConnectionOut, connection

router = APIRouter(prefix="/api/v1", tags=["equipment"])


@router.get("/connections", summary="How each connection fares, and who behind it answers")
async def all_connections(
    _: Viewer, services: Has, language: Language, limit: Limit = 200, cursor: Cursor = None
) -> Listed[ConnectionOut]:
    """In the order of the configuration."""
    page, after = cut(list(services.site.connections.values()), limit, cursor, lambda one: one.id)
    health = services.connections.health(services.clock.now())
    items = [connection(one, health.get(one.id), services, language) for one in page]
    return Listed(items=items, next=after)
