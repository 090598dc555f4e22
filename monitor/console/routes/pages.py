"""The browser's part: one page of HTML, and the files it asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.staticfiles import StaticFiles

from monitor.console.access import THEME, Has, Language
from monitor.console.texts import pick

router = APIRouter(include_in_schema=False)

STATIC = Path(__file__).parent.parent / "static"
PAGES = (
    "/",
    "/hidden",
    "/equipment",
    "/connections",
    "/rounds",
    "/messages",
    "/orders",
    "/handover",
    "/scorecard",
    "/scorecard/alarms",
    "/replay",
    "/api/docs",
)
_ONE = ("/equipment/{id}", "/checkpoints/{id}")
_templates = Environment(
    loader=FileSystemLoader(STATIC.parent / "templates"), autoescape=True, undefined=StrictUndefined
)


async def page(request: Request, services: Has, language: Language) -> Response:
    """The shell: the same for all pages, it holds nothing but the site's name."""
    theme = "light" if request.cookies.get(THEME) == "light" else "dark"
    text = _templates.get_template("shell.html").render(
        language=language,
        theme=theme,
        site=pick(services.site.name, language, services.site.id),
        timezone=services.site.timezone,
    )
    return Response(text, media_type="text/html; charset=utf-8")


for path in (*PAGES, *_ONE):
    router.add_api_route(path, page, methods=["GET"])


@router.get("/favicon.ico")
async def favicon() -> FileResponse:
    """The same sign as in the page."""
    return FileResponse(STATIC / "icon.svg", headers={"Cache-Control": "no-cache"})


class Files(StaticFiles):
    """Our files and the vendored ones; the browser asks each time whether they changed (304 when not)."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """As the framework's, with our word on caching."""
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-cache"
        return response
