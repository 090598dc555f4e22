"""`watchroom discover`: what devices announce of themselves, as types and equipment for a person to read and copy."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from monitor import catalogue
from monitor.cli.common import ConfigDirectory, fail, load_or_exit, run_async, told
from monitor.host import SystemClock


def discover(
    connection: Annotated[str, typer.Option(help="id of the MQTT connection to listen to")],
    config: ConfigDirectory = Path("config"),
    out: Annotated[Path, typer.Option(help="directory to write to; it must be new or empty")] = Path(
        "discovered"
    ),
    prefix: Annotated[str, typer.Option(help="first level of the announcements")] = "homeassistant",
    wait: Annotated[float, typer.Option(help="seconds to listen")] = 10.0,
) -> None:
    """Listen to Home Assistant announcements and write what they say as YAML. The configuration is not touched."""
    site = load_or_exit(config)
    chosen = site.connections.get(connection)
    if chosen is None:
        fail(f"no connection {connection!r}; there are: {', '.join(site.connections)}")
    _check_out(out, config)
    with told():
        files, left = run_async(catalogue.discover(chosen, SystemClock(), prefix=prefix, seconds=wait))
        if len(files) > 1:
            _write(out, files)
    for line in left:
        typer.echo(f"not understood: {line}", err=True)
    if len(files) == 1:
        fail(f"nothing that can be watched was announced under {prefix}/ in {wait:g} s")
    typer.echo(
        f"{len(files) - 1} types and {out / 'equipment.yaml'} written; read them before you copy them to {config}"
    )


def _check_out(out: Path, config: Path) -> None:
    """A running configuration is never changed, and nothing is overwritten."""
    if out.resolve().is_relative_to(config.resolve()):
        fail(f"{out} is in the configuration {config}: choose another place")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        fail(f"{out} is not empty: nothing is overwritten")


def _write(out: Path, files: Mapping[str, str]) -> None:
    (out / "types").mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (out / name).write_text(text, encoding="utf-8")
