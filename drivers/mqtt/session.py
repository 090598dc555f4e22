"""One connection to a broker from CONNECT to its end: paho-mqtt on the event loop's own sockets.

No thread and no queue of ours stand between the socket and the inlet: a message is read and handed over in one turn of
the loop, and acknowledged when the inlet says that all it took is safe, many at once. What we are too slow for stays with
TCP and the broker, which counts it; nothing can be dropped here. Only the blocking part, name lookup with TCP and TLS
handshake, runs on a worker thread.

There is no publishing and no last will: nothing we send moves anything (see `lend`).
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from drivers.mqtt.backoff import Ended
from drivers.mqtt.client import Client, decrypted, tls_context
from drivers.mqtt.packets import Message
from drivers.mqtt.settings import MqttConnectionSettings
from drivers.mqtt.unacknowledged import Unacknowledged, pubacks

QOS = 1
MAX_PACKET = 1024 * 1024
"""Bytes; an MQTT 5 broker is asked never to send a larger packet, so that none can fill our memory."""
MISC_S = 1.0
HELD_S = 10.0
"""Seconds after which what does not become safe must not keep us from hearing."""
SETTLE_S = 0.5
"""Seconds that a clean end waits for what was heard last to be safe."""

_SLOW = {"Not authorized", "Bad user name or password", "Client identifier not valid", "Banned"}
_TAKEN_OVER = "Session taken over"
_VERSION = "Unsupported protocol version"
_UNSAID = " before it answered: perhaps it does not take our certificate"
"""A broker that closes at once may cut off its own alert (RFC 8446 section 6.2 asks for it, TCP may drop it)."""
_SILENT = {"Keep alive timeout": "no answer to keep-alive", "Protocol error": "protocol error"}


class Session:
    """Use once: `open`, `subscribe`, `ended`, `close`. `on_message` is called on the event loop."""

    def __init__(
        self,
        settings: MqttConnectionSettings,
        version: int,
        on_message: Callable[[Message], None],
        *,
        everything: Sequence[str],
        unacknowledged: Unacknowledged,
        safe: Callable[[], Awaitable[None]],
        patience: float,
    ) -> None:
        """`everything` are all filters that are subscribed to; `safe` returns when everything that `on_message` took
        before it was called may be acknowledged; `patience` is how long an answer to CONNECT is waited for, in seconds.
        """
        self._settings = settings
        self._on_message = on_message
        self._loop = asyncio.get_running_loop()
        self._accepted: asyncio.Future[bool] = self._loop.create_future()
        self._granted: dict[int, asyncio.Future[list[ReasonCode]]] = {}
        self._over: asyncio.Future[Ended] = self._loop.create_future()
        self._version = version
        self._patience = patience
        self._unacknowledged = unacknowledged
        self._safe = safe
        self._everything = everything
        self._waiting = asyncio.Event()
        self._many = asyncio.Event()
        self._settling = False
        self._acknowledging: asyncio.Task[None] | None = None
        self._misc: asyncio.TimerHandle | None = None
        self._client = self._make(version)

    @property
    def _max_packet(self) -> int:
        """Bytes; twice the payload leaves room for topic and properties."""
        return max(MAX_PACKET, 2 * self._settings.max_payload)

    def _make(self, version: int) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._settings.client_id,
            protocol=paho.MQTTv5 if version == 5 else paho.MQTTv311,
            clean_session=None if version == 5 else self._settings.session_expiry == 0,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        client.attend(self._max_packet, version)
        client.connect_timeout = self._settings.timeout
        if self._settings.username is not None:
            password = self._settings.password
            client.username_pw_set(self._settings.username, password.get_secret_value() if password else None)
        client.on_connect = self._connected
        client.on_subscribe = self._subscribed
        client.on_disconnect = self._disconnected
        return client

    async def open(self) -> bool | Ended:
        """Connect. True when the broker had kept our session, False for a new one, Ended when it did not come about."""
        connecting = self._loop.run_in_executor(None, self._connect)
        try:
            await asyncio.shield(connecting)
        except asyncio.CancelledError:
            # A thread cannot be cancelled: its socket is closed when it is done.
            connecting.add_done_callback(self._abandoned)
            raise
        except ssl.SSLError as error:
            return Ended(
                f"TLS: {error.verify_message if isinstance(error, ssl.SSLCertVerificationError) else error}",
                slow=True,
            )
        except OSError as error:
            host, port = self._settings.address
            return Ended(f"{host}:{port}: {error.strerror or error or type(error).__name__}")
        except ValueError as error:
            return Ended(str(error), slow=True)
        self._attach()
        await self._either(self._accepted, self._patience)
        if self._over.done():
            return self._over.result()
        if not self._accepted.done():
            return Ended(f"no answer to CONNECT in {self._patience:g} s", version_unknown=True)
        self._acknowledging = asyncio.create_task(self._acknowledge())
        return self._accepted.result()

    async def subscribe(
        self, filters: Sequence[str], qos: int = QOS, *, retained: bool = True
    ) -> dict[str, str] | Ended:
        """Subscribe, and get what is `retained` (MQTT 3.1.1 sends it in any case). The refused filters and why, or Ended."""
        if not filters:
            return {}
        code, mid = self._client.subscribe([(filter_, self._options(qos, retained)) for filter_ in filters])
        if code is not MQTTErrorCode.MQTT_ERR_SUCCESS or mid is None:
            return (
                self._over.result() if self._over.done() else Ended(f"subscribing: {paho.error_string(code)}")
            )
        granted: asyncio.Future[list[ReasonCode]] = self._loop.create_future()
        self._granted[mid] = granted
        await self._either(granted, self._settings.timeout)
        if not granted.done():
            return self._over.result() if self._over.done() else Ended("no answer to SUBSCRIBE")
        return {f: str(code) for f, code in zip(filters, granted.result(), strict=False) if code.is_failure}

    async def _either(self, answer: asyncio.Future[Any], patience: float) -> None:
        """Wait for an answer, the end, or `patience` seconds."""
        both: set[asyncio.Future[Any]] = {answer, self._over}
        await asyncio.wait(both, timeout=patience, return_when=asyncio.FIRST_COMPLETED)

    def _options(self, qos: int, retained: bool) -> Any:
        if self._version != 5:
            return qos
        handling = (
            SubscribeOptions.RETAIN_SEND_ON_SUBSCRIBE if retained else SubscribeOptions.RETAIN_DO_NOT_SEND
        )
        return SubscribeOptions(qos=qos, retainHandling=handling)

    def lend(self, use: Callable[[paho.Client], object]) -> None:
        """The client for the one request that may be made of anybody, drivers.mqtt.sparkplug.rebirth, and for nothing else."""
        if not self._over.done():
            use(self._client)

    async def ended(self) -> Ended:
        """Wait until the connection is over; why."""
        return await asyncio.shield(self._over)

    async def settle(self) -> None:
        """Before a clean end: acknowledge what can be safe at once, so that it is not sent again. Hear nothing more."""
        link = self._client.socket()
        if link is None or self._acknowledging is None:
            return
        self._loop.remove_reader(link)
        self._settling = True
        self._waiting.set()
        self._many.set()
        await asyncio.wait([self._acknowledging], timeout=SETTLE_S)

    def close(self) -> None:
        """Disconnect, keeping the session at the broker; idempotent."""
        if self._misc is not None:
            self._misc.cancel()
            self._misc = None
        if self._acknowledging is not None:
            self._acknowledging.cancel()
        link = self._client.socket()
        if link is None:
            return
        self._client.on_socket_close = None
        self._client.on_socket_register_write = None
        self._client.on_socket_unregister_write = None
        self._detach(link)
        self._client.disconnect()  # without the hooks it is sent here and now, as far as the socket takes it
        link.close()

    def _abandoned(self, connecting: asyncio.Future[None]) -> None:
        if connecting.exception() is None:
            self.close()

    # On the worker thread

    def _connect(self) -> None:
        if self._settings.tls:
            self._client.tls = tls_context(self._settings)
        host, port = self._settings.address
        if self._version == 5:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.SessionExpiryInterval = int(self._settings.session_expiry)
            properties.MaximumPacketSize = self._max_packet
            properties.ReceiveMaximum = self._settings.receive_maximum
            self._client.connect(
                host, port, int(self._settings.keepalive), clean_start=False, properties=properties
            )
        else:
            self._client.connect(host, port, int(self._settings.keepalive))

    # On the event loop

    def _attach(self) -> None:
        """Watch the socket from here on; callbacks set only now, so that none ever runs on the worker thread."""
        link = self._client.socket()
        if link is None:
            self._finish(Ended("closed by the broker", version_unknown=True))
            return
        self._client.on_socket_close = lambda _c, _u, closing: self._detach(closing)
        self._client.on_socket_register_write = lambda _c, _u, busy: self._write_later(busy)
        self._client.on_socket_unregister_write = lambda _c, _u, idle: self._write_no_more(idle)
        self._loop.add_reader(link, self._readable)
        if self._client.want_write():
            self._write_later(link)
        self._keep_alive()

    def _write_later(self, socket: Any) -> None:
        self._loop.add_writer(socket, self._client.loop_write)

    def _write_no_more(self, socket: Any) -> None:
        self._loop.remove_writer(socket)

    def _detach(self, socket: Any) -> None:
        self._loop.remove_reader(socket)
        self._loop.remove_writer(socket)

    def _readable(self) -> None:
        try:
            for message in self._client.read():
                self._heard(message)
        except Exception as error:  # noqa: BLE001  what a broker may send to make paho-mqtt raise is anybody's guess
            self._finish(Ended(f"not understood: {error!r}"))
            return
        link = self._client.socket()
        if link is not None and decrypted(link):
            self._loop.call_soon(self._readable)  # decrypted bytes that wait make no socket readable
        elif link is not None and self._client.want_write():
            self._client.loop_write()

    def _keep_alive(self) -> None:
        self._misc = None
        self._client.loop_misc()
        if self._client.socket() is not None:
            self._misc = self._loop.call_later(MISC_S, self._keep_alive)

    def _connected(
        self, _c: paho.Client, _u: Any, flags: paho.ConnectFlags, code: ReasonCode, _p: Any
    ) -> None:
        if code.is_failure:
            self._finish(
                Ended(f"refused: {code}", slow=str(code) in _SLOW, version_unknown=str(code) == _VERSION)
            )
        elif not self._accepted.done():
            self._unacknowledged.connected(flags.session_present)  # now: messages may follow in the same read
            self._accepted.set_result(flags.session_present)

    def _subscribed(self, _c: paho.Client, _u: Any, mid: int, codes: list[ReasonCode], _p: Any) -> None:
        granted = self._granted.pop(mid, None)
        if granted is not None and not granted.done():
            granted.set_result(codes)

    def _heard(self, message: Message) -> None:
        if self._over.done():
            return
        known = message.identifier
        fingerprint = hash((message.topic, message.payload)) if known else 0
        if not (known and message.duplicate and self._unacknowledged.repeated(known, fingerprint)):
            try:
                self._on_message(message)
            except Exception as error:  # noqa: BLE001  not swallowed: unacknowledged, and raised out of `ended`
                self._over.set_exception(error)
                return
        if known:
            self._waiting.set()
            if self._unacknowledged.add(known, fingerprint, self._loop.time()):
                self._many.set()

    async def _acknowledge(self) -> None:
        """Ask whether all is safe when it is time, and let the broker forget what was asked about; until `settle`."""
        try:
            while not self._settling or len(self._unacknowledged):
                await self._waiting.wait()
                await self._until_due()
                self._waiting.clear()
                self._many.clear()
                taken = self._unacknowledged.take()
                await self._made_safe()
                self._client.acknowledge(pubacks(taken))
        except Exception as error:  # noqa: BLE001  not swallowed: unacknowledged, and raised out of `ended`
            if not self._over.done():
                self._over.set_exception(error)

    async def _made_safe(self) -> None:
        """Wait until all is safe. Where that takes long the broker soon sends no more of what it wants acknowledged, and
        we would be deaf while a disk is full: meanwhile everything is subscribed to at QoS 0, to hear and judge it at least.
        """
        safe = asyncio.ensure_future(self._safe())
        try:
            await asyncio.wait([safe], timeout=HELD_S)
            if not safe.done():
                await self.subscribe(self._everything, 0, retained=False)
                await asyncio.wait([safe])
                await self.subscribe(self._everything, retained=False)
            safe.result()
        finally:
            safe.cancel()

    async def _until_due(self) -> None:
        while not self._settling and (pause := self._unacknowledged.pause(self._loop.time())):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._many.wait(), pause)

    def _disconnected(
        self, _c: paho.Client, _u: Any, flags: paho.DisconnectFlags, code: ReasonCode, _p: Any
    ) -> None:
        if flags.is_disconnect_packet_from_server:
            why = str(code)
            said = f"disconnected by the broker: {why}"
            self._finish(Ended(said, slow=why in _SLOW, taken_over=why == _TAKEN_OVER))
        elif self._client.alert:
            self._finish(Ended(f"TLS: the broker refuses: {self._client.alert}", slow=True))
        else:
            reason = _SILENT.get(str(code), "closed by the broker or the network")
            unheard = not self._accepted.done()
            self._finish(Ended(reason + _UNSAID * (unheard and self._settings.tls), version_unknown=unheard))

    def _finish(self, ended: Ended) -> None:
        if not self._over.done():
            self._over.set_result(ended)
