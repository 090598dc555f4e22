"""The daemon's figures in Prometheus' text format, with those of its process and of its build beside."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
    SummaryMetricFamily,
)
from prometheus_client.registry import Collector

from monitor.console.services import Tally
from monitor.engine.figures import FIGURES
from monitor.engine.tally import BOUNDS, Figure

PREFIX = "watchroom_"
BUILD = ("watchroom_build_info", "Version of Watchroom and of the Python under it; always 1.")

_MADE = {
    "counter": CounterMetricFamily,
    "gauge": GaugeMetricFamily,
    "summary": SummaryMetricFamily,
    "histogram": HistogramMetricFamily,
}


def expose(tally: Tally) -> bytes:
    """The whole page. Tens of milliseconds for thousands of series: not on the loop that polls."""
    registry = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=registry)
    registry.register(_Figures(tally))
    return generate_latest(registry)


class _Figures(Collector):
    """The tally as Prometheus families."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def collect(self) -> Iterable[Metric]:
        """Figures of one name become one family."""
        families: dict[str, Metric] = {}
        for figure in self._tally.snapshot():
            family = families.get(figure.name)
            if family is None:
                about = FIGURES.get(figure.name)
                text = about.help if about else figure.name.replace("_", " ")
                family = families[figure.name] = _MADE[figure.kind](f"{PREFIX}{figure.name}", text)
            _add(family, figure)
        return [_build(), *families.values()]


def _add(family: Metric, figure: Figure) -> None:
    name, labels = family.name, dict(figure.labels)
    if figure.kind == "counter":
        family.add_sample(f"{name}_total", labels, figure.value)
    elif figure.kind == "gauge":
        family.add_sample(name, labels, figure.value)
    else:
        reached = 0
        for bound, count in zip((*BOUNDS, float("inf")), figure.buckets, strict=bool(figure.buckets)):
            reached += count
            shown = "+Inf" if bound == float("inf") else repr(bound)
            family.add_sample(f"{name}_bucket", {**labels, "le": shown}, reached)
        family.add_sample(f"{name}_count", labels, figure.times)
        family.add_sample(f"{name}_sum", labels, figure.value)


def _build() -> Metric:
    try:
        ours = version("watchroom")
    except PackageNotFoundError:  # run from a source tree that is not installed
        ours = "unknown"
    family = GaugeMetricFamily(*BUILD)
    family.add_sample(BUILD[0], {"version": ours, "python": platform.python_version()}, 1)
    return family
