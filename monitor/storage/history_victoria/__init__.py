"""VictoriaMetrics as historian: line protocol in, PromQL's HTTP API out."""

from monitor.storage.history_victoria.historian import VictoriaHistorian

__all__ = ["VictoriaHistorian"]
