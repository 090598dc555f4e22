"""HTTP to a database server on the site's own network."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from monitor.ports import Transient

if TYPE_CHECKING:
    import httpx

TIMEOUT = 15.0
"""Seconds for one request."""


class Web:
    """One server at `base` (`http://host:port`); `kind` is what messages call it."""

    def __init__(
        self,
        kind: str,
        base: str,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
    ) -> None:
        """`auth` is a username and its password, for HTTP basic authentication."""
        self.kind = kind
        self.base = base
        self._headers = headers
        self._auth = auth
        self._client: httpx.AsyncClient | None = None

    async def ask(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """One request. Raises Transient when no whole answer came."""
        # Not before: polling need not wait for it at a start.
        httpx = (
            await asyncio.to_thread(import_module, "httpx")
            if self._client is None
            else import_module("httpx")
        )
        if self._client is None:
            self._client = self._open(httpx)
        try:
            return await self._client.request(method, path, **arguments)
        except httpx.HTTPError as error:
            raise Transient(f"{self.kind} {self.base}: {error or type(error).__name__}") from error

    async def close(self) -> None:
        """Let go of the connections."""
        if self._client is not None:
            await self._client.aclose()

    def _open(self, httpx: Any) -> httpx.AsyncClient:
        return httpx.AsyncClient(  # type: ignore[no-any-return]  # it is imported late
            base_url=self.base,
            headers=self._headers,
            auth=self._auth,
            timeout=TIMEOUT,
            # The system's certificates; a proxy meant for the web is no way to a database.
            verify=ssl.create_default_context() if self.base.startswith("https") else False,
            trust_env=False,
        )
