"""A real server as a child process: started, waited for, stopped by its own pid."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

START_S = 60.0
STOP_S = 10.0


class ServerMissing(Exception):
    """The program is not installed; the message names its Debian package."""


class ServerFailed(Exception):
    """The program ended or never answered; the message carries the end of its log."""


def program(name: str, package: str) -> str:
    """Path of an installed program. Raises ServerMissing, naming the package, when there is none."""
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin")
    if path is None:
        raise ServerMissing(
            f"{name} is not installed. As root: apt-get install --no-install-recommends {package}"
        )
    return path


class ServerProcess:
    """One server with its own working directory, which outlives restarts and goes at `close`.

    All methods block for as long as the server takes (typically well under a second); an async test
    that must keep its loop turning calls them through `asyncio.to_thread`. With `step_down` the server
    runs as `nobody` when the tests run as root: some servers refuse root or leave it by themselves.
    """

    def __init__(
        self,
        command: Sequence[str],
        ready: Callable[[], bool],
        environment: Mapping[str, str] | None = None,
        directory: Path | None = None,
        step_down: bool = False,
    ) -> None:
        self._command = list(command)
        self._ready = ready
        self._environment = {**os.environ, **(environment or {})}
        self.directory = directory or working_directory()
        self._step_down = step_down
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Process id while it runs, None otherwise."""
        return self._child.pid if self._child and self._child.poll() is None else None

    def start(self) -> None:
        """Start and wait until it answers. Raises ServerFailed; does nothing when it already runs."""
        if self.pid is not None:
            return
        user = "nobody" if self._step_down and os.geteuid() == 0 else None
        with self._log_path.open("ab") as log:
            self._child = subprocess.Popen(
                self._command,
                cwd=self.directory,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=user,
                group=pwd.getpwnam(user).pw_gid if user else None,
                extra_groups=[] if user else None,
            )
        self._wait_ready(self._child)

    def stop(self) -> None:
        """SIGTERM, and SIGKILL if that is not enough. Does nothing when it does not run."""
        self._end(subprocess.Popen.terminate)

    def kill(self) -> None:
        """SIGKILL at once, as a power cut would."""
        self._end(subprocess.Popen.kill)

    def restart(self) -> None:
        """Stop and start on the same port with the same data."""
        self.stop()
        self.start()

    def close(self) -> None:
        """Stop and remove the working directory."""
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def log(self) -> str:
        """What the server has written so far."""
        return self._log_path.read_text(errors="replace") if self._log_path.exists() else ""

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def _log_path(self) -> Path:
        return self.directory / "server.log"

    def _wait_ready(self, child: subprocess.Popen[bytes]) -> None:
        give_up = time.monotonic() + START_S
        while not self._ready():
            if child.poll() is not None:
                raise ServerFailed(f"{self._command[0]} ended with {child.returncode}\n{self.log()[-2000:]}")
            if time.monotonic() > give_up:
                self.kill()
                raise ServerFailed(f"{self._command[0]} is silent after {START_S} s\n{self.log()[-2000:]}")
            time.sleep(0.02)

    def _end(self, signal: Callable[[subprocess.Popen[bytes]], None]) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        signal(child)
        try:
            child.wait(STOP_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def working_directory() -> Path:
    """A new private directory that the server's user may write."""
    path = Path(tempfile.mkdtemp(prefix="watchroom-test-"))
    if os.geteuid() == 0:
        shutil.chown(path, "nobody", pwd.getpwnam("nobody").pw_gid)
    return path
