"""Things by the hundred thousand that differ in whose they are and in nothing else: each is made when it is asked for.

A flyweight (Gamma et al., 1994, p. 195): 500 breaker panels of 160 bits have 160 points and 160 rules between them.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar, overload

T = TypeVar("T")


class Flyweights(Sequence[T], Generic[T]):
    """A sequence that holds what its members share, and makes one at each access."""

    __slots__ = ()

    @abstractmethod
    def _made(self, place: int) -> T:
        """The member at a place from 0 on."""

    @overload
    def __getitem__(self, place: int) -> T: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[T]: ...

    def __getitem__(self, place: int | slice) -> T | Sequence[T]:
        places = range(len(self))[place]
        return self._made(places) if isinstance(places, int) else [self._made(one) for one in places]

    def __iter__(self) -> Iterator[T]:
        return map(self._made, range(len(self)))

    __hash__ = None  # type: ignore[assignment]  # what they share holds texts by language, which have none
