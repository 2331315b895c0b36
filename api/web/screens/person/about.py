"""What every page about a person has: who it is, as known when, the parts of their record, and what may be done."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

import msgspec

from api.serving import Answer
from api.web import as_at as looking_back
from api.web.screens.home import remembered
from api.web.visit import Visit
from application.relating import the_relationship
from application.revealing import Shown
from application.views.episodes import EpisodeRow
from application.views.people import PersonRow
from application.views.services import LadderRow
from domain.actors import COORDINATORS, OFFICERS
from domain.codes import AgencyKind
from domain.governance import sharing
from domain.governance.agency import Agency
from domain.governance.break_glass import BreakGlass
from domain.governance.scope import Action, Category
from domain.governance.sharing import Relationship, Resource, Standing
from domain.governance.sharing_rules import STREET_AGENCIES
from domain.ids import AgencyId, PersonId, SessionId
from domain.refusals import NotPermitted, Unknown

PARTS: Final[tuple[tuple[str, str, Category], ...]] = (
    ("overview", "", "register"),
    ("timeline", "/timeline", "register"),
    ("ladder", "/ladder", "engagement"),
    ("referrals", "/referrals", "support"),
    ("plan", "/plan", "support"),
    ("sharing", "/sharing", "support"),
    ("details", "/details", "register"),
    ("paper", "/print", "register"),
)
"""The parts of a record, each with where it stands and what somebody's role must let them read."""
OF_THE_ERASED: Final = frozenset({"overview", "timeline", "ladder", "referrals", "rights"})
"""The parts that still say something of who was erased."""


class Offer(msgspec.Struct, frozen=True):
    """Something that may be done: the command whose words are on the link, and where it is done."""

    command: str
    where: str


class About:
    """A person whom a page is about; `others` are the entries of records that were merged into theirs."""

    def __init__(
        self,
        visit: Visit,
        shown: Shown[PersonRow] | None,
        others: tuple[PersonRow, ...],
        relationship: Relationship,
        by: Standing,
        as_at: dt.datetime | None,
        moments: Sequence[dt.datetime],
    ) -> None:
        self.visit = visit
        self.person = PersonId(visit.ids["person"])
        self.shown = shown
        self.others = others
        self.by = by
        self.as_at = as_at
        self.moments = moments
        self._relationship = relationship

    @property
    def kind(self) -> AgencyKind | None:
        """Of which kind the viewer's agency is."""
        return self.by.kind

    @property
    def agencies(self) -> Mapping[AgencyId, Agency]:
        """The agencies of the partnership."""
        return self.by.partnership.agencies

    @property
    def glass(self) -> BreakGlass | None:
        """How the viewer opened the record in an emergency, while that lasts."""
        open_now = (one for one in self._relationship.broken if one.opens_for(self.visit.viewer, self.by.at))
        return next(open_now, None)

    @property
    def path(self) -> str:
        """Where the person's record stands."""
        return f"/people/{self.person}"

    @property
    def row(self) -> PersonRow:
        """The entry in the register."""
        assert self.shown is not None, "whoever was not known then has a page of their own"
        return self.shown.row

    @property
    def street(self) -> bool:
        """Whether the viewer's agency does street work."""
        return self.kind in STREET_AGENCIES

    def may(self, action: Action, category: Category) -> bool:
        """Whether the viewer may do this with something of the person to which their agency is party."""
        mine = frozenset({self.visit.viewer.agency})
        resource = Resource(category=category, relationship=self._relationship, parties=mine)
        return sharing.decide(self.by, action, resource).permitted

    def may_act(self, category: Category) -> bool:
        """Whether the viewer may do something of a category from here.

        Not from an earlier day, nor with a record that goes on under another, nor with one that was erased.
        """
        goes_on = self.row.merged_into is None and not self.row.erased
        return self.as_at is None and goes_on and self.may("write", category)

    @property
    def sees_keeping(self) -> bool:
        """Whether the viewer may see what keeps the record and what ends it."""
        resource = Resource(category="rights", relationship=self._relationship)
        return sharing.decide(self.by, "read", resource).permitted

    def names(self) -> dict[str, str]:
        """What agencies are called."""
        return {str(one.id): one.name for one in self.agencies.values()}

    def _parts(self) -> tuple[tuple[str, str], ...]:
        """The parts of the record that the viewer is led to."""
        # To an agency without street work a ladder says nothing: what it is party to stands on the first page.
        ladder = self.street or self.visit.viewer.role in COORDINATORS
        kept = "" if self.as_at is None else f"?{looking_back.AS_AT}={quote(looking_back.written(self.as_at))}"
        return tuple(
            (name, f"{self.path}{where}{'' if name == 'paper' else kept}")
            for name, where, category in PARTS
            if self.may("read", category)
            and (name != "ladder" or ladder)
            and (name in OF_THE_ERASED or self.shown is None or not self.row.erased)
        )

    async def page(
        self,
        template: str,
        part: str,
        *,
        kept: Mapping[str, str] | None = None,
        **context: Any,  # noqa: ANN401 - whatever the template shows
    ) -> Answer:
        """A page of the record. `kept` are the parameters that stay when another day is looked at."""
        where = next((where for name, where, _ in PARTS if name == part), "")
        known = {"names": self.names(), **context}
        return await self.visit.page(
            template,
            headers=(remembered(self.visit, self.person),),
            subject=self.shown,
            about=self,
            person=self.shown and self.shown.row,
            path=self.path,
            here=f"{self.path}{where}",
            part=part,
            parts=self._parts(),
            as_at=self.as_at,
            as_at_typed=looking_back.typed(self.as_at),
            as_at_steps=looking_back.steps(self.moments),
            as_at_place=looking_back.place(self.moments, self.as_at),
            as_at_kept=kept or {},
            today=self.visit.hub.clock.now(),
            **known,
        )

    async def not_known_then(self, part: str) -> Answer:
        """The page of a day on which nothing was known of the person."""
        return await self.page("person/not_yet.html", part)

    def back(self, where: str = "") -> str:
        """The parameter that leads back to a page of the record."""
        return f"back={quote(self.path + where, safe='/')}"


async def about(visit: Visit) -> About:
    """The person of an address. Raises: Unknown, NotPermitted, ProblemError."""
    readings, viewer = visit.hub.readings, visit.viewer
    person = PersonId(visit.ids["person"])
    as_at = looking_back.asked(visit.query, visit.hub.clock.now())
    now = await readings.people.person(viewer, person)
    moments = await readings.timelines.moments(viewer, person)
    shown: Shown[PersonRow] | None = now.shown
    if as_at is not None:
        try:
            shown = (await readings.people.person(viewer, person, as_at=as_at)).shown
        except Unknown:  # it may be seen now, so nothing was known of them then
            shown = None
    others = await _others(visit, now.same_human, as_at)
    return About(
        visit,
        shown and _of_human(shown, others),
        others,
        await the_relationship(visit.snapshot.know, person),
        Standing(viewer, await visit.partnership(), visit.hub.clock.now()),
        as_at,
        moments,
    )


async def _others(visit: Visit, same_human: Sequence[PersonId], as_at: dt.datetime | None) -> tuple[PersonRow, ...]:
    """The entries of the records that were merged into this one, as far as the viewer may see them."""
    found: list[PersonRow] = []
    for one in same_human:
        try:
            found.append((await visit.hub.readings.people.person(visit.viewer, one, as_at=as_at)).shown.row)
        except Unknown:  # it was entered after that day
            continue
    return tuple(found)


def _of_human(shown: Shown[PersonRow], others: Sequence[PersonRow]) -> Shown[PersonRow]:
    """An entry with what is true of the human, under whichever of their records it stands."""
    rows = (shown.row, *others)
    row = msgspec.structs.replace(
        shown.row,
        died_at=min((one.died_at for one in rows if one.died_at is not None), default=None),
        stay=next((one.stay for one in rows if one.stay is not None), None),
        needs_interpreter=next((one.needs_interpreter for one in rows if one.needs_interpreter is not None), None),
    )
    return msgspec.structs.replace(shown, row=row)


async def where_permitted(found: Any) -> Any:  # noqa: ANN401 - whatever is read
    """What is read, or nothing where the viewer's role has no such part."""
    try:
        return await found
    except NotPermitted:
        return ()


async def ladders(one: About) -> Mapping[tuple[str, int], LadderRow]:
    """The versions of ladders that the partnership adopted."""
    found = await where_permitted(one.visit.hub.readings.administration.ladders(one.visit.viewer))
    return {(each.ladder, each.ladder_version): each for each in found}


async def words_of(one: About) -> dict[str, str]:
    """What agencies, services and steps are called."""
    steps = {step.step: step.label for each in (await ladders(one)).values() for step in each.steps}
    services = (await one.visit.hub.readings.administration.services(one.visit.viewer)).items
    return {**steps, **{each.service: each.name for each in services}, **one.names()}


async def encounters_of(one: About) -> dict[str, dt.datetime]:
    """When the encounters happened that the viewer may see, by id."""
    found = await where_permitted(
        one.visit.hub.readings.engagement.encounters(one.visit.viewer, one.person, as_at=one.as_at)
    )
    return {each.row.encounter: each.row.happened for each in found}


async def next_session(one: About) -> tuple[SessionId, str] | None:
    """The next hub session to which somebody can be invited."""
    if not one.may("write", "hub"):
        return None
    page = await one.visit.hub.readings.hub_days.hub_sessions(one.visit.viewer, limit=50)
    now = one.visit.hub.clock.now()
    coming = [each for each in page.items if each.starts > now and not each.cancelled_at and not each.closed_at]
    first = min(coming, key=lambda each: each.starts, default=None)
    return None if first is None else (first.session, first.venue or first.place)


def who_page(row: PersonRow) -> str:
    """Where it is said who somebody is: whoever has no name yet is looked for first."""
    return "who" if row.provisional or not row.has_name else "edit"


def offers(
    one: About, episodes: Sequence[Shown[EpisodeRow]], session: SessionId | None
) -> tuple[tuple[Offer, ...], tuple[Offer, ...]]:
    """What may be done with somebody in their state: what is done often, and the rest.

    Nothing from an earlier day, nor with a record that goes on under another, nor with one that was erased.
    """
    row = one.row
    if one.as_at is not None or row.merged_into is not None or row.erased:
        return (), ()
    writes = {name: one.may("write", name) for name in ("register", "engagement", "hub", "support", "duty")}
    back, on = one.back(), f"person={one.person}&{one.back()}"
    if row.died_at is not None:
        rest = (Offer("RetractDeath", f"{one.path}/death/retract?{back}"),) if writes["register"] else ()
        return (), rest
    open_episode = next((each.row for each in episodes if each.row.closed_at is None), None)
    street = one.street and one.visit.viewer.role in OFFICERS | COORDINATORS
    often: list[Offer] = []
    rest_of: list[Offer] = []
    if writes["engagement"] and (one.street or one.visit.viewer.role == "outreach-worker"):
        often.append(Offer("RecordEncounter", f"/encounters/new?person={one.person}"))
    if writes["support"]:
        often.append(Offer("SendReferral", f"/referrals/new?{on}"))
    if writes["hub"] and session is not None and row.stay is None:
        for_episode = f"&episode={open_episode.episode}" if open_episode else ""
        often.append(Offer("Invite", f"/hub-sessions/{session}/invitations/new?{on}{for_episode}"))
    if street and writes["engagement"] and row.stay is None:
        if open_episode is not None and open_episode.paused_at is None:
            often.append(Offer("IssueTicket", f"/tickets/new?episode={open_episode.episode}&{back}"))
        elif open_episode is None:
            rest_of.append(Offer("OpenEpisode", f"/episodes/new?{on}"))
    if writes["support"]:
        rest_of += [
            Offer("OpenPlan", f"/plans/new?{on}"),
            Offer("RequestConsent", f"{one.path}/consents/new?{back}"),
        ]
    if writes["duty"]:
        rest_of.append(Offer("NotifyHousingAuthority", f"/duty-notifications/new?{on}"))
    if writes["register"]:
        rest_of.append(Offer("RaiseFlag", f"{one.path}/flags/new?{back}"))
        rest_of += (
            [Offer("RecordRelease", f"{one.path}/release?{back}")]
            if row.stay is not None
            else [
                Offer("RecordCustody", f"{one.path}/custody?{back}"),
                Offer("RecordHospital", f"{one.path}/hospital?{back}"),
            ]
        )
    if street and writes["engagement"]:
        rest_of += [
            Offer("RecordRestriction", f"{one.path}/restrictions/new?{back}"),
            Offer("DraftInstrument", f"{one.path}/instruments/new?{back}"),
            Offer("RecordInstrument", f"{one.path}/instruments/record/new?{back}"),
        ]
    if writes["register"]:
        rest_of += [
            Offer("IdentifyPerson", f"{one.path}/{who_page(row)}"),
            Offer("AddAlias", f"{one.path}/aliases/new?{back}"),
            Offer("ProposeMerge", f"/merges/new?{on}"),
            Offer("RecordDeath", f"{one.path}/death?{back}"),
        ]
    return tuple(often), tuple(rest_of)
