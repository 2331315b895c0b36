"""What authorises, folded at the head: who is party to the partnership, who is in post, and what was agreed.

One question to the log answers it for every decision and every read, so none of them can miss a part of it.
"""

import datetime as dt
from typing import Final, Literal

import msgspec

from domain.actors import Actor
from domain.codes import AgencyKind
from domain.facts import Command, Fact, Facts, Knowledge, knowing
from domain.governance import agency, agreement, staff
from domain.governance.agency import Agencies
from domain.governance.agreement import Agreements
from domain.governance.staff import Staff
from domain.ids import AgencyId
from domain.refusals import Unreadable
from domain.rights.restriction import ProcessingRestricted
from domain.search_limits import SearchLimits, SearchLimitsSet, evolve_limits

Look = Literal["search", "export", "disclosure", "break-glass"]
"""Ways of looking for which a legal profile may ask a typed justification."""


class LegalProfileSet(Fact, type="legal-profile-set", version=1):
    """For these ways of looking a worker types why, from now on; the purpose alone does for the others."""

    justified: frozenset[Look]


class Partnership(msgspec.Struct, frozen=True):
    """What decisions and reads rest on, before they know anything of a person.

    `restricts`: the processing of somebody's record was restricted, so each person's restrictions are asked for.
    """

    agencies: Agencies = {}
    staff: Staff = Staff()
    agreements: Agreements = {}
    justified: frozenset[Look] = frozenset()
    search_limits: SearchLimits = SearchLimits()
    restricts: bool = False

    def kind_of(self, one: AgencyId) -> AgencyKind | None:
        """What an agency is, None if it is none of the partnership's."""
        known = self.agencies.get(one)
        return None if known is None else known.kind

    def in_post(self, actor: Actor) -> bool:
        """Whether somebody is what they act as. The system and the command line hold no post, and need none."""
        if actor.role == "system" or actor.by_command_line:
            return True
        post = self.staff.posts.get(actor.worker)
        return post is not None and post.is_of(actor)

    def acting(self, actor: Actor) -> Actor:
        """Who somebody is here, as their post says; unchanged where they hold none."""
        post = self.staff.posts.get(actor.worker)
        if post is None or actor.role == "system" or actor.by_command_line:
            return actor
        if post.is_of(actor) and post.team == actor.team:
            return actor
        return msgspec.structs.replace(actor, agency=post.agency, role=post.role, team=post.team)

    def live_agreements(self, at: dt.datetime) -> tuple[agreement.Agreement, ...]:
        """The agreements that hold at a moment."""
        return tuple(one for one in self.agreements.values() if one.is_live(at))


OF_PARTNERSHIP: Final = (
    *agency.OF_AGENCIES,
    *staff.OF_STAFF,
    *agreement.OF_AGREEMENTS,
    LegalProfileSet,
    SearchLimitsSet,
    ProcessingRestricted,
)


def evolve(state: Partnership, fact: Fact) -> Partnership:
    """The partnership after a fact."""
    change = msgspec.structs.replace
    if isinstance(fact, staff.OF_STAFF):
        return change(state, staff=staff.evolve(state.staff, fact))
    if isinstance(fact, agreement.OF_AGREEMENTS):
        return change(state, agreements=agreement.evolve(state.agreements, fact))
    if isinstance(fact, LegalProfileSet):
        return change(state, justified=fact.justified)
    if isinstance(fact, ProcessingRestricted):
        return change(state, restricts=True)
    if isinstance(fact, SearchLimitsSet):
        return change(state, search_limits=evolve_limits(fact))
    agencies: Agencies = agency.evolve_agencies(state.agencies, fact)
    return change(state, agencies=agencies)


_PARTNERSHIP: Final = knowing(Partnership(), evolve, OF_PARTNERSHIP)


def partnership() -> Knowledge[Partnership]:
    """The partnership at the head."""
    return _PARTNERSHIP


class JustificationMissing(Unreadable):
    """Nobody said why."""

    code = "justification-missing"
    rule = "Where the partnership's legal profile asks for it, whoever looks types why (Data Protection Act 2018 s.62)."
    permitted_by = "Type why you need it."


class SetLegalProfile(Command):
    """Say for which ways of looking a worker types why (Data Protection Act 2018 s.62(2), where it is kept)."""

    justified: frozenset[Look]


def set_profile(command: SetLegalProfile, known: Partnership) -> Facts:
    """The same again adds nothing."""
    return (
        () if command.justified == known.justified else (LegalProfileSet(at=command.at, justified=command.justified),)
    )
