"""An HTTP server that answers by script: the faults of a database server, one after the other."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True, slots=True)
class Heard:
    """One request as it came."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said; `drop` reads the request and closes without a word."""

    status: int = 204
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False


class ScriptedHttp:
    """Writes are answered from `script` (204 when it is empty), pings by `ping`, everything else with 404."""

    def __init__(self) -> None:
        self.script: deque[Answer] = deque()
        self.ping = Answer(204, headers={"X-Influxdb-Build": "OSS", "X-Influxdb-Version": "1.8.10"})
        self.others: dict[str, Answer] = {}
        self.writes: list[Heard] = []
        self.heard: list[Heard] = []
        self.refuse: dict[bytes, Answer] = {}
        """A write whose body contains the key gets this answer."""
        self.largest: int | None = None
        """Bodies longer than this get 413."""
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        await self._server.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            while (heard := await self._hear(reader)) is not None:
                answer = self._answer(heard)
                if answer.drop:
                    break
                writer.write(_bytes(answer))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(task)
            writer.close()

    async def _hear(self, reader: asyncio.StreamReader) -> Heard | None:
        line = await reader.readline()
        if not line:
            return None
        method, target, _ = line.decode().split(" ", 2)
        headers = {}
        while (header := (await reader.readline()).decode().strip()) != "":
            name, _, value = header.partition(":")
            headers[name.strip().lower()] = value.strip()
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        url = urlsplit(target)
        return Heard(method, url.path, parse_qs(url.query), headers, body)

    def _answer(self, heard: Heard) -> Answer:
        self.heard.append(heard)
        if heard.path == "/ping":
            return self.ping
        if not heard.path.endswith("/write"):
            return self.others.get(heard.path, Answer(404, "404 page not found"))
        self.writes.append(heard)
        if self.script:
            return self.script.popleft()
        if self.largest is not None and len(heard.body) > self.largest:
            return Answer(413, '{"error":"Request Entity Too Large"}')
        return next((answer for part, answer in self.refuse.items() if part in heard.body), Answer())


def _bytes(answer: Answer) -> bytes:
    body = answer.body.encode()
    head = f"HTTP/1.1 {answer.status} Scripted\r\nContent-Length: {len(body)}\r\n"
    if answer.status == 204:
        head = f"HTTP/1.1 {answer.status} Scripted\r\n"
    return (head + "".join(f"{k}: {v}\r\n" for k, v in answer.headers.items()) + "\r\n").encode() + body
