"""For supervisors of the daemon: is it alive, and what are its numbers."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from pydantic import BaseModel

from monitor.console.access import Has, Visitor
from monitor.console.problems import Problem
from monitor.console.services import Tally

router = APIRouter(tags=["health"])
_LOOPBACK = frozenset({"127.0.0.1", "::1"})
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")


class HealthOut(BaseModel):
    """`reasons` only for whoever is signed in."""

    ok: bool
    reasons: list[str] | None = None


@router.get(
    "/healthz", response_model_exclude_none=True, summary="200 while every loop turns and the journal writes"
)
async def healthz(visitor: Visitor, response: Response, services: Has) -> HealthOut:
    """503 otherwise. Dead devices or databases are alarms, not ill health. No login; reasons only with one."""
    health = services.health()
    response.status_code = 200 if health.ok else 503
    return HealthOut(ok=health.ok, reasons=list(health.reasons) if visitor else None)


@router.get("/metrics", summary="Prometheus; a viewer's token, or none from this machine itself")
async def metrics(request: Request, visitor: Visitor, services: Has) -> Response:
    """A request through a proxy is not from this machine, whatever its address says."""
    host = request.client.host if request.client else ""
    here = host in _LOOPBACK and not any(name in request.headers for name in _FORWARDED)
    if visitor is None and not here:
        raise Problem(401, "unauthorized", "A token is needed.", headers={"WWW-Authenticate": "Bearer"})
    # A large page takes tens of milliseconds: not on the loop that polls.
    text = await asyncio.to_thread(_exposed, services.tally)
    return Response(text, media_type=CONTENT_TYPE_LATEST)


class _Figures(Collector):
    """The tally as Prometheus families."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def collect(self) -> list[Metric]:
        """Figures of one name become one family."""
        families: dict[str, CounterMetricFamily | GaugeMetricFamily] = {}
        for name, labels, kind, value in self._tally.snapshot():
            family = families.get(name)
            if family is None:
                made = CounterMetricFamily if kind == "counter" else GaugeMetricFamily
                family = families[name] = made(f"watchroom_{name}", name.replace("_", " "), labels=None)
            family.add_sample(_sample_name(name, kind), dict(labels), value)
        return list(families.values())


def _sample_name(name: str, kind: str) -> str:
    full = f"watchroom_{name}"
    return full if kind == "gauge" or full.endswith("_total") else f"{full}_total"


def _exposed(tally: Tally) -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(tally))
    return generate_latest(registry)
