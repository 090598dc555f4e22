"""The commands' names, arguments and exit codes."""

from __future__ import annotations

import typer

from monitor.cli import (
    accounts,
    check,
    demo,
    discover,
    evidence,
    history,
    importing,
    probe,
    record,
    run,
    simulate,
    sms,
    types,
)

app = typer.Typer(
    name="watchroom",
    help="Watches building equipment around the clock for the people on duty.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("run")(run.run)
app.command("check")(check.check)
app.command("demo")(demo.demo)
app.command("simulate")(simulate.simulate)
app.command("probe")(probe.probe)
app.command("import")(importing.import_)
app.command("discover")(discover.discover)
app.command("verify-audit")(record.verify_audit)
app.command("evidence")(evidence.evidence)
app.command("verify-evidence")(evidence.verify_evidence)
app.command("backup")(record.backup)
app.command("restore")(record.restore)
app.command("test-sms")(sms.test_sms)
app.add_typer(accounts.user, name="user")
app.add_typer(accounts.token, name="token")
app.add_typer(history.app, name="history")
app.add_typer(types.app, name="types")
