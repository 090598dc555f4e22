"""A polled connection without a wire: answers as the test says, in virtual or real time."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from monitor.domain.reading import Quality
from monitor.domain.scan import Scan, Slot
from monitor.domain.source import EquipmentSource
from monitor.ports import Clock, RawRead, Transient


class FakePolled:
    """Implements ports.PolledConnection. One request at a time, as on a bus.

    Each equipment takes `answer_time` seconds to answer with `values`; one in `failing` raises that error, after
    `timeout` seconds where it is a plain Transient (silence) and at once where it is any other.
    """

    def __init__(
        self,
        equipment: Sequence[EquipmentSource],
        clock: Clock,
        *,
        answer_time: float = 0.0,
        timeout: float = 1.0,
    ) -> None:
        self._plans = {source.id: source.plan for source in equipment}
        self._clock = clock
        self._line = asyncio.Lock()
        self.answer_time = answer_time
        self.timeout = timeout
        self.failing: dict[str, Exception] = {}
        self.values: dict[str, Sequence[Slot]] = {}
        self.bad: dict[str, Mapping[int, Quality]] = {}
        self.asked: list[tuple[float, str]] = []
        """Steady time and equipment of every reading, when it reached the line."""
        self.on_ask: Callable[[str], None] = lambda equipment: None
        self.closed = False
        self._readings: set[asyncio.Task[None]] = set()

    async def read(self, equipment: str) -> Scan:
        """One reading."""
        plan = self._plans[equipment]
        async with self._line:
            self.asked.append((self._clock.now().steady, equipment))
            self.on_ask(equipment)
            error = self.failing.get(equipment)
            if error is not None:
                await self._clock.sleep(self.timeout if type(error) is Transient else 0)
                raise error
            await self._clock.sleep(self.answer_time)
            values = tuple(self.values.get(equipment, [0] * len(plan.points)))
            return Scan(plan, values, self._clock.now(), self.bad.get(equipment, {}))

    def start(self, equipment: str, told: Callable[[Scan | Exception], None]) -> None:
        """One reading, told of."""

        async def reading() -> None:
            try:
                outcome: Scan | Exception = await self.read(equipment)
            except Exception as error:  # noqa: BLE001  told
                outcome = error
            told(outcome)

        task = asyncio.create_task(reading())
        self._readings.add(task)
        task.add_done_callback(self._readings.discard)

    async def probe(self, equipment: str) -> tuple[Scan, Sequence[RawRead]]:
        """A reading with something beside."""
        return await self.read(equipment), (RawRead(equipment, b"\x01"),)

    async def close(self) -> None:
        """Nothing to let go of."""
        self.closed = True
