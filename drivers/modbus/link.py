"""One connection to one bus, gateway or device: kept up by itself, one request at a time, no answer believed unseen."""

from __future__ import annotations

import asyncio
import os
import random
import ssl
import termios
from typing import Final

from pymodbus.client.base import ModbusBaseClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ModbusPDU

from drivers.modbus.answers import LinkLost, Refused, Unanswered, data_of
from drivers.modbus.plan import Block
from drivers.modbus.settings import ModbusConnectionSettings
from drivers.modbus.wire import Answer, open_client, request
from monitor.ports import Clock, NotConnected

FIRST_PAUSE: Final = 0.2
LONGEST_PAUSE: Final = 30.0
LOST: Final = "the connection was lost"
QUIET: Final = 0.1
"""Seconds a serial line is left alone after a time-out, for an answer that is only late."""
SILENCES: Final = 3
"""Time-outs in a row, nobody answering between them, after which the connection itself is suspected (half open)."""


class Link:
    """Connects at the first request and from then on whenever it must, until closed."""

    def __init__(self, settings: ModbusConnectionSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._turn = asyncio.Lock()
        self._keeper: asyncio.Task[None] | None = None
        self._client: ModbusBaseClient | None = None
        self._tried = asyncio.Event()
        self._gone = asyncio.Event()
        self._problem = ""
        self._awaiting = False
        self._failures = 0
        self._silences = 0

    async def ask(self, unit: int, block: Block, timeout: float | None = None) -> bytes:
        """The data of one block, verified; `timeout` in seconds, None for the connection's.

        Raises NotConnected, LinkLost, Unanswered, or Refused for a Modbus exception.
        """
        async with self._turn:
            client = await self._connected()
            answer = await self._exchange(
                client, request(unit, block), block, timeout or self._settings.timeout
            )
            data = self._verified(answer, unit, block)
            if self._settings.pause:
                await self._clock.sleep(self._settings.pause)
            return data

    async def close(self) -> None:
        """Let go of the socket; idempotent. A later request would connect again."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
        self._problem = "closed"
        self._tried.set()

    # One request

    async def _exchange(
        self, client: ModbusBaseClient, asked: ModbusPDU, block: Block, timeout: float
    ) -> ModbusPDU:
        self._awaiting = True
        try:
            async with asyncio.timeout(timeout):
                answer: ModbusPDU = await client.ctx.execute(False, asked)
        except TimeoutError:
            self._after_silence(client)
            raise Unanswered(f"{block}: no answer within {timeout:g} s") from None
        except asyncio.CancelledError:
            self._drop_if_unsure(client)
            raise
        except ModbusException as error:
            self._drop()
            raise Unanswered(f"{block}: {error}") from error
        finally:
            self._awaiting = False
        if self._settings.url.numbered and answer.transaction_id != asked.transaction_id:
            self._drop()
            raise Unanswered(f"{block}: an answer to another request")
        return answer

    def _verified(self, answer: ModbusPDU, unit: int, block: Block) -> bytes:
        if not isinstance(answer, Answer) or answer.dev_id != unit:
            self._drop()
            raise Unanswered(f"{block}: unit {answer.dev_id} answered for unit {unit}")
        try:
            data = data_of(answer.function_code, answer.content, block)
        except Unanswered:
            self._drop()
            raise
        except Refused:
            self._failures = self._silences = 0
            raise
        self._failures = self._silences = 0
        return data

    def _after_silence(self, client: ModbusBaseClient) -> None:
        self._silences += 1
        if self._silences >= SILENCES:
            self._drop()
        else:
            self._drop_if_unsure(client)

    def _drop_if_unsure(self, client: ModbusBaseClient) -> None:
        """A request was given up. Its answer may still come: harmless where answers are numbered and none is half here.

        Elsewhere it would be taken for the answer to the next request, so the connection is made anew.
        """
        if not self._settings.url.numbered or client.ctx.recv_buffer:
            self._drop()

    def _drop(self) -> None:
        """Let the keeper make the connection anew, at once."""
        self._silences = 0
        self._client = None
        self._tried.clear()
        self._gone.set()

    # Keeping it up

    async def _connected(self) -> ModbusBaseClient:
        if self._keeper is None:
            self._tried.clear()
            self._keeper = asyncio.create_task(self._keep(), name=f"modbus {self._settings.url}")
            self._keeper.add_done_callback(lambda _: self._tried.set())
        await self._tried.wait()
        if self._keeper is not None and self._keeper.done():
            self._keeper.result()  # a bug in the keeper shows here, not in silence
        if self._client is None:
            raise NotConnected(f"{self._settings.url}: {self._problem}")
        return self._client

    async def _keep(self) -> None:
        while True:
            self._gone.clear()
            client, problem = await self._open()
            if client is not None:
                try:
                    await self._until_gone(client)
                finally:
                    self._client = None
                    client.close()
            if self._tried.is_set() or problem:  # not dropped by ourselves
                self._problem = problem or LOST
                self._failures += 1
                self._tried.set()
                await self._clock.sleep(self._pause())
            elif self._settings.url.serial:
                await self._clock.sleep(QUIET)

    async def _open(self) -> tuple[ModbusBaseClient | None, str]:
        """Try once: a connected client, or what was wrong."""
        client: ModbusBaseClient | None = None
        try:
            client = open_client(self._settings, self._on_connected)
            async with asyncio.timeout(self._settings.timeout):
                # Not client.connect(): that one keeps the reason to itself.
                client.ctx.transport, _ = await client.ctx.call_create()
            await self._clock.sleep(self._settings.pause_after_connect)
        except TimeoutError:
            problem = f"no connection within {self._settings.timeout:g} s"
        except OSError as error:
            problem = _reason(error)
        except termios.error as error:  # a line that cannot do what the URL asks of it
            problem = f"the line refuses baud, parity or stop bits: {error.args[-1]}"
        else:
            return client, ""
        if client is not None:
            client.close()
        return None, problem

    async def _until_gone(self, client: ModbusBaseClient) -> None:
        if not self._gone.is_set():
            self._client = client
            self._silences = 0
        self._tried.set()
        await self._gone.wait()

    def _pause(self) -> float:
        """Longer after each failure and never the same for two links, so that a gateway is not stormed when it returns.

        A connection that was lost after it had served is made anew nearly at once.
        """
        longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(self._failures - 1, 10))
        return longest * random.uniform(0.5, 1.0)  # noqa: S311  spreading, not secrecy

    def _on_connected(self, up: bool) -> None:
        """The library's word; without passing it on, a request would wait its whole time-out on a link that is gone."""
        if up:
            return
        client, self._client = self._client, None
        self._problem = LOST
        self._gone.set()
        if client is not None and self._awaiting and not client.ctx.response_future.done():
            client.ctx.response_future.set_exception(
                LinkLost("the connection was lost while waiting for the answer")
            )


def _reason(error: OSError) -> str:
    """`Connection refused` rather than asyncio's "Connect call failed" with the address once more."""
    if error.errno is not None and error.errno > 0 and not isinstance(error, ssl.SSLError):
        return os.strerror(error.errno)
    return error.strerror or str(error)
