"""HTTP to a database server on the site's own network."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Any

import httpx

from monitor.ports import Transient

TIMEOUT = 15.0
"""Seconds for one request."""


class Web:
    """One server at `base` (`http://host:port`); `kind` is what messages call it."""

    def __init__(
        self,
        kind: str,
        base: str,
        headers: Mapping[str, str] | None = None,
        auth: httpx.BasicAuth | None = None,
    ) -> None:
        self.kind = kind
        self.base = base
        self._client = httpx.AsyncClient(
            base_url=base,
            headers=headers,
            auth=auth,
            timeout=TIMEOUT,
            # The system's certificates; a proxy meant for the web is no way to a database.
            verify=ssl.create_default_context() if base.startswith("https") else False,
            trust_env=False,
        )

    async def ask(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """One request. Raises Transient when no whole answer came."""
        try:
            return await self._client.request(method, path, **arguments)
        except httpx.HTTPError as error:
            raise Transient(f"{self.kind} {self.base}: {error or type(error).__name__}") from error

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()
