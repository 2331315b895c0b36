"""Looking for somebody: who is found, how sure it is and why, how often one may, and what of it is told to whom.

Candidates are found by blind keys, opened, compared with what was asked in each way it can be meant, and ranked. Who
was registered by a party of the viewer's agreement is shown, of strangers no more than it takes to recognise
them. What is not opened to the viewer is not compared either.
"""

from typing import Final, Literal

import msgspec

from application.deciding import Know
from application.finding.asking import Sought
from application.finding.comparing import AGAINST, Match, Reason
from application.finding.near import Fit, findable, fitting, root_among, with_roots
from application.flags_of_human import with_flags_of_human
from application.permitting import permit, standing
from application.ports import LogId, ReadRows, log_of
from application.readings.asked import sight_of
from application.readings.ground import Ground
from application.revealing import Masked, Shown
from application.views.people import PEOPLE, Alias, PersonRow
from domain.actors import Actor
from domain.calendar import civil_date
from domain.codes import AgeBand, FlagKind
from domain.facts import IdentityText, Instant
from domain.governance import sharing
from domain.governance.partnership import partnership
from domain.governance.sharing import Permission, Resource
from domain.ids import AgencyId, PersonId
from domain.people.search import SearchKey, SearchTooWide
from domain.people.trawling import check_limit, lately

SHOWN_MAX: Final = 20
"""More are no help to whoever looks for one."""
LIKELY: Final = 0.5
LIKELY_MAX: Final = 3
"""Where more fit as well, none of them is likely the one."""

Likelihood = Literal["very-likely", "likely", "possible"]
"""How sure it is that somebody is the one who is looked for: no number that would be read as more than it is."""

WhyFound = Reason | Literal["reference-same", "record-merged"]
"""What was compared, and what came of it; `record-merged`: it was a record that goes on under this one."""


class FoundRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is shown of somebody who was found: enough to recognise them, and what to mind when meeting them.

    Where they live, sleep and are phoned is for those whom they concern (UK GDPR art. 5(1)(c)).
    """

    person: PersonId
    reference: str
    synthetic: bool = False
    age_band: AgeBand | None = None
    needs_interpreter: bool | None = None
    died_at: Instant | None = None
    flags: tuple[FlagKind, ...] = ()
    aliases: tuple[Alias, ...] = ()
    given_name: IdentityText = None
    family_name: IdentityText = None
    nickname: IdentityText = None
    born: IdentityText = None
    sex: IdentityText = None
    description: IdentityText = None


class PersonFound(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who was found: how likely it is them, what speaks for it and what against, the strongest first.

    `opens`: their record opens to the viewer. Else `ask` is whom to phone: the partnership's body, since which agencies
    work with somebody is told to those who do.
    """

    shown: Shown[FoundRow]
    likelihood: Likelihood
    reasons: tuple[WhyFound, ...]
    differs: tuple[WhyFound, ...]
    opens: bool
    ask: AgencyId | None


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Who was found, the likeliest first, and by what was looked: for the record of the search.

    `more`: others fit, too, and are not shown.
    """

    people: tuple[PersonFound, ...]
    more: bool
    keys: tuple[SearchKey, ...]
    position: int

    @property
    def strangers(self) -> int:
        """How many of them the viewer's agency does not work with."""
        return sum(1 for one in self.people if not one.opens)


class Candidate(msgspec.Struct, frozen=True):
    """A record that fits, and the record that it goes on under, which is its own where it was not merged."""

    row: PersonRow
    root: PersonRow
    match: Match


class Visible(msgspec.Struct, frozen=True):
    """A human whom the viewer may know of: by the record that goes on, and how well the best of theirs fits."""

    root: PersonRow
    match: Match
    reasons: tuple[WhyFound, ...]
    permission: Permission
    opens: bool


class Searching(msgspec.Struct, frozen=True):
    """Reads who may be the one that is looked for."""

    ground: Ground

    async def search(self, viewer: Actor, sought: Sought, *, limit: int = SHOWN_MAX) -> Found:
        """Who may be the one who is looked for, the likeliest first; a merged record leads to the one it goes on under.

        Raises: NotPermitted, Unknown, JustificationMissing, SearchLimitReached, SearchTooWide.
        """
        log = log_of(viewer.partnership)
        know = self.ground.know(viewer)
        permission = await permit(know, viewer, "search", Resource(category="register"))
        known = await know(partnership())
        self.ground.account.owes("search", known.justified)
        day = civil_date(know.now)
        check_limit(viewer, know.now, await know(lately(viewer.worker, know.now)), known.search_limits)
        async with self.ground.rows(viewer, None) as rows:
            register = rows.reaching("register")
            candidates = await self._candidates(log, register, sought, permission)
            fits = await self._visible(know, viewer, candidates, limit + 1)
            visible = fits[:limit]
            warned = await with_flags_of_human(register, {one.root.person: one.root for one in visible})
            body = next((one.id for one in known.agencies.values() if one.kind == "partnership"), None)
            self.ground.account.saw("register", (), permission.rules)
            self.ground.account.searched(sought.keys)
            shown = self.ground.reveal(
                [
                    Masked(
                        found_row(warned[one.root.person].on(day), opens=one.opens),
                        viewer,
                        "register",
                        one.permission,
                        body,
                    )
                    for one in visible
                ]
            )
            people = tuple(
                PersonFound(
                    shown=row,
                    likelihood=likelihood(one.match, sum(1 for each in fits if each.match.weight >= one.match.weight)),
                    reasons=tuple(why for why in one.reasons if not why.endswith(AGAINST)),
                    differs=tuple(why for why in one.reasons if why.endswith(AGAINST)),
                    opens=one.opens,
                    ask=None if one.opens else body,
                )
                for one, row in zip(visible, shown, strict=True)
            )
            return Found(people=people, more=len(fits) > limit, keys=sought.keys, position=rows.position)

    async def _candidates(
        self, log: LogId, register: ReadRows, sought: Sought, permission: Permission
    ) -> list[Candidate]:
        """The records that fit, the likeliest first. Raises SearchTooWide."""
        if sought.reference is not None:
            listed = await register.listed(PEOPLE, f"reference:{sought.reference}", limit=SHOWN_MAX)
            found = [Fit(one.row, CERTAIN) for one in listed]
        elif "identity" in permission.opens:
            assert self.ground.person_keys is not None
            readings = sought.readings(civil_date(self.ground.clock.now()))
            if not any(map(findable, readings)):
                raise SearchTooWide
            (found,) = await fitting(register, log, [readings], self.ground.person_keys, self.ground.unsealer)
        else:
            found = []
        known = await with_roots(register, [one.row for one in found])
        candidates = [Candidate(one.row, root_among(known, one.row), one.match) for one in found]
        return sorted(candidates, key=lambda one: (-one.match.weight, one.root.person, one.row.person))

    async def _visible(self, know: Know, viewer: Actor, candidates: list[Candidate], limit: int) -> list[Visible]:
        """The first humans whom the viewer may know of; a record that they may not know of counts for nothing."""
        by = await standing(know, viewer)
        visible: dict[PersonId, Visible] = {}
        for one in candidates:
            if one.root.person in visible:
                continue
            root = await sight_of(know, one.root.person, viewer)
            own = root if one.row.person == one.root.person else await sight_of(know, one.row.person, viewer)
            permission = sharing.decide(by, "search", root.entry)
            if not (permission.permitted and sharing.decide(by, "search", own.entry).permitted):
                continue
            reasons: tuple[WhyFound, ...] = one.match.reasons if one.match is not CERTAIN else ("reference-same",)
            if own is not root:
                reasons = (*reasons, "record-merged")
            opens = sharing.decide(by, "read", root.entry).permitted
            visible[one.root.person] = Visible(one.root, one.match, reasons, permission, opens)
            if len(visible) == limit:
                break
        return list(visible.values())


CERTAIN: Final = Match(float("inf"), 1.0, ())
"""A reference names one record."""


def found_row(row: PersonRow, *, opens: bool) -> FoundRow:
    """What is shown of a human: to whom they are a stranger, of all warnings those of one's own safety."""
    flags = tuple(dict.fromkeys(flag.kind for flag in row.flags if opens or flag.kind == "staff-safety"))
    return FoundRow(
        person=row.person,
        reference=row.reference,
        synthetic=row.synthetic,
        age_band=row.age_band,
        needs_interpreter=row.needs_interpreter,
        died_at=row.died_at,
        flags=flags,
        aliases=row.aliases,
        given_name=row.given_name,
        family_name=row.family_name,
        nickname=row.nickname,
        born=row.born,
        sex=row.sex,
        description=row.description,
    )


def likelihood(match: Match, as_well: int) -> Likelihood:
    """The band of a probability, where so many fit as well: of many of one name, each is possible."""
    if as_well > LIKELY_MAX:
        return "possible"
    if match.suggests_same:
        return "very-likely"
    return "likely" if match.probability >= LIKELY else "possible"
