"""The commands' names, arguments and exit codes."""

from __future__ import annotations

from importlib import import_module

import typer

_COMMANDS = {
    "run": "run.run",
    "check": "check.check",
    "demo": "demo.demo",
    "simulate": "simulate.simulate",
    "probe": "probe.probe",
    "import": "importing.import_",
    "discover": "discover.discover",
    "verify-audit": "record.verify_audit",
    "evidence": "evidence.evidence",
    "verify-evidence": "evidence.verify_evidence",
    "backup": "record.backup",
    "restore": "record.restore",
    "tune": "tune.tune",
    "test-sms": "sms.test_sms",
}
_GROUPS = {
    "user": "accounts.user",
    "token": "accounts.token",
    "history": "history.app",
    "types": "types.app",
}
"""Name -> module of this package, and what of it."""


def program(only: str | None = None) -> typer.Typer:
    """All commands, or `only` this one if there is one of that name: the daemon starts without what the others import."""
    app = typer.Typer(
        name="watchroom",
        help="Watches building equipment around the clock for the people on duty.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        callback=_group,
    )
    for name in [only] if only in _COMMANDS else _COMMANDS:
        app.command(name)(_found(_COMMANDS[name]))
    for name in _GROUPS if only not in _COMMANDS else ():
        app.add_typer(_found(_GROUPS[name]), name=name)
    return app


def _group() -> None:
    """One command alone has a name as well."""


def _found(where: str) -> typer.Typer:
    module, _, name = where.partition(".")
    found: typer.Typer = getattr(import_module(f"monitor.cli.{module}"), name)
    return found
