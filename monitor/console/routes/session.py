"""Signing in and out of the browser, and what the signed-in person should see."""

from __future__ import annotations

import asyncio
import math
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from monitor.console.access import LANGUAGE, SESSION, Actor, Has, Language, Viewer, same_origin
from monitor.console.problems import Problem
from monitor.console.services import Services
from monitor.console.texts import LANGUAGES, catalogue, nearest, pick
from monitor.console.throttle import Throttle

router = APIRouter(tags=["session"])
_YEAR = 365 * 24 * 3600

SpokenLanguage = Literal["zh-Hant", "zh-Hans", "en"]


class Credentials(BaseModel):
    """A person's name and password."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    password: Annotated[str, Field(min_length=1, max_length=1000)]


class Preference(BaseModel):
    """What a person chose."""

    language: SpokenLanguage


class DeskOut(BaseModel):
    """An operator position."""

    id: str
    name: str


class SiteOut(BaseModel):
    """The site in a few words."""

    id: str
    name: str
    timezone: str
    language: str
    grade: str
    lamps: float
    urgent_on_site: float
    positions: list[DeskOut]
    """The operator positions of the configuration; none is one for the whole site."""


class SessionOut(BaseModel):
    """Who is signed in, and where."""

    name: str
    role: str
    language: str
    site: SiteOut
    simulated: list[str]
    """Channels whose phones can be answered in the console."""


def _session(actor: Actor, services: Services, language: str) -> SessionOut:
    site = services.site
    return SessionOut(
        name=actor.name,
        role=actor.role.value,
        language=language,
        site=SiteOut(
            id=site.id,
            name=pick(site.name, language, site.id),
            timezone=site.timezone,
            language=nearest(site.language) or "en",
            grade=site.grade.name,
            lamps=site.grade.lamps,
            urgent_on_site=site.grade.urgent_on_site,
            positions=[DeskOut(id=one.id, name=pick(one.name, language, one.id)) for one in site.positions],
        ),
        simulated=list(services.phones),
    )


@router.post("/api/v1/session", summary="Sign in; sets the session cookie")
async def sign_in(
    request: Request, response: Response, services: Has, language: Language, given: Credentials
) -> SessionOut:
    """429 with Retry-After after too many wrong attempts; the answer never says whether the name exists."""
    same_origin(request, proof=False)
    throttle: Throttle = request.app.state.throttle
    verifying: asyncio.Semaphore = request.app.state.verifying
    address = request.client.host if request.client else ""
    name = given.name.strip().casefold()
    wait = throttle.wait(name, address, services.clock.now().steady)
    if wait > 0:
        retry = {"Retry-After": str(math.ceil(wait))}
        raise Problem(429, "too_many_attempts", "Too many wrong attempts. Wait a little.", headers=retry)
    # Counted before the slow check, so that a burst of parallel guesses is counted too.
    throttle.failed(name, address, services.clock.now().steady)
    async with verifying:
        opened = await services.accounts.sign_in(given.name.strip(), given.password)
    if opened is None:
        raise Problem(401, "wrong_credentials", "The name or the password is wrong.")
    throttle.succeeded(name, address)
    secret, account = opened
    response.set_cookie(
        SESSION, secret, httponly=True, samesite="strict", secure=request.url.scheme == "https", path="/"
    )
    chosen = account.language if account.language in LANGUAGES else language
    _remember(request, response, chosen)
    return _session(Actor(account.name, account.role, account.language), services, chosen)


@router.get("/api/v1/session", summary="Who is signed in")
async def whoami(actor: Viewer, services: Has, language: Language) -> SessionOut:
    """401 when nobody is."""
    return _session(actor, services, language)


@router.patch("/api/v1/session", summary="Choose a language")
async def choose(
    request: Request, response: Response, actor: Viewer, services: Has, chosen: Preference
) -> SessionOut:
    """Kept with the account, and in a cookie for the sign-in page."""
    await services.accounts.set_language(actor.name, chosen.language)
    _remember(request, response, chosen.language)
    return _session(actor, services, chosen.language)


@router.delete("/api/v1/session", status_code=204, summary="Sign out; the session cannot be used again")
async def sign_out(request: Request, response: Response, actor: Viewer, services: Has) -> None:
    """Harmless for a token, which has no session."""
    secret = request.cookies.get(SESSION)
    if secret:
        await services.accounts.sign_out(secret)
    response.delete_cookie(SESSION, path="/", httponly=True, samesite="strict")


@router.get("/api/v1/texts", summary="The console's words; no login")
async def texts(lang: Annotated[SpokenLanguage, Query()]) -> dict[str, str]:
    """The catalogue of one language."""
    return dict(catalogue(lang))


def _remember(request: Request, response: Response, language: str) -> None:
    secure = request.url.scheme == "https"
    response.set_cookie(LANGUAGE, language, max_age=_YEAR, samesite="lax", secure=secure, path="/")
