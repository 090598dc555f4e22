"""What the engine needs from the outside, said by the engine: interfaces of one to four methods, a file for each noun.

Every implementation, the fakes in tests included, is held to one contract suite per interface (tests/contracts).
"""

from monitor.ports.callers import DialledInto, Reception, TurnedAway
from monitor.ports.clock import Clock, Timer
from monitor.ports.devices import BrokerSession, Inlet, PolledConnection, PushedConnection, RawPoint, RawRead
from monitor.ports.errors import NotConnected, Permanent, Transient, Uncertain
from monitor.ports.export import Exporter, Format, Samples
from monitor.ports.history import Finding, Historian, Written
from monitor.ports.journal import Change, Journal, Stored
from monitor.ports.record import Page, Record
from monitor.ports.spool import Spool, SpoolBatch
from monitor.ports.telling import Accepted, CalledBack, Heard, Listener, Notifier, Receipt

__all__ = [
    "Accepted",
    "BrokerSession",
    "CalledBack",
    "Change",
    "Clock",
    "DialledInto",
    "Exporter",
    "Finding",
    "Format",
    "Heard",
    "Historian",
    "Inlet",
    "Journal",
    "Listener",
    "NotConnected",
    "Notifier",
    "Page",
    "Permanent",
    "PolledConnection",
    "PushedConnection",
    "RawPoint",
    "RawRead",
    "Receipt",
    "Reception",
    "Record",
    "Samples",
    "Spool",
    "SpoolBatch",
    "Stored",
    "Timer",
    "Transient",
    "TurnedAway",
    "Uncertain",
    "Written",
]
