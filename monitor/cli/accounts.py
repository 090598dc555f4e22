"""`watchroom user` and `watchroom token`: people and programs, made on the machine itself."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.common import (
    ConfigDirectory,
    StateDirectory,
    load_or_exit,
    me,
    opened_journal,
    run_async,
    state_directory,
    told,
)
from monitor.domain.people import Role
from monitor.settings.site import Site
from monitor.storage.journal import Accounts, UserExists

user = typer.Typer(help="People who sign in to the console.", no_args_is_help=True)
token = typer.Typer(help="Programs that use the API.", no_args_is_help=True)

RoleOption = Annotated[Role, typer.Option("--role", help="viewer, operator, engineer or admin")]


@user.command("add")
def user_add(
    name: Annotated[str, typer.Argument(help="name to sign in with")],
    role: RoleOption = Role.OPERATOR,
    config: ConfigDirectory = Path("config"),
    state: StateDirectory = None,
) -> None:
    """Add a person, or give an existing one a new password and role. The password is asked for, or read from a pipe."""
    site = load_or_exit(config)
    password = _password()
    with told():
        created = run_async(make_user(site, state_directory(state), name, password, role))
    known = "" if created else "there was a user of this name: password and role are new; "
    typer.echo(f"{known}{name} may sign in as {role.value}")


@token.command("create")
def token_create(
    role: RoleOption,
    name: Annotated[str, typer.Option(help="what it is for, as the audit will name it")] = "api",
    config: ConfigDirectory = Path("config"),
    state: StateDirectory = None,
) -> None:
    """Make a token for a program and print it once; only its hash is kept."""
    site = load_or_exit(config)
    with told():
        typer.echo(run_async(make_token(site, state_directory(state), name, role)))


async def make_user(site: Site, state: Path, name: str, password: str, role: Role) -> bool:
    """Create a user (True), or change password and role of an existing one (False).

    Raises ValueError for an unusable name or password.
    """
    async with _accounts(site, state) as accounts:
        try:
            await accounts.create(name, role, password, me())
        except UserExists:
            await accounts.set_role(name, role, me())
            await accounts.set_password(name, password, me())
            return False
        return True


async def make_token(site: Site, state: Path, name: str, role: Role) -> str:
    """A new token's text, which is never shown again. Raises ValueError for an unusable name."""
    async with _accounts(site, state) as accounts:
        secret, _ = await accounts.create_token(name, role, me())
        return secret


@asynccontextmanager
async def _accounts(site: Site, state: Path) -> AsyncIterator[Accounts]:
    async with opened_journal(site, state) as journal:
        accounts = Accounts(journal.database)
        try:
            yield accounts
        finally:
            accounts.close()


def _password() -> str:
    """Asked for twice on a terminal, else the first line of standard input: never an argument, which others can see."""
    if not sys.stdin.isatty():
        password = sys.stdin.readline().rstrip("\n")
    else:
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password
