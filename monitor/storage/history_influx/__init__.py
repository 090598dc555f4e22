"""The historian that many already run: InfluxDB 1.x, 2.x and 3.x."""

from monitor.storage.history_influx.address import PointAddress, addresses_of
from monitor.storage.history_influx.historian import InfluxHistorian

__all__ = ["InfluxHistorian", "PointAddress", "addresses_of"]
