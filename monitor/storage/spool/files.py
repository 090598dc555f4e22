"""Small files that are replaced whole: a reader sees the old or the new, never half of one."""

from __future__ import annotations

import json
import os
import zlib
from pathlib import Path
from typing import Any


def replace(path: Path, content: dict[str, Any], *, durable: bool) -> None:
    """Write by temporary file and rename; `durable` also survives a power cut. Raises OSError."""
    body = json.dumps(content, sort_keys=True)
    temporary = path.with_name(path.name + ".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(descriptor, f"{zlib.crc32(body.encode()):08x} {body}\n".encode())
        if durable:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
    temporary.replace(path)
    if durable:
        sync_directory(path.parent)


def read(path: Path) -> dict[str, Any] | None:
    """The content; None when there is none or it is damaged. Raises OSError when it cannot be read."""
    try:
        checksum, _, body = path.read_text(errors="replace").rstrip("\n").partition(" ")
    except FileNotFoundError:
        return None
    if checksum != f"{zlib.crc32(body.encode()):08x}":
        return None
    content = json.loads(body)
    return content if isinstance(content, dict) else None


def sync_directory(path: Path) -> None:
    """Make renames and new names in a directory durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync(descriptors: list[int], directory: Path) -> None:
    """Make files and the names in their directory durable; the descriptors are closed. Raises OSError."""
    try:
        for descriptor in descriptors:
            os.fsync(descriptor)
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
    sync_directory(directory)


def boot() -> str:
    """Names this run of the operating system: what the page cache held survives until it changes. Empty if unknown."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
