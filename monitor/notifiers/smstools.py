"""SMS through a modem of our own by smsd (SMS Server Tools 3): files in a spool, reports and replies as files too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import structlog

from monitor.domain.notification import Notification
from monitor.notifiers import smstools_files as files
from monitor.notifiers.smstools_settings import SmstoolsSettings
from monitor.notifiers.smstools_spool import OURS, Found, Spool
from monitor.ports import Accepted, Clock, Heard, Permanent, Receipt, Transient, Uncertain

log = structlog.get_logger("smstools")

UNMATCHED = 60.0
"""Seconds after which a report that belongs to no message of ours is removed (of the earlier parts of a text)."""
TIDY = 3600.0


class SmstoolsNotifier:
    """Implements Notifier and Listener. Accepted means that the modem's network took every part.

    What smsd does not get out in time is drawn back, so that a dead modem is known at once and nothing goes out hours
    later.
    """

    def __init__(self, channel: str, settings: SmstoolsSettings, clock: Clock) -> None:
        self._channel = channel
        self._settings = settings
        self._clock = clock
        self._spool = Spool(settings.spool)
        self._trouble = ""
        self._under_way: set[str] = set()
        self._done: set[Path] = set()

    async def send(self, notification: Notification) -> Accepted:
        """Put one message into the spool and wait until smsd has sent it.

        Raises Permanent without a number, Transient when it surely was not sent, Uncertain when smsd is still at it.
        """
        if not files.digits(notification.address or ""):
            raise Permanent("no telephone number")
        reference = f"{notification.id}-{notification.attempts}"
        self._under_way.add(OURS + reference)
        try:
            await asyncio.to_thread(self._put, notification, reference)
            return await self._wait(OURS + reference, reference)
        except OSError as error:
            where = f" ({error.filename})" if error.filename else ""
            raise Transient(f"smsd's spool cannot be used: {error.strerror or error}{where}") from None
        except asyncio.CancelledError:
            self._spool.draw_back(OURS + reference)
            raise
        finally:
            self._under_way.discard(OURS + reference)

    def _put(self, notification: Notification, reference: str) -> None:
        for earlier in range(1, notification.attempts):  # of before a crash
            self._spool.draw_back(f"{OURS}{notification.id}-{earlier}")
        content = files.outgoing(notification.address or "", notification.text)
        self._spool.put(OURS + reference, content)

    async def _wait(self, name: str, reference: str) -> Accepted:
        deadline = self._clock.now().steady + self._settings.accept_within
        while not await asyncio.to_thread(self._spool.sent, name):
            reason = await asyncio.to_thread(self._spool.failure, name)
            if reason:
                raise Transient(reason)
            if self._clock.now().steady >= deadline:
                if await asyncio.to_thread(self._spool.draw_back, name):
                    raise Transient("smsd did not send it in time: no smsd, no modem or no network")
                if not await asyncio.to_thread(self._spool.sent, name):
                    raise Uncertain("smsd is still sending")
            await self._clock.sleep(self._settings.look_every)
        return Accepted(reference, receipt=True)

    async def listen(self) -> AsyncIterator[Heard]:
        """Receipts and replies as they come; a file goes when what it says was taken."""
        tidied = self._clock.now().steady
        while True:
            for found in await self._look():
                heard, gone = await asyncio.to_thread(self._heard, found)
                if heard is not None:
                    yield heard
                for path in gone:
                    await asyncio.to_thread(self._remove, path)
            if self._clock.now().steady - tidied > TIDY:
                tidied = self._clock.now().steady
                await asyncio.to_thread(self._spool.tidy)
            await self._clock.sleep(self._settings.look_every)

    async def _look(self) -> list[Found]:
        try:
            found = await asyncio.to_thread(self._spool.came)
        except OSError as error:
            if self._trouble != str(error):
                log.error("spool.unreadable", channel=self._channel, reason=str(error))
            self._trouble = str(error)
            return []
        if self._trouble:
            log.warning("spool.readable_again", channel=self._channel)
        self._trouble = ""
        return [one for one in found if one.path not in self._done]

    def _heard(self, found: Found) -> tuple[Heard | None, tuple[Path, ...]]:
        """What a file says, and what may be removed when that was taken."""
        wall = self._clock.now().wall
        try:
            report = files.report(found.file)
            if report is None:
                message = files.reply(found.file, found.path.name, self._channel, wall)
                return Heard(messages=(message,)), (found.path,)
        except ValueError as error:
            log.warning("spool.unread", channel=self._channel, file=found.path.name, reason=str(error))
            return None, (found.path,)
        about = self._spool.message(report)
        if about is None:
            return None, (found.path,) if found.age > UNMATCHED else ()
        if about.name in self._under_way:  # the report was quicker than our look at it
            return None, ()
        if report.delivered is None:
            return None, (found.path,)
        reference = about.name.removeprefix(OURS)
        receipt = Receipt(reference, report.delivered, wall, "" if report.delivered else report.reason)
        return Heard(receipts=(receipt,)), (found.path, about)

    def _remove(self, path: Path) -> None:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            # Said once for each; what was heard is not heard again until the next start.
            log.error("spool.not_removed", channel=self._channel, file=str(path), reason=error.strerror)
            self._done.add(path)

    async def close(self) -> None:
        """Nothing is held."""
