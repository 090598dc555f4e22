"""A real Mosquitto as a site runs it: TLS with client certificates, a password and an access list.

A second listener, plain and for anybody, is for the simulated plant. Each guard is a file that may be changed; `restart`
makes the broker read it.
"""

import base64
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.servers.ports import answers, free_port
from tests.servers.process import ServerProcess, program, working_directory

USER = "watchroom"


class GuardedMosquitto(ServerProcess):
    """Listens with TLS on `port`, plainly on `plain`. Call `identify`, `admit` and one of `allow`, `refuse_others` first."""

    def __init__(self) -> None:
        self.port, self.plain = free_port(), free_port()
        directory = working_directory()
        binary = program("mosquitto", package="mosquitto")
        self._configuration = directory / "mosquitto.conf"
        command = [binary, "-c", str(self._configuration)]
        super().__init__(command, lambda: answers(self.plain), directory=directory, step_down=True)
        self._configure(["password_file", "acl_file"])

    def identify(self, certificate: Path, key: Path, believes: Path) -> None:
        """Who the broker is, and which authority its clients must come from."""
        for source, name in ((certificate, "server.pem"), (key, "server.key"), (believes, "clients.pem")):
            self._give(name, source.read_text())

    def admit(self, password: str) -> None:
        """The one user's password."""
        path = self.directory / "password_file"
        path.touch()
        tool = program("mosquitto_passwd", package="mosquitto")
        subprocess.run([tool, "-b", str(path), USER, password], check=True, capture_output=True, timeout=10)
        self._own(path)

    def allow(self, *topics: str) -> None:
        """The access list. Mosquitto takes subscriptions to other topics and delivers nothing of them."""
        self._give("acl_file", f"user {USER}\n" + "".join(f"topic read {topic}\n" for topic in topics))

    def refuse_others(self, password: str, *topics: str) -> None:
        """Let Mosquitto's dynamic security refuse every other subscription, instead of password and access list."""
        salt = os.urandom(12)
        hashed = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, 101)
        client = {"username": USER, "iterations": 101, "roles": [{"rolename": "reader"}]}
        client |= {"password": base64.b64encode(hashed).decode(), "salt": base64.b64encode(salt).decode()}
        rights = [{"acltype": "subscribePattern", "topic": topic, "allow": True} for topic in topics]
        default = {
            "publishClientSend": False,
            "publishClientReceive": True,
            "subscribe": False,
            "unsubscribe": True,
        }
        rules = {
            "defaultACLAccess": default,
            "clients": [client],
            "roles": [{"rolename": "reader", "acls": rights}],
        }
        self._give("rules.json", json.dumps(rules))
        [plugin] = Path("/usr/lib").glob("**/mosquitto_dynamic_security.so")
        self._configure([], [f"plugin {plugin}", f"plugin_opt_config_file {self.directory}/rules.json"])

    def _configure(self, files: Sequence[str], more: Sequence[str] = ()) -> None:
        here = self.directory
        lines = ["per_listener_settings true", "persistence true", f"persistence_location {here}/"]
        lines += ["autosave_interval 1", "log_type all"]
        lines += [f"listener {self.plain} 127.0.0.1", "allow_anonymous true"]
        lines += [f"listener {self.port} 127.0.0.1", "allow_anonymous false", "require_certificate true"]
        lines += [f"cafile {here}/clients.pem", f"certfile {here}/server.pem", f"keyfile {here}/server.key"]
        lines += [f"{name} {here}/{name}" for name in files]
        self._give("mosquitto.conf", "\n".join([*lines, *more]) + "\n")

    def _give(self, name: str, text: str) -> None:
        path = self.directory / name
        path.write_text(text)
        self._own(path)

    def _own(self, path: Path) -> None:
        path.chmod(0o600)
        if os.geteuid() == 0:
            shutil.chown(path, "nobody", "nogroup")
