"""Files in a ZIP with a manifest of their hashes, and the proof that they are still those."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from monitor.domain.audit import AuditRow, intact

MANIFEST = "MANIFEST.json"
KIND = "watchroom evidence"
LARGEST = 512 * 1024 * 1024
"""Bytes of all files unpacked: what claims more is no pack of ours."""


class NoPack(ValueError):
    """Not an evidence pack, or one that cannot be read."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What looking at a pack found. `fingerprint` is the SHA-256 of its manifest: the audit noted it when it was made."""

    manifest: Mapping[str, Any]
    fingerprint: str
    faults: tuple[str, ...]


def bind(files: Mapping[str, bytes], about: Mapping[str, Any], made_at: float) -> tuple[bytes, str]:
    """The ZIP and its fingerprint. The same files, facts and time give the same bytes."""
    listed = [
        {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in sorted(files.items())
    ]
    manifest = _json({"kind": KIND, "format": 1, **about, "files": listed})
    out = io.BytesIO()
    stamp = datetime.fromtimestamp(made_at, UTC).timetuple()[:6]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in [(MANIFEST, manifest), *sorted(files.items())]:
            entry = zipfile.ZipInfo(name, stamp)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return out.getvalue(), hashlib.sha256(manifest).hexdigest()


def prove(data: bytes) -> Proof:
    """Look at every file. Raises NoPack for what is no pack at all; what was changed in one is named."""
    content = _unpacked(data)
    raw = content.pop(MANIFEST, None)
    if raw is None:
        raise NoPack(f"there is no {MANIFEST}")
    try:
        manifest = json.loads(raw)
        listed = {str(one["name"]): (int(one["bytes"]), str(one["sha256"])) for one in manifest["files"]}
        known = (manifest["kind"], manifest["format"]) == (KIND, 1)
    except (ValueError, KeyError, TypeError) as error:
        raise NoPack(f"{MANIFEST} cannot be read: {error!r}") from None
    if not known:
        raise NoPack(f"{MANIFEST} is of another kind or a newer program")
    faults = [f"{name}: is missing" for name in listed.keys() - content.keys()]
    faults += [f"{name}: is not in the manifest" for name in content.keys() - listed.keys()]
    for name in sorted(listed.keys() & content.keys()):
        size, digest = listed[name]
        if len(content[name]) != size or hashlib.sha256(content[name]).hexdigest() != digest:
            faults.append(f"{name}: was changed")
    faults += _audit_faults(content.get("audit.json", b"[]"), manifest.get("audit_head", {}))
    return Proof(manifest, hashlib.sha256(raw).hexdigest(), tuple(faults))


def _unpacked(data: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if sum(entry.file_size for entry in entries) > LARGEST:
                raise NoPack("it would unpack to more than a pack ever holds")
            names = [entry.filename for entry in entries]
            if len(set(names)) < len(names):
                raise NoPack("a name stands in it twice")
            return {entry.filename: archive.read(entry) for entry in entries}
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError) as error:
        raise NoPack(f"not a readable ZIP: {error}") from None


def _audit_faults(content: bytes, head: Mapping[str, Any]) -> list[str]:
    """Each row's hash is that of its words, each follows the one before, and none is newer than the head."""
    try:
        rows = [AuditRow(**row) for row in json.loads(content)]
        number, digest = int(head["number"]), str(head["hash"])
    except (ValueError, TypeError, KeyError) as error:
        return [f"audit.json: cannot be read: {error!r}"]
    faults = [f"audit.json: row {row.number} was changed" for row in rows if not intact(row)]
    for one, following in pairwise(rows):
        if following.number != one.number + 1 or following.previous != one.hash:
            faults.append(f"audit.json: row {following.number} does not follow row {one.number}")
    if rows and rows[-1].number > number:
        faults.append("audit.json: goes on after the head of the manifest")
    if rows and rows[-1].number == number and rows[-1].hash != digest:
        faults.append(f"audit.json: row {number} is not the head of the manifest")
    return faults


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
