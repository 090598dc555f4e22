"""The machine: its clocks, its service manager, its disk, its signals."""

from __future__ import annotations

import asyncio
import ctypes
import fcntl
import gc
import json
import os
import shutil
import socket
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import structlog

from monitor.domain.instant import Instant, instant_of
from monitor.engine.machine import State
from monitor.ports import Permanent

log = structlog.get_logger("host")


class SystemClock:
    """Implements `ports.Timer`. Steady time counts suspend and goes on across restarts of program and machine.

    The anchor is kept in the journal: on the same boot the kernel's boot clock tells exactly how long we were away,
    after a reboot the wall clock does (never counted backwards).
    """

    def __init__(self) -> None:
        self._offset = 0.0

    def now(self) -> Instant:
        """This instant on both clocks, in seconds."""
        return instant_of((time.time(), _boot_clock() + self._offset))

    def sleep(self, seconds: float) -> Coroutine[Any, Any, None]:
        """Wait on the event loop's monotonic time."""
        return asyncio.sleep(seconds)

    def call_later(self, seconds: float, call: Callable[[], None]) -> None:
        """Call on the event loop's monotonic time."""
        asyncio.get_running_loop().call_later(seconds, call)

    def anchor(self) -> str:
        """What `resume` needs later."""
        wall, steady = self.now()
        return json.dumps({"wall": wall, "steady": steady, "boot": _boot_clock(), "boot_id": _boot_id()})

    def resume(self, anchor: str | None) -> None:
        """Go on from a stored anchor. Raises Permanent when it cannot be read: delays would be wrong."""
        if anchor is None:
            return
        try:
            kept = json.loads(anchor)
            steady, wall, boot = float(kept["steady"]), float(kept["wall"]), float(kept["boot"])
            # Unknown (/proc hidden by a sandbox) is not the same: after a reboot the time away would be lost.
            same_boot = bool(kept["boot_id"]) and kept["boot_id"] == _boot_id()
        except (ValueError, KeyError, TypeError) as error:
            raise Permanent(f"the journal's clock anchor cannot be read: {error}") from error
        away = _boot_clock() - boot if same_boot else time.time() - wall
        self._offset = steady + max(0.0, away) - _boot_clock()


def _boot_clock() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def begin_roomy() -> None:
    """Let the interpreter look for circles of garbage rarely, and not at all before `settle_down`: while a site is read, hundreds
    of thousands of objects come to stay, and each look would visit them all."""
    gc.set_threshold(100_000, 20, 100)
    gc.disable()


def settle_down() -> None:
    """What is here now has come to stay: no later look for garbage stops the watch to visit it."""
    gc.freeze()
    gc.enable()


def clear_out() -> None:
    """Let go of all that was there before a reload. It takes a good part of a second: while nothing is watched anyway."""
    gc.unfreeze()
    gc.collect()


class ServiceManager:
    """Talks to systemd when it started us (sd_notify(3)); does nothing otherwise. Never waits and never fails: whether
    anybody listens must not matter to the watch."""

    def __init__(self) -> None:
        self._socket = _notify_socket(os.environ.get("NOTIFY_SOCKET", ""))
        usec = os.environ.get("WATCHDOG_USEC")
        self.watchdog_seconds: float | None = int(usec) / 1_000_000 if usec else None
        self._status = ""

    def ready(self, status: str = "") -> None:
        """Everything that was promised at start is there; without a status: it is there as before."""
        self._status = status or self._status
        self._say(f"READY=1\nSTATUS={_line(self._status)}")

    def waiting(self, status: str, seconds: float) -> None:
        """The start takes longer, for a reason: ask for `seconds` more before it counts as failed."""
        self._say(f"STATUS={_line(status)}\nEXTEND_TIMEOUT_USEC={int(seconds * 1_000_000)}")

    def reloading(self) -> None:
        """The configuration is being read again; `ready` follows, whatever comes of it."""
        self._say(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """We were asked to stop and do."""
        self._say("STOPPING=1\nSTATUS=stopping")

    def alive(self) -> None:
        """Feed the watchdog; called only while every supervised loop turns."""
        self._say("WATCHDOG=1")

    def close(self) -> None:
        """Let go of the socket."""
        if self._socket is not None:
            self._socket.close()

    def _say(self, message: str) -> None:
        if self._socket is None:
            return
        try:
            self._socket.send(message.encode())
        except OSError as error:
            log.warning("service_manager.unheard", reason=error.strerror)


def _line(text: str) -> str:
    """One line: a line break would begin another variable."""
    return " ".join(text.split())


def _notify_socket(address: str) -> socket.socket | None:
    """The way to the service manager; None where there is none. `@` begins an abstract address."""
    if not address.startswith(("/", "@")):
        return None
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        opened.setblocking(False)
        opened.connect("\0" + address[1:] if address.startswith("@") else address)
    except OSError as error:
        opened.close()
        log.warning("service_manager.unreachable", reason=error.strerror)
        return None
    return opened


class StateLock:
    """One daemon to a state directory: two would write one journal."""

    def __init__(self, state: Path) -> None:
        self._path = state / "lock"
        self._file: IO[str] | None = None

    def __enter__(self) -> StateLock:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            file = self._path.open("a+")
        except OSError as error:
            raise Permanent(
                f"{self._path.parent}: state directory cannot be used: {error.strerror}"
            ) from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            other = file.read().strip()
            file.close()
            raise Permanent(
                f"{self._path.parent}: another watchroom (pid {other or '?'}) uses this state"
            ) from None
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        self._file = file
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            self._file.close()


class Machine:
    """Implements `engine.machine.Probe`: the disk under the state directory and the kernel's clock."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._keeps_time = Path("/run/systemd/system").is_dir() and not _contained()

    def look(self) -> State:
        """How it is now."""
        synchronised = clock_synchronised()
        if synchronised is False and not self._keeps_time:
            synchronised = None  # a container, or a machine whose clock is its host's business
        try:
            usage = shutil.disk_usage(self._state)
        except OSError as error:
            log.warning("disk.unknown", reason=error.strerror)
            return State(synchronised=synchronised)
        return State(usage.free, usage.total, synchronised)


def _contained() -> bool:
    marks = ("/run/systemd/container", "/.dockerenv", "/run/.containerenv")
    return "container" in os.environ or any(Path(mark).exists() for mark in marks)


class _Timex(ctypes.Structure):
    """The beginning of `struct timex`; nothing behind `modes` is read, and `modes` 0 changes nothing."""

    _fields_ = [("modes", ctypes.c_uint), ("rest", ctypes.c_char * 252)]


_TIME_ERROR = 5
"""adjtimex(2): the clock is not synchronised."""


def clock_synchronised() -> bool | None:
    """Whether a time service keeps the system clock, by the kernel's word; None where it may not be asked."""
    libc = ctypes.CDLL(None)
    answer = libc.adjtimex(ctypes.byref(_Timex())) if hasattr(libc, "adjtimex") else -1
    return None if answer < 0 else answer != _TIME_ERROR
