"""What a row of a contact sheet asks of the system: one act, decided whole.

Ids are keyed hashes of what the sheet says, so the same row always speaks of the same things. A sheet has no column for
the wording of an instrument or the circumstances of a referral: these stand on the paper, and the facts say `paper`.
"""

import asyncio
import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, Protocol, get_args

import msgspec

from application.contact_sheet import Identity, RowRefused, SheetRow
from application.deciding import Know
from application.relating import record
from application.sheet_identity import Found, Who, names
from domain import codes
from domain.actors import Actor
from domain.calendar import LONDON, civil_date
from domain.codes import AgencyKind
from domain.engagement import (
    closing,
    drafting,
    encounter,
    episode,
    hub_session,
    issuing,
    journey,
    opening,
    orders,
    serving,
    terms,
)
from domain.engagement.ladder import Ladder, ladders
from domain.engagement.overrides import Override
from domain.facts import Command, Fact, Knowledge
from domain.governance import agency as agencies
from domain.governance.contact_sheet import RecordSheetRow
from domain.governance.partnership import partnership
from domain.ids import (
    AgencyId,
    DetailId,
    EncounterId,
    EpisodeId,
    InstrumentId,
    InvitationId,
    PartnershipId,
    PersonId,
    ReferralId,
    SearchId,
    ServiceId,
    SessionId,
    SheetId,
    SheetRowId,
    TicketId,
    WorkerId,
)
from domain.people import consent, describing, person, registering, search
from domain.support import referral, referral_status, service
from domain.support.words import Historic

PARTNERSHIP_AGENCY: Final = AgencyId("csp")
TYPIST: Final = WorkerId("contact-sheet")
"""Who writes down what an officer did, and what the sheet names nobody for."""
STREET_KINDS: Final = frozenset({"encounter", "ticket", "instrument"})

_KINDS_BY_WORD: Final[tuple[tuple[str, AgencyKind], ...]] = (
    ("police", "police"),
    ("district council", "district-council"),
    ("town council", "town-council"),
    ("county council", "county-council"),
    ("city council", "district-council"),
    ("housing option", "housing-options"),
    ("housing", "housing-association"),
    ("drug", "drug-and-alcohol"),
    ("alcohol", "drug-and-alcohol"),
    ("work and pensions", "dwp"),
    ("dwp", "dwp"),
    ("jobcentre", "dwp"),
    ("probation", "probation"),
    ("health", "health"),
    ("nhs", "health"),
    ("gp", "health"),
)


class Pseudonym(Protocol):
    """A keyed hash of texts: the same for the same texts, and nothing to anybody without the key."""

    def __call__(self, *parts: str) -> str:
        """Thirty-two hexadecimal digits."""
        ...


def sheet_id(pseudonym: Pseudonym, partnership: PartnershipId, name: str) -> SheetId:
    """What a sheet is called in the log: its own name may say too much."""
    return SheetId(pseudonym("sheet", partnership, name))


def agency_id(words: str) -> str:
    """The id that an agency is given which a sheet names."""
    return re.sub(r"[^a-z0-9]+", "-", words).strip("-")[:60]


def agency_called(said: str, known: Mapping[AgencyId, agencies.Agency]) -> AgencyId | None:
    """The agency of that id, name or kind, if the partnership knows one; one that was renamed keeps its id."""
    words = " ".join(said.casefold().split())
    return next(
        (
            one.id
            for one in known.values()
            if words in {one.name.casefold(), one.kind, one.kind.replace("-", " ")} or agency_id(words) == one.id
        ),
        None,
    )


def service_called(
    said: str | None, need: codes.Need, agency: AgencyId, offered: Iterable[service.Service], at: dt.datetime
) -> service.Service | None:
    """The service of the agency with that id or name; where none is named, the most special one for the need."""
    words = (said or "").casefold()
    found = [
        one
        for one in offered
        if one.agency == agency
        and one.open_at(at)
        and (words in {one.id, one.offered.name.casefold()} if words else need in one.needs)
    ]
    return min(found, key=lambda one: (len(one.needs), one.id), default=None)


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """Where a sheet is imported, and how. `now` is when: entering people in the register happens then, not earlier."""

    partnership: PartnershipId
    ladder: Ladder
    sheet: str
    historic: bool
    now: dt.datetime


class Act(msgspec.Struct, frozen=True):
    """Who does what because of a row, and what is told of it afterwards."""

    by: Actor
    commands: tuple[Command, ...]
    person: PersonId
    adds_person: bool = False
    adds_agency: str | None = None
    searched: bool = False
    """Whether the register was searched for who the person may be already."""

    @property
    def adds_to_directory(self) -> bool:
        """Whether it enters an agency or a service."""
        return any(isinstance(one, agencies.RegisterAgency | service.OfferService) for one in self.commands)


class Acts:
    """Turns rows of one sheet into acts."""

    def __init__(self, setting: Setting, pseudonym: Pseudonym) -> None:
        self._setting = setting
        self._pseudonym = pseudonym

    async def act(self, know: Know, row: SheetRow, key: str, who: Who) -> Act:
        """The act of a row; `key` names the row.

        Raises: RowRefused for what no command can say.
        """
        if row.adverse and row.worker is None:
            raise RowRefused("worker", "adverse-step-names-no-human", "a ticket or instrument names who issued it")
        entry = await self._asked_at_once(know, row, key)
        someone = entry.merged_into or entry.id
        answered = await self._answered(know, row, {entry.id, someone})
        agency, new_agency = await self._agency(know, row.agency if row.kind == "referral" else None)
        by = await self._actor(know, row, answered)
        commands: list[Command] = [new_agency] if new_agency is not None else []
        if not entry.registered:
            commands += self._enter(someone, who, civil_date(row.when))
        elif who.added is not None:
            commands += self._add(entry, someone, who.added, who.found, civil_date(row.when))
        commands += await self._what_happened(know, by, row, key, someone, agency, answered, who.identity.language)
        checked = tuple(_checked(command) for command in commands)
        searched = any(isinstance(one, search.RecordSearch) for one in commands)
        return Act(by, checked, someone, not entry.registered, agency if new_agency else None, searched)

    async def _asked_at_once(self, know: Know, row: SheetRow, key: str) -> person.Person:
        """The person's entry. With it, what most rows of the kind need is asked, so that the log is asked once."""
        someone = self.person(row.person)
        asking: list[Knowledge[Any]] = [partnership(), record(someone)]
        match row.kind:
            case "encounter":
                asking += [encounter.encounter(EncounterId(key)), encounter.encounters_of(someone)]
            case "ticket" | "instrument":
                asking += [journey.journey_of(someone), ladders(), self._spans(someone)]
            case "invitation" | "attendance":
                asking += [journey.journey_of(someone), hub_session.session(self._session(row))]
            case "referral":
                asking += [service.services(), consent.bases(someone), referral_status.referral(ReferralId(key))]
            case "answer":
                asking += [referral_status.referral(ReferralId(self.row_key(row.answers or "")))]
            case _:
                asking += [self._spans(someone), ladders()]
        entry, _ = await asyncio.gather(know(person.person(someone)), asyncio.gather(*(know(one) for one in asking)))
        return entry

    def _spans(self, someone: PersonId) -> Knowledge[opening.Spans]:
        return opening.spans_of(someone, self._setting.ladder.operation)

    async def _answered(self, know: Know, row: SheetRow, people: set[PersonId]) -> referral_status.Referral | None:
        """The referral that a row answers."""
        if row.kind != "answer" or row.answers is None:
            return None
        asked = await know(referral_status.referral(ReferralId(self.row_key(row.answers))))
        if asked is None:
            raise RowRefused("answers", "no-such-referral", "a referral of this sheet stands under the row_id answered")
        if asked.person not in people:
            raise RowRefused("person", "referral-of-another", "an answer names the person of the referral it answers")
        return asked

    def provenance(self, row: SheetRow, key: str, act: Act, fields: Mapping[str, str]) -> RecordSheetRow:
        """Where the act came from, with the row as it stood, sealed."""
        said = {name: value for name, value in fields.items() if value}
        return RecordSheetRow(
            at=row.when,
            sheet=self.sheet,
            row=SheetRowId(key),
            person=act.person,
            kind=row.kind,
            made=made_by(act.commands[-1]),
            historic=self._setting.historic,
            fields=msgspec.json.encode(said).decode(),
        )

    @property
    def sheet(self) -> SheetId:
        """The sheet's id."""
        return sheet_id(self._pseudonym, self._setting.partnership, self._setting.sheet)

    def _id(self, kind: str, *parts: str) -> str:
        return self._pseudonym(kind, self._setting.partnership, self._setting.sheet, *parts)

    def _worker(self, name: str) -> WorkerId:
        return WorkerId(
            "w-" + self._pseudonym("worker", self._setting.partnership, " ".join(name.casefold().split()))[:16]
        )

    async def _agency(self, know: Know, said: str | None) -> tuple[AgencyId | None, Command | None]:
        """The agency of that id, name or kind; one that the partnership does not know is entered, without a log-in."""
        if said is None:
            return None, None
        words = " ".join(said.casefold().split())
        known = (await know(partnership())).agencies
        called = agency_called(said, known)
        if called is not None:
            return called, None
        slug = agency_id(words)
        if not slug:
            raise RowRefused("agency", "unknown-agency", "the name of an agency has letters")
        kind: AgencyKind = next((kind for word, kind in _KINDS_BY_WORD if word in words), "voluntary")
        register = agencies.RegisterAgency(
            at=self._setting.now, agency=AgencyId(slug), name=" ".join(said.split()), kind=kind, logs_in=False
        )
        return AgencyId(slug), register

    async def _actor(self, know: Know, row: SheetRow, answered: referral_status.Referral | None) -> Actor:
        """Street work is recorded for the partnership's police, answers for the asked agency, the rest for the hub."""
        known = (await know(partnership())).agencies
        acting = PARTNERSHIP_AGENCY
        if row.kind in STREET_KINDS:
            acting = next((one.id for one in known.values() if one.kind == "police"), PARTNERSHIP_AGENCY)
        if answered is not None:
            asked = answered.asked_at(row.when)
            acting = answered.from_agency if asked is None or _is_senders(row, answered) else asked.agency
        typed = row.worker is None or row.kind in STREET_KINDS
        worker = TYPIST if typed or row.worker is None else self._worker(row.worker)
        return Actor(
            worker=worker,
            agency=acting,
            role="problem-solving-coordinator",
            partnership=self._setting.partnership,
            by_command_line=True,
        )

    def _enter(self, someone: PersonId, who: Who, first_met: dt.date) -> list[Command]:
        """Enter the person in the register, after the search that it demands.

        Of their age, the band on the day they were first met is recorded: guards judge by that time.
        """
        now, identity = self._setting.now, who.identity
        keys, shown = who.found.keys, who.found.people
        named = any(names(identity))
        looked_for = SearchId(self._id("search", someone))
        commands: list[Command] = []
        if keys:
            commands.append(search.RecordSearch(at=now, search=looked_for, keys=keys, shown=shown))
        born = identity.born
        commands.append(
            registering.RegisterPerson(
                at=now,
                person=someone,
                reference=self._reference(someone),
                identity="stated" if named else "unknown",
                search=looked_for if keys else None,
                answer=None if not keys else "unsure" if shown else "nobody-found",
                provisional=None if keys else "from-sheet",
                has_name=named,
                age_band=codes.age_band(born, first_met) if born else identity.age_band,
                age_as_of=first_met,
                understands=(identity.language,) if identity.language else (),
                synthetic=_says_synthetic(identity),
                given_name=identity.given_name,
                family_name=identity.family_name,
                nickname=identity.alias,
                born=born,
                sex=identity.sex,
            )
        )
        return [*commands, *self._ethnicity(someone, identity)]

    def _add(self, entry: person.Person, someone: PersonId, new: Identity, found: Found, on: dt.date) -> list[Command]:
        """Tell the register what it did not know of somebody.

        A first name is looked for before it is entered; where a sheet says too little to look for, it is an alias.
        """
        now, said = self._setting.now, msgspec.json.encode(new).decode()
        detail = DetailId(self._id("detail", someone, said))
        commands: list[Command] = []
        named = new.given_name is not None or new.family_name is not None
        looked_for: SearchId | None = None
        answer: search.SearchAnswer | None = None
        unsearched = named and (entry.provisional or not entry.has_name)
        if unsearched and found.keys:
            looked_for = SearchId(self._id("search", someone, said))
            answer = "unsure" if found.near else "nobody-found"
            commands.append(search.RecordSearch(at=now, search=looked_for, keys=found.keys, shown=found.people))
        aside = new.alias is not None or (unsearched and looked_for is None)
        if aside:
            given, family = (new.given_name, new.family_name) if unsearched and looked_for is None else (None, None)
            other = DetailId(self._id("alias", someone, said))
            commands.append(
                describing.AddAlias(
                    at=now, person=someone, detail=other, given_name=given, family_name=family, nickname=new.alias
                )
            )
        entered = named and (looked_for is not None or not unsearched)
        if entered or new.born is not None or new.sex is not None or new.age_band is not None:
            commands.append(
                registering.IdentifyPerson(
                    at=now,
                    person=someone,
                    detail=detail,
                    identity="stated" if entered else entry.identity,
                    search=looked_for,
                    answer=answer,
                    has_name=entered,
                    age_band=codes.age_band(new.born, on) if new.born else new.age_band,
                    age_as_of=on,
                    given_name=new.given_name if entered else None,
                    family_name=new.family_name if entered else None,
                    born=new.born,
                    sex=new.sex,
                )
            )
        if new.language is not None:
            commands.append(describing.SetLanguages(at=now, person=someone, understands=(new.language,)))
        return [*commands, *self._ethnicity(someone, new)]

    def _ethnicity(self, someone: PersonId, identity: Identity) -> list[Command]:
        now = self._setting.now
        commands: list[Command] = []
        if identity.ethnicity is not None:
            described = DetailId(self._id("ethnicity", someone))
            commands.append(
                describing.DescribeEthnicity(at=now, person=someone, detail=described, ethnicity=identity.ethnicity)
            )
        if identity.ethnicity_observed is not None:
            observed = DetailId(self._id("ethnicity-observed", someone))
            commands.append(
                describing.ObserveEthnicity(
                    at=now, person=someone, detail=observed, ethnicity=identity.ethnicity_observed
                )
            )
        return commands

    def _reference(self, someone: PersonId) -> str:
        alphabet = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
        number = int(self._pseudonym("reference", someone), 16)
        letters = [alphabet[number // len(alphabet) ** place % len(alphabet)] for place in range(8)]
        return "".join(letters[:4]) + "-" + "".join(letters[4:])

    async def _what_happened(
        self,
        know: Know,
        by: Actor,
        row: SheetRow,
        key: str,
        someone: PersonId,
        agency: AgencyId | None,
        answered: referral_status.Referral | None,
        language: str | None,
    ) -> list[Command]:
        match row.kind:
            case "encounter":
                return [self._encounter(by, row, key, someone)]
            case "ticket":
                assert row.step is not None
                return [self._ticket(by, row, someone, row.step, language)]
            case "invitation":
                invitation = InvitationId(self._id("invitation", row.person, str(row.session)))
                session = self._session(row)
                invite = hub_session.Invite(
                    at=row.when,
                    invitation=invitation,
                    person=someone,
                    session=session,
                    officer=by.worker,
                    keep_apart_acknowledged=True,
                    historic=self._historic(by),
                )
                return [*await self._scheduled(know, row, session), invite]
            case "attendance":
                session = self._session(row)
                came = hub_session.RecordAttended if row.attended else hub_session.RecordMissed
                return [*await self._scheduled(know, row, session), came(at=row.when, session=session, person=someone)]
            case "referral":
                assert agency is not None
                return await self._referral(know, by, row, key, someone, agency)
            case "answer":
                assert answered is not None
                return self._answer(by, row, answered)
            case "instrument":
                return self._instrument(by, row, someone, language)
            case _:
                assert row.outcome is not None
                span = opening.standing_span(await know(self._spans(someone)), row.when)
                if span is None or span.opened_at > row.when:
                    raise RowRefused("person", "no-open-episode", "an outcome ends an episode that a ticket has opened")
                return [closing.CloseEpisode(at=row.when, episode=span.episode, outcome=row.outcome)]

    def _historic(self, by: Actor) -> Override | None:
        return Override(by=by.worker, reason="imported-history") if self._setting.historic else None

    def _history(self, by: Actor) -> Historic | None:
        return Historic(by=by.worker) if self._setting.historic else None

    def _encounter(self, by: Actor, row: SheetRow, key: str, someone: PersonId) -> Command:
        return encounter.RecordEncounter(
            at=row.when,
            encounter=EncounterId(key),
            person=someone,
            kind="asb",  # a sheet of this operation is of encounters about behaviour, also where none is named
            asb_type=row.behaviour,
            area=row.area,
            officer=self._worker(row.worker) if row.worker else by.worker,
            place=row.place,
            facts_observed=row.note,
            historic=self._historic(by),
        )

    def _ticket(self, by: Actor, row: SheetRow, someone: PersonId, step: str, language: str | None) -> Command:
        """A ticket of a step; a row of the instrument that the step is says the same thing and has the same id."""
        setting = self._setting
        rank = setting.ladder.rank(step)
        if rank is None:
            column = "step" if row.kind == "ticket" else "instrument"
            raise RowRefused(column, "no-such-step", f"the ladder {setting.ladder.ladder} has no such step")
        kind = setting.ladder.steps[rank].instrument
        assert row.worker is not None
        moment = row.when.astimezone(dt.UTC).isoformat()
        officer = self._worker(row.worker)
        return issuing.IssueTicket(
            at=row.when,
            ticket=TicketId(self._id("ticket", row.person, step, moment)),
            episode=EpisodeId(self._id("episode", row.person, moment)),
            step=step,
            opening=issuing.Opening(
                person=someone, ladder=setting.ladder.ladder, ladder_version=setting.ladder.version
            ),
            serial=row.serial,
            instrument=InstrumentId(self._id("instrument", row.person, kind, moment)) if kind else None,
            terms=terms.Terms(paper=True) if kind else None,
            officer=officer,
            officer_role="constable",
            area=row.area,
            language=language,
            paper=True,
            screen=row.screen,
            authorised_by=self._worker(row.authorised_by) if row.authorised_by else None,
            authorised_role="supervisor" if row.authorised_by else None,
            historic=self._historic(by),
            place=row.place,
        )

    def _instrument(self, by: Actor, row: SheetRow, someone: PersonId, language: str | None) -> list[Command]:
        kind = row.instrument
        assert kind is not None
        assert row.worker is not None
        step = self._setting.ladder.step_that_is(kind)
        if step is not None:
            return [self._ticket(by, row, someone, step.step, language)]
        moment = row.when.astimezone(dt.UTC).isoformat()
        made = InstrumentId(self._id("instrument", row.person, kind, moment))
        officer = self._worker(row.worker)
        historic = self._historic(by)
        if kind == "cpw" or kind == "cpn":  # noqa: PLR1714 - narrows the type
            return [
                drafting.DraftInstrument(
                    at=row.when,
                    instrument=made,
                    person=someone,
                    kind=kind,
                    terms=terms.Terms(paper=True),
                    historic=historic,
                ),
                serving.ServeInstrument(
                    at=row.when,
                    instrument=made,
                    person=someone,
                    officer=officer,
                    officer_role="constable",
                    screen=row.screen,
                    language=language,
                    historic=historic,
                ),
            ]
        return [
            orders.RecordInstrument(
                at=row.when,
                instrument=made,
                person=someone,
                kind=kind,
                officer=officer,
                authorised_by=self._worker(row.authorised_by) if row.authorised_by else None,
                paper=True,
                historic=historic,
            )
        ]

    def _session(self, row: SheetRow) -> SessionId:
        return SessionId(self._pseudonym("session", self._setting.partnership, str(row.session)))

    async def _scheduled(self, know: Know, row: SheetRow, session: SessionId) -> list[Command]:
        """A session that a sheet speaks of took place: where it is not known, it is entered with the hours of a day."""
        if await know(hub_session.session(session)) is not None:
            return []
        assert row.session is not None
        starts = dt.datetime.combine(row.session, dt.time(0), LONDON)
        return [
            hub_session.ScheduleHubSession(
                at=min(row.when, starts),
                session=session,
                starts=starts,
                ends=starts + dt.timedelta(hours=23, minutes=59),
                place="not stated in the contact sheet",
            )
        ]

    async def _referral(
        self, know: Know, by: Actor, row: SheetRow, key: str, someone: PersonId, agency: AgencyId
    ) -> list[Command]:
        assert row.need is not None
        called = service_called(row.service, row.need, agency, (await know(service.services())).values(), row.when)
        commands: list[Command] = []
        if called is not None:
            found = called.id
        else:
            name = row.service or f"{agency} {row.need}"
            found = ServiceId(re.sub(r"[^a-z0-9]+", "-", f"{agency} {name}".casefold()).strip("-")[:60])
            # what a service that only the sheet names is for, is not known: other rows may ask it for other needs
            needs: tuple[codes.Need, ...] = get_args(codes.Need) if row.service else (row.need,)
            commands.append(service.OfferService(at=row.when, service=found, agency=agency, name=name, needs=needs))
        commands.append(
            referral.SendReferral(
                at=row.when,
                referral=ReferralId(key),
                person=someone,
                service=found,
                need=row.need,
                reason=row.note,
                basis="agreed-at-hub",
                rationale="As the contact sheet says.",
                paper=True,
                historic=self._history(by),
            )
        )
        return commands

    def _answer(self, by: Actor, row: SheetRow, answered: referral_status.Referral) -> list[Command]:
        """An answer; what was on hold goes on first, and what nobody has accepted yet is taken back by its sender."""
        asked, at = answered.id, row.when
        held = answered.status_at(at) == "on-hold"
        resumed: list[Command] = [referral.ResumeReferral(at=at, referral=asked)] if held else []
        match row.status:
            case "received":
                return [referral.ReceiveReferral(at=at, referral=asked)]
            case "accepted":
                return [referral.AcceptReferral(at=at, referral=asked, note=row.note, historic=self._history(by))]
            case "rejected":
                assert row.reason is not None
                return [referral.DeclineReferral(at=at, referral=asked, reason=row.reason, note=row.note)]
            case "in-progress":
                return [*resumed, referral.StartReferral(at=at, referral=asked)]
            case "on-hold":
                return [referral.HoldReferral(at=at, referral=asked, note=row.note)]
            case "completed":
                return [*resumed, referral.CompleteReferral(at=at, referral=asked, outcome="not-stated", note=row.note)]
            case "failed":
                return [referral.FailReferral(at=at, referral=asked, reason="other", note=row.note)]
            case "cancelled" if _is_senders(row, answered):
                return [referral.WithdrawReferral(at=at, referral=asked, note=row.note)]
            case "cancelled":
                return [referral.CancelReferral(at=at, referral=asked, note=row.note)]
            case "entered-in-error":
                return [referral.MarkEnteredInError(at=at, referral=asked, note=row.note)]
            case _:
                raise RowRefused("status", "not-an-answer", "draft and requested answer nothing")

    def person(self, ref: str) -> PersonId:
        """The id of the person whom the sheet calls so."""
        return PersonId(self._id("person", ref))

    def row_key(self, row_id: str) -> str:
        """What a row with this id is called in the log."""
        return self._id("row", row_id)


def _is_senders(row: SheetRow, answered: referral_status.Referral) -> bool:
    """Whether only the agency that sent the referral can have said this of it."""
    unanswered = answered.status_at(row.when) in {"requested", "received"}
    return row.status == "entered-in-error" or (row.status == "cancelled" and unanswered)


def _checked(command: Command) -> Command:
    """The command, if it is one that could have been sent: a constructor alone checks nothing.

    Raises: RowRefused with the place at fault; msgspec never puts the value into its message.
    """
    try:
        return msgspec.convert(msgspec.to_builtins(command), type(command), str_keys=True)
    except msgspec.ValidationError as error:
        said, _, place = str(error).partition(" - at ")
        column = place.strip("`$.").partition("[")[0]
        raise RowRefused(_COLUMN_OF_FIELD.get(column, column), "not-valid", said) from None


_COLUMN_OF_FIELD: Final = {"understands": "language", "nickname": "alias", "asb_type": "behaviour", "name": "agency"}


def _says_synthetic(identity: Identity) -> bool:
    """Whether the sheet itself says that the person is made up."""
    return any("synthetic" in name.casefold() for name in names(identity))


def made_by(made: Command | Fact) -> str:
    """What a command or fact makes, by name: the same for a row's last command and for the fact that it leads to."""
    if isinstance(made, hub_session.RecordAttended | hub_session.HubAttended | hub_session.CheckInVoided):
        return f"came {made.session} {made.person}"
    if isinstance(made, hub_session.RecordMissed | hub_session.HubMissed):
        return f"missed {made.session} {made.person}"
    if isinstance(made, closing.CloseEpisode | episode.EpisodeClosed):
        return f"closed {made.episode}"
    if type(made) in ANSWERS:
        assert isinstance(made, referral.AskedCommand | referral.SenderCommand | referral.ReferralFact)
        return f"{ANSWERS[type(made)]} {made.referral}"
    for name in ("encounter", "ticket", "invitation", "referral", "instrument"):
        if getattr(made, name, None) is not None:
            return f"{name} {getattr(made, name)}"
    raise AssertionError(f"{type(made).__name__} is no row of a sheet")


ANSWERS: Final[Mapping[type[Command] | type[Fact], codes.ReferralStatus]] = {
    referral.ReceiveReferral: "received",
    referral.ReferralReceived: "received",
    referral.AcceptReferral: "accepted",
    referral.ReferralAccepted: "accepted",
    referral.DeclineReferral: "rejected",
    referral.ReferralDeclined: "rejected",
    referral.StartReferral: "in-progress",
    referral.ReferralStarted: "in-progress",
    referral.HoldReferral: "on-hold",
    referral.ReferralHeld: "on-hold",
    referral.CompleteReferral: "completed",
    referral.ReferralCompleted: "completed",
    referral.FailReferral: "failed",
    referral.ReferralFailed: "failed",
    referral.CancelReferral: "cancelled",
    referral.ReferralCancelled: "cancelled",
    referral.WithdrawReferral: "cancelled",
    referral.ReferralWithdrawn: "cancelled",
    referral.MarkEnteredInError: "entered-in-error",
    referral.ReferralEnteredInError: "entered-in-error",
}
"""The status that an answer leads to."""
