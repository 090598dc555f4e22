"""What surrounds every answer: security headers, and a limit on what is taken in."""

from __future__ import annotations

from fastapi import HTTPException
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.console.problems import Problem, answer

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
BODY_LIMIT = 64 * 1024
"""Bytes. The largest thing a person sends is a handover text."""


class Armour:
    """Adds the headers to every answer, errors included. What says nothing about caching is not cached."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass through, with headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def armoured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, armoured)


class BodyLimit:
    """Refuses a body that is said to be, or turns out to be, larger than the limit."""

    def __init__(self, app: ASGIApp, limit: int = BODY_LIMIT) -> None:
        self._app = app
        self._limit = limit
        self._detail = f"At most {limit} bytes are taken."

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass through, counting."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        said = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._limit:
                # The framework reads the body and lets only this kind of error through as it is.
                raise HTTPException(413, detail=self._detail)
            return message

        if said.isdigit() and int(said) > self._limit:
            problem = Problem(413, "content_too_large", self._detail, headers={"Connection": "close"})
            await answer(problem)(scope, receive, send)
            return
        await self._app(scope, counted, send)
