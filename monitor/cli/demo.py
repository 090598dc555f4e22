"""`watchroom demo`: a simulated plant, the daemon and its console on this machine, all by the real way.

The plant is one process, the daemon another, started as `watchroom run` on a configuration written for the occasion;
the demo itself only plays the inspector who walks one of two rounds, through the same API that a phone uses.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import httpx
import typer
import yaml

from monitor.catalogue import shipped_site
from monitor.cli.accounts import make_token, make_user
from monitor.cli.common import load_site, run_async, state_directory, told
from monitor.domain.people import Role
from monitor.ports import Permanent
from monitor.settings import ConfigurationError

DEFAULT_LISTEN = "127.0.0.1:8080"
PATIENCE = 30.0
"""Seconds that a part may take until it answers."""
UNWALKED_MINUTES = 2
"""The round that nobody walks is due this long after the start."""


def demo(
    keep: Annotated[Path | None, typer.Option(help="keep configuration and state in this directory")] = None,
    broker_program: Annotated[
        str,
        typer.Option(
            help="the plant's broker: mosquitto, amqtt, or auto for the first of them that is there"
        ),
    ] = "auto",
) -> None:
    """Show the whole job on one machine: no server, no root, no building needed. Ctrl-C ends it."""
    with told(), _home(keep) as home:
        try:
            run_async(_demo(home, broker_program))
        except KeyboardInterrupt:
            typer.echo("\nDemo ended.")


@contextlib.contextmanager
def _home(keep: Path | None) -> Iterator[Path]:
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
        return
    home = Path(tempfile.mkdtemp(prefix="watchroom-demo-"))
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class _Plant:
    process: asyncio.subprocess.Process
    modbus: str
    mqtt: str


async def _demo(home: Path, broker_program: str) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with contextlib.AsyncExitStack() as stack:
        plant = await _start_plant(home, broker_program)
        stack.push_async_callback(_end, plant.process)
        config = _configure(home, plant)
        state = (
            state_directory(home / "state") if not os.environ.get("WATCHROOM_STATE") else state_directory()
        )
        password, token, inspector = await _accounts(config, state)
        listen = _listen()
        daemon = await _start_daemon(home, config, state, listen)
        stack.push_async_callback(_end, daemon)
        url = f"http://{listen}"
        await _until_healthy(url, daemon, home)
        _welcome(url, password, token, home, daemon.pid)
        walking = asyncio.create_task(_walk(url, inspector, config))
        ending = asyncio.create_task(stop.wait())
        gone = [asyncio.create_task(process.wait()) for process in (plant.process, daemon)]
        await asyncio.wait({ending, *gone}, return_when=asyncio.FIRST_COMPLETED)
        for task in (walking, ending, *gone):
            task.cancel()
        await asyncio.gather(walking, ending, *gone, return_exceptions=True)
        if not stop.is_set():
            who = "the plant" if plant.process.returncode is not None else "the daemon"
            raise Permanent(f"{who} ended by itself; what it said last:\n{_last_words(home)}")


# The plant


async def _start_plant(home: Path, broker_program: str) -> _Plant:
    """The simulators as a process of their own, on free ports, with a broker of their own."""
    log = (home / "plant.log").open("ab")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "simulators",
        "--modbus",
        "127.0.0.1:0",
        "--broker",
        "127.0.0.1:0",
        "--broker-program",
        broker_program,
        "--stop-on-eof",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=log,
    )
    log.close()
    assert process.stdout is not None  # noqa: S101 - asked for above
    try:
        line = await asyncio.wait_for(process.stdout.readline(), PATIENCE)
        ready = json.loads(line)
        return _Plant(process, ready["modbus"], ready["mqtt"])
    except (TimeoutError, ValueError, KeyError):
        await _end(process)
        raise Permanent(f"the simulated plant did not start:\n{_last_words(home, 'plant.log')}") from None


# The configuration: the ready site with the plant's addresses and two rounds around now


def _configure(home: Path, plant: _Plant) -> Path:
    ready = shipped_site()
    config = home / "config"
    config.mkdir(exist_ok=True)
    for file in ready.glob("*.yaml"):
        shutil.copyfile(file, config / file.name)
    site = yaml.safe_load((ready / "site.yaml").read_text(encoding="utf-8"))
    site["connections"]["plantroom"]["url"] = f"tcp://{plant.modbus}"
    site["connections"]["hub"]["url"] = plant.mqtt if "://" in plant.mqtt else f"mqtt://{plant.mqtt}"
    _write(config / "site.yaml", site)
    now = datetime.now(ZoneInfo(site["site"]["timezone"]))
    _write(config / "demo-rounds.yaml", {"rounds": demo_rounds(now)})
    return config


def demo_rounds(now: datetime) -> list[dict[str, object]]:
    """One round due two minutes from now that nobody walks, and one that is walked. `now` is local time."""
    minute = now.replace(second=0, microsecond=0)
    due = minute + timedelta(minutes=UNWALKED_MINUTES)
    later = minute + timedelta(minutes=60)
    begin = minute - timedelta(minutes=10)
    common: dict[str, object] = {"grace": "0s", "role": "electrician", "priority": "high"}
    return [
        common
        | {
            "id": "demo-unwalked",
            "name": "示範巡視（無人前往）",
            "checkpoints": ["pit-1-door"],
            "windows": [_span(begin, due)],
        },
        common
        | {
            "id": "demo-walked",
            "name": "示範巡視（有人前往）",
            "checkpoints": ["switchroom-1"],
            "windows": [_span(begin, later)],
        },
    ]


def _span(start: datetime, end: datetime) -> str:
    return f"{start:%H:%M}-{end:%H:%M}"


def _write(path: Path, content: object) -> None:
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")


# Accounts


async def _accounts(config: Path, state: Path) -> tuple[str, str, str]:
    """The user `demo` with a password made now, a token to try the API with, and the walking inspector's token."""
    try:
        site = load_site(config)
    except ConfigurationError as error:
        raise Permanent("\n".join(map(str, error.problems))) from None
    password = secrets.token_urlsafe(9)
    await make_user(site, state, "demo", password, Role.ADMIN)
    token = await make_token(site, state, "demo-api", Role.OPERATOR)
    inspector = await make_token(site, state, "demo-inspector", Role.OPERATOR)
    return password, token, inspector


# The daemon


def _listen() -> str:
    """WATCHROOM_LISTEN, else the default address, else a free port when that is taken."""
    wanted = os.environ.get("WATCHROOM_LISTEN") or DEFAULT_LISTEN
    host, _, port = wanted.rpartition(":")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except OSError:
            if os.environ.get("WATCHROOM_LISTEN"):
                raise Permanent(f"WATCHROOM_LISTEN: {wanted} is taken") from None
            probe.bind((host, 0))
        return f"{host}:{probe.getsockname()[1]}"


async def _start_daemon(home: Path, config: Path, state: Path, listen: str) -> asyncio.subprocess.Process:
    log = (home / "daemon.log").open("ab")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "monitor",
        "run",
        "--config",
        str(config),
        "--state",
        str(state),
        env={**os.environ, "WATCHROOM_LISTEN": listen},
        stderr=log,
    )
    log.close()
    return process


async def _until_healthy(url: str, daemon: asyncio.subprocess.Process, home: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    async with httpx.AsyncClient(trust_env=False) as client:
        while time.monotonic() < deadline and daemon.returncode is None:
            with contextlib.suppress(httpx.TransportError):
                if (await client.get(f"{url}/healthz")).status_code == httpx.codes.OK:
                    return
            await asyncio.sleep(0.1)
    raise Permanent(f"the daemon did not come up:\n{_last_words(home)}")


def _welcome(url: str, password: str, token: str, home: Path, pid: int) -> None:
    typer.echo(
        f"""
Watchroom demo is running.

  Console    {url}
  User       demo
  Password   {password}
  API token  {token}
             curl -H "Authorization: Bearer {token}" {url}/api/v1/alarms

Within three minutes: a leak, lamps below 95 %, a missed round; each with a message on the
simulated phone (page Messages), where a reply with the code acknowledges the alarm.
Sign in within a minute: while no console can sound, critical alarms go to the managers at once.
Log: {home / "daemon.log"}  Daemon: pid {pid}.  Ctrl-C ends the demo.
"""
    )


def _last_words(home: Path, name: str = "daemon.log") -> str:
    with contextlib.suppress(OSError):
        return "\n".join((home / name).read_text(errors="replace").splitlines()[-12:])
    return "(nothing)"


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 10)
        except TimeoutError:
            process.kill()
            await process.wait()


# The inspector


async def _walk(url: str, token: str, config: Path) -> None:
    """Walk the round that is walked: half a minute after the start the inspector stands at its checkpoint."""
    site = load_site(config)
    walked = next(round_ for round_ in site.rounds if round_.id == "demo-walked")
    headers = {"Authorization": f"Bearer {token}"}
    await asyncio.sleep(30)
    async with httpx.AsyncClient(base_url=url, headers=headers, trust_env=False, timeout=10) as client:
        for checkpoint in walked.checkpoints:
            answers = {"smell": True, "trench": True, "remarks": "一切正常"}
            at = datetime.now(ZoneInfo(site.timezone)).isoformat(timespec="milliseconds")
            scan = {"at": at, "answers": answers, "client_id": secrets.token_hex(8)}
            reply = await client.post(f"/api/v1/checkpoints/{checkpoint}/scans", json=scan)
            if reply.is_error:
                typer.echo(f"The inspector's scan was refused: {reply.status_code} {reply.text}", err=True)
