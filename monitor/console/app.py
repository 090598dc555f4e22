"""The console as an ASGI application."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, FastAPI

from monitor.console import problems
from monitor.console.armour import Armour, BodyLimit
from monitor.console.routes import (
    alarms,
    connections,
    duty,
    equipment,
    events,
    evidence,
    exports,
    health,
    history,
    load,
    messages,
    pages,
    presence,
    replay,
    reports,
    retrospect,
    rounds,
    session,
    silence,
    stream,
)
from monitor.console.services import Services
from monitor.console.throttle import Throttle

_ROUTES = (
    alarms,
    equipment,
    connections,
    history,
    exports,
    retrospect,
    replay,
    evidence,
    events,
    rounds,
    duty,
    messages,
    reports,
    load,
    stream,
    presence,
    silence,
    session,
    health,
    pages,
)
_ABOUT = (
    "Times are RFC 3339 UTC with milliseconds; errors are application/problem+json; lists are {items, next}."
)


def create_app(services: Services) -> FastAPI:
    """Build the application around the daemon's services. Opens nothing, starts nothing."""
    app = FastAPI(
        title="Watchroom",
        version="1",
        description=_ABOUT,
        openapi_url="/api/openapi.json",
        docs_url=None,  # our own page renders the schema: the policy forbids other people's scripts
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.services = services
    app.state.throttle = Throttle()
    app.state.verifying = asyncio.Semaphore(2)  # a password check takes 64 MB and a sixth of a second
    app.state.stopping = asyncio.Event()  # set before the server stops: streams end by themselves
    problems.install(app)
    for module in _ROUTES:
        app.include_router(module.router)
    for router in services.routers:
        if isinstance(router, APIRouter):
            app.include_router(router)
    app.mount("/static", pages.Files(directory=pages.STATIC))
    # The last added is the outermost.
    app.add_middleware(problems.CatchAll)
    app.add_middleware(BodyLimit)
    app.add_middleware(Armour)
    return app
