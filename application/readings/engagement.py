"""Episodes of street work, encounters, instruments, and where somebody may not be."""

import datetime as dt

import msgspec

from application.readings.ground import Ground
from application.readings.lists import all_of_person, one_of
from application.revealing import Shown
from application.views.episodes import (
    ENCOUNTERS,
    EPISODES,
    INSTRUMENTS,
    RESTRICTIONS,
    EncounterRow,
    EpisodeRow,
    InstrumentRow,
    RestrictionRow,
)
from domain.actors import Actor
from domain.ids import EncounterId, EpisodeId, InstrumentId, PersonId


class Engagement(msgspec.Struct, frozen=True):
    """Reads street work."""

    ground: Ground

    async def episodes(
        self, viewer: Actor, person: PersonId, *, after: int | None = None, as_at: dt.datetime | None = None
    ) -> tuple[Shown[EpisodeRow], ...]:
        """A person's episodes, with where they stand and why. Raises: NotPermitted, Unknown, ViewBehind."""
        return await all_of_person(self.ground, viewer, "engagement", EPISODES, person, after, as_at)

    async def episode(self, viewer: Actor, episode: EpisodeId, *, after: int | None = None) -> Shown[EpisodeRow]:
        """One episode. Raises: NotPermitted, Unknown, ViewBehind."""
        return await one_of(self.ground, viewer, "engagement", EPISODES, episode, after)

    async def encounters(
        self, viewer: Actor, person: PersonId, *, after: int | None = None, as_at: dt.datetime | None = None
    ) -> tuple[Shown[EncounterRow], ...]:
        """A person's encounters as they are known now. Raises: NotPermitted, Unknown, ViewBehind."""
        return await all_of_person(self.ground, viewer, "engagement", ENCOUNTERS, person, after, as_at)

    async def encounter(
        self, viewer: Actor, encounter: EncounterId, *, after: int | None = None
    ) -> Shown[EncounterRow]:
        """One encounter. Raises: NotPermitted, Unknown, ViewBehind."""
        return await one_of(self.ground, viewer, "engagement", ENCOUNTERS, encounter, after)

    async def instruments(
        self, viewer: Actor, person: PersonId, *, after: int | None = None, as_at: dt.datetime | None = None
    ) -> tuple[Shown[InstrumentRow], ...]:
        """A person's instruments. Raises: NotPermitted, Unknown, ViewBehind."""
        return await all_of_person(self.ground, viewer, "engagement", INSTRUMENTS, person, after, as_at)

    async def instrument(
        self, viewer: Actor, instrument: InstrumentId, *, after: int | None = None
    ) -> Shown[InstrumentRow]:
        """One instrument. Raises: NotPermitted, Unknown, ViewBehind."""
        return await one_of(self.ground, viewer, "engagement", INSTRUMENTS, instrument, after)

    async def restrictions(
        self, viewer: Actor, person: PersonId, *, after: int | None = None, as_at: dt.datetime | None = None
    ) -> tuple[Shown[RestrictionRow], ...]:
        """Where a person may not be. Raises: NotPermitted, Unknown, ViewBehind."""
        return await all_of_person(self.ground, viewer, "engagement", RESTRICTIONS, person, after, as_at)
