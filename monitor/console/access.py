"""Who is asking, what that person may do, and in which language: dependencies of every route."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Query, Request

from monitor.console.problems import Problem
from monitor.console.services import Account, Services
from monitor.console.texts import LANGUAGES, accepted, nearest
from monitor.domain.people import Role

SESSION = "watchroom_session"
LANGUAGE = "watchroom_language"
THEME = "watchroom_theme"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def services_of(request: Request) -> Services:
    """What the application was built with."""
    services: Services = request.app.state.services
    return services


Has = Annotated[Services, Depends(services_of)]


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person or program; `name` goes into every record."""

    name: str
    role: Role
    language: str = ""


async def visitor(request: Request, services: Has) -> Actor | None:
    """Who is asking, None without credentials or when the session is over. A wrong token is always 401."""
    header = request.headers.get("authorization")
    if header is not None:
        scheme, _, secret = header.partition(" ")
        account = await services.accounts.token(secret.strip()) if scheme.lower() == "bearer" else None
        if account is None:
            raise Problem(
                401, "unauthorized", "This token is not valid.", headers={"WWW-Authenticate": "Bearer"}
            )
        return _actor(account)
    secret = request.cookies.get(SESSION, "")
    if not secret:
        return None
    account = await services.accounts.session(secret)
    if account is None:
        return None
    if request.method not in _SAFE:
        same_origin(request)
    return _actor(account)


Visitor = Annotated[Actor | None, Depends(visitor)]


def _actor(account: Account) -> Actor:
    return Actor(account.name, account.role, account.language)


def same_origin(request: Request, *, proof: bool = True) -> None:
    """Refuse a command that another site's page sent with our cookie (OWASP: Fetch Metadata, then Origin).

    `proof` False lets a client through that sends neither header, such as curl signing in.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None:
        own = site == "same-origin"
    elif origin is not None:
        own = urlsplit(origin).netloc == request.headers.get("host")
    else:
        own = not proof
    if not own:
        raise Problem(
            403, "foreign_origin", "A command with a session must come from the console's own pages."
        )


def needs(role: Role) -> Callable[[Visitor], Awaitable[Actor]]:
    """A dependency that lets through whoever has this role or a higher one."""

    async def allowed(actor: Visitor) -> Actor:
        if actor is None:
            raise Problem(401, "unauthorized", "Sign in first.", headers={"WWW-Authenticate": "Bearer"})
        if not actor.role.includes(role):
            raise Problem(403, "forbidden", f"This needs the role {role.value}; yours is {actor.role.value}.")
        return actor

    return allowed


Viewer = Annotated[Actor, Depends(needs(Role.VIEWER))]
Operator = Annotated[Actor, Depends(needs(Role.OPERATOR))]
Engineer = Annotated[Actor, Depends(needs(Role.ENGINEER))]


async def language(request: Request, services: Has, lang: Annotated[str | None, Query()] = None) -> str:
    """`lang`, else the cookie, else what the client accepts, else the site's language."""
    if lang is not None and lang not in LANGUAGES:
        raise Problem(422, "invalid", f"lang is one of {', '.join(LANGUAGES)}.")
    cookie = request.cookies.get(LANGUAGE)
    known = cookie if cookie in LANGUAGES else None
    return (
        lang
        or known
        or accepted(request.headers.get("accept-language", ""))
        or nearest(services.site.language)
        or "en"
    )


Language = Annotated[str, Depends(language)]
