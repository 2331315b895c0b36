"""The demo, lived once a process: each test has a site of its own on which the same was recorded."""

import copy
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Self

from adapters.memory import MemoryEventLog
from adapters.sealing.keys import MemoryKeys
from api import wiring
from api.demo import DemoToken, load
from api.hub import Hub
from application.identity import Token, digest
from application.ports import Append, Appended
from tests.api.world import SetClock
from tests.web.site import Site, serving


class Lived:
    """What loading the demo appended to the log, the keys it is sealed under, and the tokens it made."""

    def __init__(self) -> None:
        self.clock = SetClock()
        self.appends: list[Append] = []
        self.keys = MemoryKeys()
        self.tokens: Sequence[DemoToken] = ()
        self._held: list[tuple[Token, bytes]] = []

    async def live(self) -> Self:
        async with wiring.in_memory(self.clock, self.keys) as hub:
            log = hub.decider.log
            assert isinstance(log, MemoryEventLog)
            recording = log.append

            async def kept(append: Append) -> Appended:
                appended = await recording(append)
                if not appended.repeated:
                    self.appends.append(Append(append.log, append.entries, (), append.command, append.result))
                return appended

            log.append = kept  # type: ignore[method-assign]
            self.tokens = (await load(hub, lambda _: None)).tokens
            for one in self.tokens:
                token = await hub.tokens.holder(digest(one.token))
                assert token is not None
                self._held.append((token, digest(one.token)))
        return self

    @asynccontextmanager
    async def again(self, clock: SetClock) -> AsyncIterator[Hub]:
        """A hub of its own on which all of it was recorded, when it was."""
        now, clock.at = clock.at, self.clock.at
        async with wiring.in_memory(clock, copied(self.keys)) as hub:
            for one in self.appends:
                await hub.decider.log.append(one)
            for token, of in self._held:
                await hub.tokens.keep(token, of)
            clock.at = now
            yield hub

    @asynccontextmanager
    async def site(self) -> AsyncIterator[Site]:
        """The same, served."""
        clock = SetClock()
        async with serving(self.again(clock), clock=clock, demo=True) as made:
            made.tokens = self.tokens
            yield made


def copied(keys: MemoryKeys) -> MemoryKeys:
    """Keys that a test may destroy."""
    own = MemoryKeys()
    vars(own).update({name: copy.copy(held) for name, held in vars(keys).items()})
    return own
