"""paho-mqtt fed by us: it keeps connect, subscribe and keep-alive, we read the socket and take the messages out.

paho-mqtt 2.2 reads a packet byte by byte and costs 33 to 154 us for each message. The few private names of it that are
used here are all in this file; the version is pinned, and `tests/drivers/mqtt` meets them on the wire.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator

from paho.mqtt import client as paho

from drivers.mqtt.packets import MESSAGE, Message, Packets, message
from drivers.mqtt.settings import MqttConnectionSettings

A_TURN = 16 * 1024
"""Bytes read before the other tasks of the loop get their turn: some hundred messages. A TLS record is as long."""
_PUBACK = 0x40


class Client(paho.Client):
    """Leaves no socket behind when a TLS handshake fails, and does not wait for one for ever.

    `attend(limit, version)` once before it is read; then `read()` when the socket is readable.
    """

    tls: ssl.SSLContext | None = None
    alert = ""
    """What the other side said when it ended TLS: with TLS 1.3 it refuses our certificate only after the handshake."""
    _fed = b""
    _failure: OSError | None = None
    _packets: Packets
    _spoken_version: int

    def attend(self, limit: int, version: int) -> None:
        """Expect packets of at most `limit` bytes of MQTT `version` (3 or 5)."""
        self._packets = Packets(limit)
        self._spoken_version = version

    def read(self) -> Iterator[Message]:
        """The messages of one look at the socket; whatever else came is handled meanwhile. Raises packets.Malformed."""
        link = self.socket()
        if link is None:
            return
        try:
            data = link.recv(A_TURN)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return
        except OSError as error:
            if isinstance(error, ssl.SSLError):
                self.alert = str(error.reason or error).lower().replace("_", " ")
            self._failure = error
            data = b""
        if not data:
            self.loop_read()  # it finds the end, and says so
            return
        self._last_bytes_received = time.monotonic()
        for packet in self._packets.feed(data):
            if packet.whole[0] >> 4 == MESSAGE:
                yield message(packet, self._spoken_version)
            else:
                self._handle(packet.whole)
                if self.socket() is None:
                    return

    def acknowledge(self, packets: bytes) -> None:
        """Send PUBACK packets that are ready, all at once."""
        self._packet_queue(_PUBACK, packets, 0, 1)
        if self.want_write():
            self.loop_write()

    def _handle(self, packet: bytes) -> None:
        self._fed = packet
        while self._fed and self.socket() is not None:
            self.loop_read()

    def _sock_recv(self, bufsize: int) -> bytes:
        """What paho-mqtt reads: a packet that we hand it, or the end that we have met."""
        if self._fed:
            data, self._fed = self._fed[:bufsize], self._fed[bufsize:]
            return data
        if self._failure is not None:
            raise self._failure
        return b""

    def _create_socket(self) -> socket.socket:
        plain = socket.create_connection((self._host, self._port), timeout=self._connect_timeout)
        if self.tls is None:
            return plain
        return self.tls.wrap_socket(plain, server_hostname=self._host)  # closes it itself where it fails


def decrypted(link: object) -> bool:
    """Whether TLS holds bytes that were decrypted already."""
    return isinstance(link, ssl.SSLSocket) and link.pending() > 0


def tls_context(settings: MqttConnectionSettings) -> ssl.SSLContext:
    """Whom to believe and who we are. Raises ValueError that names the file which cannot be used."""
    files = str(settings.ca)
    try:
        context = ssl.create_default_context(cafile=settings.ca)
        if settings.cert is not None:
            files = f"{settings.cert} with {settings.key}"
            context.load_cert_chain(settings.cert, settings.key)
    except OSError as error:  # ssl.SSLError is one
        raise ValueError(f"TLS: {files}: {error.strerror or error}") from error
    return context
