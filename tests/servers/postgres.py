"""A real PostgreSQL that anybody on loopback may enter. It keeps its data across `restart` and `kill`."""

import os
import pwd
import signal
import subprocess
from pathlib import Path

from tests.servers.ports import answers, free_port
from tests.servers.process import ServerProcess, program, working_directory

# Small and alone on the machine; nothing here weakens durability.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "30",
    "shared_buffers": "16MB",
    "autovacuum": "off",
    "max_parallel_workers": "0",
}


class Postgres(ServerProcess):
    """Server on loopback; `database` makes an empty database and gives its URL."""

    def __init__(self) -> None:
        binaries = _binaries()
        self.port = free_port()
        self._psql = str(binaries / "psql")
        directory = working_directory()
        data = directory / "data"
        _as_server_user(
            [str(binaries / "initdb"), "-D", str(data), "-U", "watchroom", "-A", "trust", "-E", "UTF8"]
        )
        settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
        command = [str(binaries / "postgres"), "-D", str(data), "-p", str(self.port), *settings]
        super().__init__(command, self._accepts, directory=directory, step_down=True)
        self._databases = 0
        self.pattern: str | None = None
        """A database to copy; whoever fills one names it here."""

    def database(self, like: str = "template1") -> str:
        """The URL of a new database: empty, or a copy of the one called `like`, which nobody may be using."""
        self._databases += 1
        name = f"journal{self._databases}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {like}")
        return f"postgresql://watchroom@127.0.0.1:{self.port}/{name}"

    def guarded(self, username: str, password: str) -> str:
        """The URL, without a name in it, of a new database that only this user with this password may enter."""
        url = self.database()
        name = url.rpartition("/")[2]
        self.sql(f"CREATE ROLE {username} LOGIN PASSWORD '{password}'")
        self.sql(f"ALTER DATABASE {name} OWNER TO {username}")
        rules = self.directory / "data" / "pg_hba.conf"
        rules.write_text(f"host all {username} 127.0.0.1/32 scram-sha-256\n{rules.read_text()}")
        self.sql("SELECT pg_reload_conf()")
        return url.replace("watchroom@", "")

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run one statement by psql and give back its rows, a line each."""
        command = [
            self._psql,
            "-h",
            "127.0.0.1",
            "-p",
            str(self.port),
            "-U",
            "watchroom",
            "-d",
            database,
            "-AtqX",
        ]
        done = subprocess.run(
            [*command, "-v", "ON_ERROR_STOP=1", "-c", statement],
            check=True,
            capture_output=True,
            text=True,
            timeout=30,
        )
        return done.stdout.strip()

    def stop(self) -> None:
        """Fast shutdown: SIGTERM would wait until every client has gone."""
        if self.pid is not None:
            os.kill(self.pid, signal.SIGINT)
        self._end(_wait_then_kill)

    def _accepts(self) -> bool:
        if not answers(self.port):
            return False
        try:
            return self.sql("SELECT 1") == "1"
        except subprocess.CalledProcessError:  # "the database system is starting up"
            return False


CHECKPOINT_S = 90.0
"""Its last checkpoint syncs everything, which a busy disk draws out; killed in it, it leaves shared memory behind."""


def _wait_then_kill(child: subprocess.Popen[bytes]) -> None:
    try:
        child.wait(CHECKPOINT_S)
    except subprocess.TimeoutExpired:
        child.kill()


def _binaries() -> Path:
    """Debian keeps the server's programs out of PATH, a directory for each version; the newest is taken."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else Path(program("postgres", package="postgresql")).parent


def _as_server_user(command: list[str]) -> None:
    """Run as the user the server will have: PostgreSQL refuses root."""
    user = "nobody" if os.geteuid() == 0 else None
    group = pwd.getpwnam("nobody").pw_gid if user else None
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    subprocess.run(
        command,
        check=True,
        capture_output=True,
        timeout=60,
        cwd="/",
        env=environment,
        user=user,
        group=group,
        extra_groups=[] if user else None,
    )
