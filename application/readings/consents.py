"""Consents, decisions to share without one, and what would follow if a consent were withdrawn."""

import datetime as dt

import msgspec

from application.readings.ground import Ground
from application.readings.lists import all_of_person, one_of
from application.readings.paging import OF_ONE_PERSON
from application.relating import the_bases
from application.revealing import Shown
from application.views.consents import BASES, CONSENTS, BasisRow, ConsentRow
from application.views.inbox import REFERRALS
from domain.actors import Actor
from domain.ids import AgencyId, ConsentId, PersonId, ReferralId


class Loses(msgspec.Struct, frozen=True):
    """An agency told of a person on a consent: `keeps` where another consent or basis covers it all the same."""

    agency: str
    keeps: bool


class Withdrawal(msgspec.Struct, frozen=True, kw_only=True):
    """What the withdrawal of a consent would change: who is told no more, and which open referrals rest on it."""

    consent: ConsentId
    person: PersonId
    agencies: tuple[Loses, ...]
    referrals: tuple[ReferralId, ...]
    position: int


class Consents(msgspec.Struct, frozen=True):
    """Reads what sharing rests on."""

    ground: Ground

    async def consent(self, viewer: Actor, consent: ConsentId, *, after: int | None = None) -> Shown[ConsentRow]:
        """One consent, for who asked for it and who may receive on it. Raises: NotPermitted, Unknown, ViewBehind."""
        return await one_of(self.ground, viewer, "support", CONSENTS, consent, after)

    async def consents(
        self, viewer: Actor, person: PersonId, *, after: int | None = None, as_at: dt.datetime | None = None
    ) -> tuple[Shown[ConsentRow], ...]:
        """A person's consents that concern the agency. Raises: NotPermitted, Unknown, ViewBehind."""
        return await all_of_person(self.ground, viewer, "support", CONSENTS, person, after, as_at)

    async def bases(
        self, viewer: Actor, person: PersonId, *, after: int | None = None, as_at: dt.datetime | None = None
    ) -> tuple[Shown[BasisRow], ...]:
        """The agency's decisions to share without consent. Raises: NotPermitted, Unknown, ViewBehind."""
        return await all_of_person(self.ground, viewer, "support", BASES, person, after, as_at)

    async def withdrawal(self, viewer: Actor, consent: ConsentId) -> Withdrawal:
        """What would follow if a person withdrew a consent. Raises: NotPermitted, Unknown, ViewBehind."""
        row = (await self.consent(viewer, consent)).row
        know = self.ground.know(viewer)
        bases = await the_bases(know, row.person)
        without = bases.without(consent)
        async with self.ground.rows(viewer, None) as rows:
            listed = await rows.listed(REFERRALS, f"person:{row.person}", limit=OF_ONE_PERSON)
            position = rows.position
        mine = tuple(
            each.row.referral
            for each in listed
            if each.row.open and each.row.basis_id == consent and viewer.agency in each.row.parties
        )
        told = tuple(
            Loses(each, without.standing_of(AgencyId(each), know.now) == "live") for each in sorted(row.recipients)
        )
        return Withdrawal(consent=consent, person=row.person, agencies=told, referrals=mine, position=position)
