"""The console with all that belongs to it: the one module that is imported late, in a thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from fastapi import FastAPI

from monitor.console.app import create_app
from monitor.console.callbacks import Take, Tally, callback_router
from monitor.console.server import serve
from monitor.console.services import Services
from monitor.ports import CalledBack

__all__ = ["console", "serve"]


def console(services: Services, called_back: Mapping[str, CalledBack], take: Take, tally: Tally) -> FastAPI:
    """The application; `called_back` are the channels whose providers call us, `take` keeps what they bring."""
    return create_app(replace(services, routers=(callback_router(called_back, take, tally),)))
