"""A mail server that keeps what it is given (RFC 5321, the few commands that a client needs)."""

from __future__ import annotations

import asyncio
import email
import email.policy
from email.message import EmailMessage
from typing import Self


class MailServer:
    """`mails` are (recipient, message); `refuse` answers the next recipients with 550."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, EmailMessage]] = []
        self.refuse = False
        self.port = 0
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        recipient = ""
        writer.write(b"220 test\r\n")
        while line := (await reader.readline()).decode().strip():
            command = line[:4].upper()
            if command == "RCPT":
                recipient = line.partition("<")[2].partition(">")[0]
                writer.write(b"550 no such reader\r\n" if self.refuse else b"250 ok\r\n")
            elif command == "DATA":
                writer.write(b"354 go on\r\n")
                content = await reader.readuntil(b"\r\n.\r\n")
                parsed = email.message_from_bytes(content[:-5], policy=email.policy.default)
                assert isinstance(parsed, EmailMessage)
                self.mails.append((recipient, parsed))
                writer.write(b"250 kept\r\n")
            elif command == "QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(b"250 ok\r\n")
        writer.close()
