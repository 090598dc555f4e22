"""The files by which smsd is spoken to: headers, an empty line, the text (SMS Server Tools 3, file format)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from monitor.domain.notification import InboundMessage
from monitor.domain.sms import Alphabet, alphabet

REPORT_HEAD = "SMS STATUS REPORT"
_DELIVERED = 0
_FIRST_LASTING_FAILURE = 64
"""TP-Status (3GPP TS 23.040, 9.2.3.15): 0 the handset has it, 32 to 63 still trying, from 64 given up."""


@dataclass(frozen=True, slots=True)
class SpoolFile:
    """One file as it stands in a directory of the spool."""

    headers: Mapping[str, str]
    text: str


class Report(NamedTuple):
    """The network's news about one message: the modem's number for it, whose telephone, and what became of it."""

    message_id: str
    number: str
    delivered: bool | None
    """None while the network is still trying."""
    reason: str


def outgoing(address: str, text: str) -> bytes:
    """A message for smsd, which cuts it into parts that the handset joins (`Autosplit: 3`)."""
    wide = alphabet(text) is Alphabet.UCS2
    headers = {
        "To": digits(address),
        "Alphabet": "UCS2" if wide else "UTF-8",
        "Autosplit": "3",
        "Report": "yes",
    }
    head = "".join(f"{name}: {value}\n" for name, value in headers.items())
    return f"{head}\n".encode() + text.encode("utf-16-be" if wide else "utf-8")


def digits(number: str) -> str:
    """A telephone number as smsd writes it: country code first, without plus."""
    return "".join(c for c in number if c.isascii() and c.isdigit())


def read(content: bytes) -> SpoolFile:
    """A file that smsd has written. Raises ValueError while it is not whole."""
    head, separator, body = content.partition(b"\n\n")
    if not separator:
        raise ValueError("no empty line behind the headers")
    lines = head.decode("utf-8", "replace").splitlines()
    headers = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return SpoolFile(headers, _decoded(body, headers.get("Alphabet", "")))


def _decoded(body: bytes, alphabet: str) -> str:
    if alphabet.upper().startswith("UCS"):
        return body.decode("utf-16-be", "replace").rstrip("\n")
    try:
        return body.decode("utf-8").rstrip("\n")
    except UnicodeDecodeError:
        return body.decode("iso-8859-15").rstrip("\n")


def report(file: SpoolFile) -> Report | None:
    """The status report in a file; None when it is a message from a person. Raises ValueError for a broken report."""
    if not file.text.lstrip().startswith(REPORT_HEAD):
        return None
    fields = {
        name.strip(): value.strip() for name, _, value in (x.partition(":") for x in file.text.splitlines())
    }
    code, _, words = fields.get("Status", "").partition(",")
    if not code.isdigit() or not fields.get("Message_id"):
        raise ValueError("a report names Message_id and Status")
    status = int(code)
    delivered = True if status == _DELIVERED else False if status >= _FIRST_LASTING_FAILURE else None
    return Report(
        fields["Message_id"], digits(file.headers.get("From", "")), delivered, words.strip() or code
    )


def reply(file: SpoolFile, name: str, channel: str, wall: float) -> InboundMessage:
    """A person's message, at `wall` (POSIX s). Raises ValueError when it has no sender."""
    sender = file.headers.get("From", "")
    if not sender:
        raise ValueError("a message names its sender in `From`")
    parts = (name, sender, file.headers.get("Received", ""), file.text)
    own = hashlib.sha256("|".join(parts).encode()).hexdigest()[:24]
    return InboundMessage(f"{channel}:{own}", channel, sender, file.text, wall)
