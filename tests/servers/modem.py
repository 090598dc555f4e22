"""A GSM modem on a pseudo-terminal: enough of 3GPP TS 27.005 (PDU mode) and TS 23.040 for smsd to send and receive."""

from __future__ import annotations

import contextlib
import os
import pty
import shutil
import threading
import time
import tty
from dataclasses import dataclass

TIMESTAMP = bytes.fromhex("62113221000023")
"""A service centre time stamp: 2026-11-23 12:00, quarter hours of +8 h."""


@dataclass(frozen=True)
class Submitted:
    """One part that was handed to the network. `wide` is True for UCS-2."""

    number: str
    text: str
    wide: bool
    reference: int
    parts: int
    part: int


class Modem:
    """Answers on `path` until `close`. `refuse` and `silent` are its faults; `reports` whether handsets confirm."""

    def __init__(self) -> None:
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self.path = os.ttyname(self._slave)
        if os.geteuid() == 0:
            shutil.chown(self.path, "nobody")
        self.submitted: list[Submitted] = []
        self.refuse = False
        self.silent = False
        self.reports: int | None = 0
        """TP-Status of the reports; None for a handset that never confirms."""
        self._memory: dict[int, bytes] = {}
        self._count = 0
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def receive(self, number: str, text: str) -> None:
        """A person's message arrives."""
        body = text.encode("utf-16-be")
        pdu = b"\x00\x04" + _address(number) + b"\x00\x08" + TIMESTAMP + bytes([len(body)]) + body
        self._store(pdu)

    def messages(self) -> list[tuple[str, str]]:
        """Number and text of each message of which all parts were sent."""
        whole, waiting = [], dict[tuple[str, int], dict[int, str]]()
        for one in list(self.submitted):
            parts = waiting.setdefault((one.number, one.reference), {})
            parts[one.part] = one.text
            if len(parts) == one.parts:
                whole.append((one.number, "".join(text for _, text in sorted(parts.items()))))
                del waiting[(one.number, one.reference)]
        return whole

    def close(self) -> None:
        """Unplug it."""
        with contextlib.suppress(OSError):
            os.close(self._slave)
        with contextlib.suppress(OSError):
            os.close(self._master)
        self._thread.join(2)

    # The wire

    def _run(self) -> None:
        pending = b""
        expecting = False
        while True:
            try:
                data = os.read(self._master, 4096)
            except OSError:
                return
            if not data:
                return
            pending += data
            while True:
                if expecting and pending.lstrip().startswith(b"AT"):
                    expecting = False  # whoever began the message is gone
                end = b"\x1a" if expecting else b"\r"
                line, found, rest = pending.partition(end)
                if not found:
                    break
                pending = rest
                if self.silent:
                    expecting = False
                    continue
                if expecting:
                    expecting = False
                    self._say(self._submit(line))
                else:
                    expecting = self._command(line.strip().decode("ascii", "replace").upper())

    def _say(self, *lines: str) -> None:
        with contextlib.suppress(OSError):
            os.write(self._master, "".join(f"\r\n{line}\r\n" for line in lines).encode())

    def _command(self, command: str) -> bool:
        """Answer one command; True when a PDU follows."""
        if command.startswith("AT+CMGS="):
            os.write(self._master, b"\r\n> ")
            return True
        if command.startswith("AT+CMGR="):
            pdu = self._memory.get(int(command.partition("=")[2]))
            if pdu is None:
                self._say("+CMS ERROR: 321")
            else:
                self._say(f"+CMGR: 1,,{len(pdu) - 1}\r\n{pdu.hex().upper()}", "OK")
        elif command.startswith("AT+CMGD="):
            with self._lock:
                self._memory.pop(int(command.partition("=")[2].split(",")[0]), None)
            self._say("OK")
        elif command:
            told = {
                "AT+CPIN?": "+CPIN: READY",
                "AT+CREG?": "+CREG: 0,1",
                "AT+CSQ": "+CSQ: 20,99",
                "AT+CPMS?": '+CPMS: "SM",{n},50,"SM",{n},50,"SM",{n},50'.format(n=len(self._memory)),
                "AT+CIMI": "460000000000000",
                "AT+CGSN": "350000000000000",
            }.get(command)
            self._say(*([told] if told else []), "OK")
        return False

    # The network

    def _submit(self, line: bytes) -> str:
        if self.refuse:
            return "+CMS ERROR: 38"
        try:
            pdu = bytes.fromhex(line.decode("ascii").strip())
        except ValueError:
            return "+CMS ERROR: 304"
        self._count += 1
        reference = self._count % 256
        number, wants_report = self._take(pdu)
        if wants_report and self.reports is not None:
            stamps = TIMESTAMP + TIMESTAMP + bytes([self.reports])
            self._store(b"\x00\x06" + bytes([reference]) + _address(number) + stamps)
        return f"+CMGS: {reference}\r\n\r\nOK"

    def _take(self, pdu: bytes) -> tuple[str, bool]:
        at = 1 + pdu[0]
        first = pdu[at]
        length = pdu[at + 2]
        octets = (length + 1) // 2
        number = "".join(f"{b & 15}{b >> 4}" for b in pdu[at + 4 : at + 4 + octets])[:length]
        at += 4 + octets
        coding = pdu[at + 1]
        at += 2 + (1 if first & 0x18 == 0x10 else 7 if first & 0x18 else 0)
        units, body = pdu[at], pdu[at + 1 :]
        header = body[: body[0] + 1] if first & 0x40 else b""
        group, parts, part = (header[3], header[4], header[5]) if header[1:2] == b"\x00" else (0, 1, 1)
        wide = coding == 8
        text = body[len(header) :].decode("utf-16-be") if wide else _unpacked(body, units, len(header))
        self.submitted.append(Submitted(number, text, wide, group, parts, part))
        return number, bool(first & 0x20)

    def _store(self, pdu: bytes) -> None:
        with self._lock:
            free = next(i for i in range(1, 51) if i not in self._memory)
            self._memory[free] = pdu


_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPED = {10: "\f", 20: "^", 40: "{", 41: "}", 47: "\\", 60: "[", 61: "~", 62: "]", 64: "|", 101: "€"}


def _unpacked(body: bytes, septets: int, header: int) -> str:
    """The text of `septets` septets, of which the header takes the first ones."""
    bits = int.from_bytes(body, "little")
    skip = (header * 8 + 6) // 7
    codes = [(bits >> (7 * i)) & 0x7F for i in range(skip, septets)]
    text, escaped = "", False
    for code in codes:
        if code == 0x1B and not escaped:
            escaped = True
            continue
        text += _ESCAPED.get(code, "?") if escaped else _BASIC[code]
        escaped = False
    return text


def _address(number: str) -> bytes:
    digits = number.lstrip("+")
    padded = digits + ("F" if len(digits) % 2 else "")
    swapped = "".join(padded[i + 1] + padded[i] for i in range(0, len(padded), 2))
    return bytes([len(digits), 0x91]) + bytes.fromhex(swapped)


def until(look: object, patience: float = 60.0) -> None:
    """Wait until `look()` is true."""
    assert callable(look)
    give_up = time.monotonic() + patience
    while not look():
        assert time.monotonic() < give_up, "nothing happened in time"
        time.sleep(0.05)
