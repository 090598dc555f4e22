"""Puts a command into what of a unit's sandbox needs no service manager: no new privileges, no capabilities, no writable
executable memory, the unit's own system call filter and address families. Real libseccomp and kernel, no imitation.

    python -m tests.integration.sandbox UNIT COMMAND [ARGUMENT...]
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import subprocess
import sys
from pathlib import Path

PR_SET_NO_NEW_PRIVS, PR_CAPBSET_DROP, PR_SET_MDWE = 38, 24, 65
ALLOW, EPERM = 0x7FFF0000, 0x00050000 | errno.EPERM
EQUAL = 4
LAST_CAPABILITY = 40


class _Compare(ctypes.Structure):
    """`struct scmp_arg_cmp`."""

    _fields_ = [
        ("arg", ctypes.c_uint),
        ("op", ctypes.c_int),
        ("a", ctypes.c_uint64),
        ("b", ctypes.c_uint64),
    ]


def directives(unit: Path) -> dict[str, list[str]]:
    """Every `KEY=value` of the unit, in order."""
    found: dict[str, list[str]] = {}
    for line in unit.read_text(encoding="utf-8").splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(key, []).append(value)
    return found


def members(group: str) -> set[str]:
    """The system calls of one of systemd's groups, as this systemd knows them."""
    shown = subprocess.run(
        ["systemd-analyze", "syscall-filter", group], capture_output=True, text=True, check=True
    )
    found: set[str] = set()
    for line in shown.stdout.splitlines():
        name = line.strip()
        if not line.startswith(" ") or not name or name.startswith("#"):
            continue
        found |= members(name) if name.startswith("@") else {name}
    return found


def allowed(unit: dict[str, list[str]]) -> set[str]:
    """The unit's SystemCallFilter lines, one after the other, upon what every service may do."""
    calls = members("@default")
    for line in unit["SystemCallFilter"]:
        names = line.removeprefix("~").split()
        named = set().union(*(members(name) if name.startswith("@") else {name} for name in names))
        calls = calls - named if line.startswith("~") else calls | named
    return calls


def confine(unit: dict[str, list[str]]) -> None:
    """From here on this process and its children live as the unit's do."""
    libc = ctypes.CDLL(None, use_errno=True)
    if unit["CapabilityBoundingSet"] == [""] and os.geteuid() == 0:
        for capability in range(LAST_CAPABILITY + 1):
            _done(libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0), "PR_CAPBSET_DROP")
    if unit["NoNewPrivileges"] == ["yes"]:
        _done(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "PR_SET_NO_NEW_PRIVS")
    if unit["MemoryDenyWriteExecute"] == ["yes"]:
        _done(libc.prctl(PR_SET_MDWE, 1, 0, 0, 0), "PR_SET_MDWE")
    _filter(allowed(unit), unit["RestrictAddressFamilies"][0].split())


def _filter(calls: set[str], families: list[str]) -> None:
    seccomp = ctypes.CDLL("libseccomp.so.2")
    seccomp.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(seccomp.seccomp_init(EPERM))
    for name in calls - {"socket"}:
        number = seccomp.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:  # systemd knows calls of other machines too
            _done(seccomp.seccomp_rule_add_array(context, ALLOW, number, 0, None), name)
    number = seccomp.seccomp_syscall_resolve_name(b"socket")
    for family in families:
        only = _Compare(0, EQUAL, int(getattr(socket, family)), 0)
        _done(seccomp.seccomp_rule_add_array(context, ALLOW, number, 1, ctypes.byref(only)), family)
    _done(seccomp.seccomp_load(context), "seccomp_load")


def _done(result: int, what: str) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno() or -result, f"{what} was refused")


if __name__ == "__main__":
    confine(directives(Path(sys.argv[1])))
    os.execvp(sys.argv[2], sys.argv[2:])
