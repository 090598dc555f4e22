"""Errors as application/problem+json (RFC 9457), whatever went wrong and wherever."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.domain import manual
from monitor.domain.alarm import Refusal
from monitor.domain.manual import SubstitutionRefusal
from monitor.domain.service import LONGEST, ServiceRefusal
from monitor.engine.alarming import Refused, UnknownAlarm
from monitor.engine.orders import OrderRefused
from monitor.engine.servicing import ServiceRefused
from monitor.engine.substituting import SubstitutionRefused
from monitor.engine.writer import NotStored
from monitor.ports import Permanent, Transient

log = structlog.get_logger("console")

_OUTDATED = frozenset({Refusal.OLD_OCCURRENCE, Refusal.OLD_ANNUNCIATION, Refusal.UNKNOWN_OCCURRENCE})
_REFUSALS: Mapping[Refusal, str] = {
    Refusal.OLD_OCCURRENCE: "The alarm has come again since: look at the new occurrence.",
    Refusal.OLD_ANNUNCIATION: "The alarm was annunciated again since: look at it again.",
    Refusal.UNKNOWN_OCCURRENCE: "There is no such occurrence yet.",
    Refusal.NOT_ACKNOWLEDGED: "Acknowledge the alarm before resetting it.",
    Refusal.STILL_ACTIVE: "The condition still holds: nothing to reset.",
    Refusal.NOT_LATCHED: "The alarm is not latched: nothing to reset.",
    Refusal.END_NOT_IN_FUTURE: "The end must lie in the future.",
    Refusal.REASON_MISSING: "A reason is required.",
    Refusal.NOT_SHELVED: "The alarm is not shelved.",
    Refusal.NO_TEST: "This rule asks for no test of its sensor.",
    Refusal.END_TOO_FAR: "The end is further away than this site allows a shelf to last.",
}
_SUBSTITUTION_REFUSALS: Mapping[SubstitutionRefusal, str] = {
    SubstitutionRefusal.END_NOT_IN_FUTURE: "An end in the future is required.",
    SubstitutionRefusal.END_TOO_FAR: f"The end is more than {manual.LONGEST / 86400:g} days away.",
    SubstitutionRefusal.REASON_MISSING: "A reason is required.",
    SubstitutionRefusal.NOT_OF_THIS_KIND: "The point cannot have this value.",
}
_SERVICE_REFUSALS: Mapping[ServiceRefusal, str] = {
    ServiceRefusal.END_NOT_IN_FUTURE: "An end in the future is required.",
    ServiceRefusal.END_TOO_FAR: f"The end is more than {LONGEST / 86400:g} days away.",
    ServiceRefusal.REASON_MISSING: "A reason is required.",
}


class Problem(Exception):
    """An answer that is not what was asked for. `code` is a stable word for programs, `detail` a sentence for people."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(detail or code)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})
        self.more = more


def answer(problem: Problem) -> JSONResponse:
    """The problem as a response."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "code": problem.code,
    }
    if problem.detail:
        body["detail"] = problem.detail
    return JSONResponse(
        body | problem.more, problem.status, headers=problem.headers, media_type="application/problem+json"
    )


def refused(error: Refused) -> Problem:
    """An outdated command is a conflict (409), anything else that the state forbids is 422, by name."""
    status = 409 if error.refusal in _OUTDATED else 422
    return Problem(status, error.refusal.value, _REFUSALS[error.refusal], refusal=error.refusal.value)


def install(app: FastAPI) -> None:
    """Answer every error of routes and framework as a problem."""

    @app.exception_handler(Problem)
    async def _problem(_: Request, error: Problem) -> JSONResponse:
        return answer(error)

    @app.exception_handler(HTTPException)
    async def _http(_: Request, error: HTTPException) -> JSONResponse:
        code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
        detail = error.detail if error.detail != HTTPStatus(error.status_code).phrase else ""
        return answer(Problem(error.status_code, code, detail, headers=error.headers))

    @app.exception_handler(RequestValidationError)
    async def _invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        return answer(
            Problem(422, "invalid", "The request is not as documented.", errors=_faults(error.errors()))
        )

    @app.exception_handler(Refused)
    async def _refused(_: Request, error: Refused) -> JSONResponse:
        return answer(refused(error))

    @app.exception_handler(OrderRefused)
    async def _order_refused(_: Request, error: OrderRefused) -> JSONResponse:
        word = error.refusal.value
        return answer(Problem(422, word, "The order's state does not allow this step.", refusal=word))

    @app.exception_handler(SubstitutionRefused)
    async def _substitution_refused(_: Request, error: SubstitutionRefused) -> JSONResponse:
        word = error.refusal.value
        return answer(Problem(422, word, _SUBSTITUTION_REFUSALS[error.refusal], refusal=word))

    @app.exception_handler(ServiceRefused)
    async def _service_refused(_: Request, error: ServiceRefused) -> JSONResponse:
        word = error.refusal.value
        return answer(Problem(422, word, _SERVICE_REFUSALS[error.refusal], refusal=word))

    @app.exception_handler(UnknownAlarm)
    async def _unknown(_: Request, error: UnknownAlarm) -> JSONResponse:
        return answer(Problem(404, "unknown_alarm", "There is no such alarm."))

    @app.exception_handler(NotStored)
    async def _not_stored(_: Request, error: NotStored) -> JSONResponse:
        detail = "The journal does not write at the moment. The change is queued but not yet durable."
        return answer(Problem(503, "not_stored", detail, headers={"Retry-After": "5"}))

    @app.exception_handler(Transient)
    async def _transient(_: Request, error: Transient) -> JSONResponse:
        return answer(Problem(503, "unavailable", str(error), headers={"Retry-After": "5"}))

    @app.exception_handler(Permanent)
    async def _permanent(_: Request, error: Permanent) -> JSONResponse:
        log.error("console.store_broken", reason=str(error))
        return answer(Problem(503, "broken", str(error)))


def _faults(errors: Sequence[Any]) -> list[dict[str, str]]:
    """Where and why, without echoing what was sent."""
    return [{"field": ".".join(str(part) for part in e["loc"]), "message": str(e["msg"])} for e in errors]


class CatchAll:
    """The last resort: an error nobody foresaw is logged whole under an id, and only the id is told."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass through; on an error before the answer began, answer 500."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception:
            reference = secrets.token_hex(6)
            log.exception("console.error", reference=reference, method=scope["method"], path=scope["path"])
            if begun:
                raise
            detail = f"Something unforeseen happened. The log has it under {reference}."
            await answer(Problem(500, "internal", detail, reference=reference))(scope, receive, send)
