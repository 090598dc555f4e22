"""A real smsd (SMS Server Tools 3) with a modem of ours."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
from pathlib import Path
from typing import Self

from tests.servers.modem import Modem
from tests.servers.process import ServerProcess, program, working_directory

FOLDERS = ("outgoing", "checked", "sent", "failed", "incoming", "report")


class Smsd:
    """`directory` is its spool. The modem stays plugged in across restarts."""

    def __init__(self) -> None:
        binary = program("smsd", package="smstools")
        self.modem = Modem()
        self.directory = working_directory()
        for name in FOLDERS:
            (self.directory / name).mkdir()
            folder = self.directory / name
            shutil.chown(folder, self.directory.owner(), self.directory.group())
            folder.chmod(0o2770)  # as Debian does: what is put there belongs to smsd's group
        configuration = self.directory / "smsd.conf"
        configuration.write_text(self._configuration(), encoding="utf-8")
        command = [binary, "-t", "-c", str(configuration)]
        self.process = ServerProcess(command, self._ready, step_down=True)

    def _ready(self) -> bool:
        return "GSM1" in self.log()

    def log(self) -> str:
        """What smsd wrote."""
        file = self.directory / "smsd.log"
        return (file.read_text(errors="replace") if file.exists() else "") + self.process.log()

    def kill(self) -> None:
        """SIGKILL, as a power cut would: to smsd and to its child that serves the modem."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split() if pid else []
        self.process.kill()
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGKILL)

    def close(self) -> None:
        """Stop smsd, unplug the modem, remove the spool."""
        self.process.close()
        self.modem.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self) -> Self:
        try:
            self.process.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _configuration(self) -> str:
        folders = "\n".join(f"{name} = {self.directory}/{name}" for name in FOLDERS)
        return f"""devices = GSM1
{folders}
logfile = {self.directory}/smsd.log
infofile = {self.directory}/smsd.working
pidfile = {self.directory}/smsd.pid
loglevel = 7
delaytime = 1
delaytime_mainprocess = 1
errorsleeptime = 1
blocktime = 2
incoming_utf8 = yes
trust_outgoing = yes

[GSM1]
device = {self.modem.path}
baudrate = 115200
rtscts = no
incoming = yes
report = yes
"""
