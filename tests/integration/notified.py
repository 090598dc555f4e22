"""What systemd would hear: a datagram socket in NOTIFY_SOCKET's place (sd_notify(3))."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Notified:
    """Keeps every datagram with the time it came."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.heard: list[tuple[float, dict[str, str]]] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        while True:
            try:
                datagram = self._socket.recv(65536).decode()
            except OSError:
                return
            if not datagram:
                return
            self.heard.append(
                (time.monotonic(), dict(line.split("=", 1) for line in datagram.splitlines() if "=" in line))
            )

    def times(self, name: str) -> list[float]:
        """When a variable was sent."""
        return [at for at, said in self.heard if name in said]

    def order(self, *names: str) -> list[str]:
        """Which of these were said, in order."""
        return [name for _, said in self.heard for name in names if name in said]

    @property
    def status(self) -> str:
        """The last STATUS."""
        return next((said["STATUS"] for _, said in reversed(self.heard) if "STATUS" in said), "")

    def close(self) -> None:
        """Stop listening."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as last:
            last.sendto(b"", str(self.path))
        self._listener.join(5)
        self._socket.close()


@contextmanager
def notified(path: Path) -> Iterator[Notified]:
    """A notify socket at `path`."""
    listening = Notified(path)
    try:
        yield listening
    finally:
        listening.close()
