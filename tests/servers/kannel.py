"""A real Kannel: bearerbox, smsbox, and its own fake network with telephones, each a process that can be killed.

bearerbox listens for its fake networks on all addresses whatever it is told, so it is told to let in loopback only, and
it runs no longer than the test.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Self
from urllib.parse import quote_plus, unquote_to_bytes

from tests.servers.ports import answers, free_port
from tests.servers.process import ServerMissing, ServerProcess, program, working_directory

FAKESMSC = Path("/usr/lib/kannel/test/fakesmsc")
SENDER = "10086"
USER, PASSWORD = "watchroom", "only-for-the-test"
_GOT = re.compile(
    r"Got message \d+: <(?P<sender>\S+) (?P<to>\S+) (?:udh (?P<udh>\S+) )?(?P<kind>text|data|ucs-2) (?P<text>.*)>"
)


class Arrived(NamedTuple):
    """One part as a telephone got it; `parts` is 1 for a message that is whole."""

    to: str
    text: str
    reference: int
    part: int
    parts: int


class Kannel:
    """`callbacks` is the address of the console's hooks for this channel: `http://127.0.0.1:8080/hooks/sms`."""

    def __init__(self, callbacks: str, secret: str) -> None:
        for name in ("bearerbox", "smsbox"):
            program(name, package="kannel")
        if not FAKESMSC.exists():
            raise ServerMissing(
                "fakesmsc is not installed. As root: apt-get install --no-install-recommends kannel-extras"
            )
        self._admin, self._box, self._network, self._phones = (free_port() for _ in range(4))
        self.port = free_port()
        self.directory = working_directory()
        configuration = self.directory / "kannel.conf"
        configuration.write_text(self._configuration(callbacks, secret), encoding="utf-8")
        for name in ("store", "receipts"):
            made = self.directory / name
            made.mkdir()
            shutil.chown(made, configuration.parent.owner())
        run = ["-v", "1", str(configuration)]
        self.bearerbox = _box(["/usr/sbin/bearerbox", *run], lambda: answers(self._admin))
        self.smsbox = _box(["/usr/sbin/smsbox", *run], lambda: answers(self.port))
        # One that sends nothing, and stays to show what it gets.
        command = [str(FAKESMSC), "-r", str(self._network), "-m", "0", f"0 {SENDER} text nothing"]
        self.network = ServerProcess(command, lambda: "Connecting" in self.network.log(), step_down=True)

    @property
    def url(self) -> str:
        """smsbox's sendsms."""
        return f"http://127.0.0.1:{self.port}/cgi-bin/sendsms"

    def start(self) -> None:
        """Whatever does not run is started, in the order in which they need each other."""
        for process in (self.bearerbox, self.smsbox, self.network):
            process.start()

    def kill_bearerbox(self) -> None:
        """Power gone: smsbox leaves by itself when bearerbox does, and the network hangs up."""
        self.bearerbox.kill()
        for process in (self.smsbox, self.network):
            process.kill()

    def arrived(self) -> list[Arrived]:
        """Every part that came to a telephone, in order."""
        return [_arrived(found) for found in _GOT.finditer(self.network.log())]

    def messages(self) -> list[tuple[str, str]]:
        """Number and text of each message of which all parts came, put together as a telephone does."""
        whole: list[tuple[str, str]] = []
        waiting: dict[tuple[str, int], list[Arrived]] = {}
        for part in self.arrived():
            got = waiting.setdefault((part.to, part.reference), [])
            got.append(part)
            if len({one.part for one in got}) == part.parts:
                whole.append((part.to, "".join(one.text for one in sorted(got, key=lambda one: one.part))))
                del waiting[(part.to, part.reference)]
        return whole

    def reply(self, number: str, text: str) -> None:
        """Somebody writes to us from a telephone."""
        kind = "text" if text.isascii() else "ucs2"
        body = text if text.isascii() else quote_plus(text.encode("utf-16-be"))
        command = [str(FAKESMSC), "-r", str(self._phones), "-m", "1", "-i", "0.1"]
        log = self.directory / "reply.log"
        with log.open("wb") as out:
            phone = subprocess.Popen(
                [*command, f"{number} {SENDER} {kind} {body}"],
                stdout=out,
                stderr=out,
                stdin=subprocess.DEVNULL,
            )
        try:
            give_up = time.monotonic() + 30
            while "sent message 1" not in log.read_text(errors="replace"):
                assert time.monotonic() < give_up, log.read_text(errors="replace")
                time.sleep(0.05)
            time.sleep(0.3)  # the line is on its way; hanging up at once would lose it
        finally:
            phone.terminate()
            phone.wait(10)

    def close(self) -> None:
        """Stop all three and remove what they kept."""
        for process in (self.network, self.smsbox, self.bearerbox):
            process.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _configuration(self, callbacks: str, secret: str) -> str:
        here = "127.0.0.1"
        reply = f"{callbacks}/reply?secret={secret}&from=%p&text=%b&id=%I&at=%T"
        return f"""
group = core
admin-port = {self._admin}
admin-interface = {here}
admin-password = {secret}
smsbox-port = {self._box}
smsbox-interface = {here}
box-allow-ip = {here}
store-type = spool
store-location = {self.directory}/store
sms-resend-freq = 1
dlr-storage = spool
dlr-spool = {self.directory}/receipts

group = smsc
smsc = fake
smsc-id = network
port = {self._network}
host = {here}
connect-allow-ip = {here}

group = smsc
smsc = fake
smsc-id = phones
allowed-smsc-id = phones
port = {self._phones}
host = {here}
connect-allow-ip = {here}

group = smsbox
bearerbox-host = {here}
bearerbox-port = {self._box}
sendsms-port = {self.port}
sendsms-interface = {here}
global-sender = {SENDER}
mo-recode = true
http-request-retry = 60
http-queue-delay = 1

group = sendsms-user
username = {USER}
password = {PASSWORD}
user-allow-ip = {here}
concatenation = true
max-messages = 3

group = sms-service
keyword = default
catch-all = true
max-messages = 0
get-url = "{reply}"
"""


def _box(command: list[str], ready: Callable[[], bool]) -> ServerProcess:
    return ServerProcess(command, ready, step_down=True)


def _arrived(found: re.Match[str]) -> Arrived:
    header = unquote_to_bytes(found["udh"]) if found["udh"] else b""
    reference, parts, part = (header[3], header[4], header[5]) if len(header) == 6 else (0, 1, 1)
    if found["kind"] == "text":
        return Arrived(found["to"], found["text"], reference, part, parts)
    body = unquote_to_bytes(found["text"].replace("+", " "))
    wide = found["kind"] == "ucs-2" or any(byte == 0 or byte > 0x7F for byte in body)
    return Arrived(found["to"], body.decode("utf-16-be" if wide else "ascii"), reference, part, parts)
