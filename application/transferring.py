"""Handing a person over to another partnership, and taking one on (ADR 0029).

The record is read by the sight of who offered it, recorded as disclosed before it leaves, and written into the other
log as facts of its own. No row of the one side is ever read by the other. Asked again after a lost connection, each
step is answered as it was.
"""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final, Protocol

import msgspec

from application.access import AccessLedger, Account
from application.deciding import Decided, Decider
from application.enquiring import Enquiring
from application.finding.identity import opened
from application.finding.near import Near, looked_for
from application.follow_up import FollowedUp
from application.permitting import permit
from application.ports import Clock, CommandKey, LogBusy, LogUnavailable, ReadModels, Unsealer, log_of
from application.readings.ground import ViewBehind
from application.readings.moments import Moment
from application.readings.readings import Readings
from application.snapshot import Snapshot
from application.views.people import Flag, PersonRow
from domain.actors import Actor
from domain.calendar import civil_date
from domain.codes import HEALTH_NEEDS
from domain.engagement.closing import CloseEpisode
from domain.facts import CATALOGUE, Command, QueryItem, declared
from domain.governance import transfer
from domain.governance.between import NoAgreementBetween, between, holding
from domain.governance.disclosure import DecideDisclosure
from domain.governance.need_to_know import NEED_TO_KNOW
from domain.governance.partnership import partnership
from domain.governance.scope import Category, Purpose, SharedCategory
from domain.governance.sharing import Resource
from domain.governance.transfer import (
    LINES_MAX,
    AcceptTransfer,
    Announced,
    CompleteTransfer,
    DeclineTransfer,
    Incoming,
    LapseOffer,
    OfferTransfer,
    PersonTransferred,
    ReceivedLine,
    ReceiveOffer,
    RecordAnnounced,
    RecordTurnedDown,
    Transfer,
    TransferDecline,
    TransferOffered,
    WithdrawTransfer,
)
from domain.ids import (
    AgencyId,
    AgreementId,
    DetailId,
    DisclosureId,
    FlagId,
    PartnershipId,
    PersonId,
    SearchId,
    TransferId,
    WorkerId,
)
from domain.people.describing import AddAlias, SetContact, SetLanguages
from domain.people.flags import RaiseFlag
from domain.people.person import person as the_record
from domain.people.registering import RegisterPerson
from domain.people.search import RecordSearch
from domain.refusals import Refusal
from domain.support.planning import ClosePlan
from domain.support.referral import WithdrawReferral

SYSTEM: Final = WorkerId("another-partnership")
WAIT_SECONDS: Final = 5.0
LEFT_OUT: Final = frozenset({"at", "basis_id"})
"""What means nothing where nobody knows this log."""
NOTE: Final = "The person was handed over to another partnership."
_ALPHABET: Final = "ABCDEFGHJKMNPQRSTVWXYZ23456789"


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of an offer: who asks whom to take on somebody, and nothing of who it is."""

    transfer: TransferId
    partner: PartnershipId
    agreement: AgreementId
    purpose: Purpose
    categories: frozenset[SharedCategory]
    from_agency: str
    from_worker: str
    contact: str
    phone: str | None
    reference: str


class Warning(msgspec.Struct, frozen=True, kw_only=True):  # noqa: A001 - what it is called
    """What to mind for one's safety when meeting somebody."""

    expires_on: dt.date
    reason: str


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """What goes along: who it is, how to reach them, what to mind, and what happened line by line."""

    entry: PersonRow
    warnings: tuple[Warning, ...]
    lines: tuple[ReceivedLine, ...]


class Partners(Protocol):
    """Partnerships that people are handed over to and from, be they of this installation or of another one."""

    async def offer(self, to: PartnershipId, offer: Offer) -> None:
        """Offer somebody. Raises: NoAgreementBetween, NotInAgreement; LogBusy, LogUnavailable."""
        ...

    async def lapse(self, to: PartnershipId, one: TransferId, partner: PartnershipId) -> None:
        """Say that `partner` took its offer back. Raises: TransferOver; LogBusy, LogUnavailable."""
        ...

    async def turned_down(self, by: PartnershipId, one: TransferId, reason: TransferDecline) -> None:
        """Say to who offered that nobody takes the person. Raises: LogBusy, LogUnavailable."""
        ...

    async def hand_over(
        self, by: PartnershipId, one: TransferId, partner: PartnershipId, agency: AgencyId, worker: WorkerId
    ) -> Package:
        """Take what goes along, for who accepts at `partner`.

        Raises: Refusal; ViewBehind; LogBusy, LogUnavailable, NotRecordable.
        """
        ...


class Here:
    """Partners of this installation."""

    def __init__(
        self, decider: Decider, models: ReadModels, readings: Readings, ledger: AccessLedger, clock: Clock
    ) -> None:
        self._decider = decider
        self._models = models
        self._readings = readings
        self._ledger = ledger
        self._clock = clock

    async def offer(self, to: PartnershipId, offer: Offer) -> None:
        """Written down for the agency that the agreement names as contact."""
        command = ReceiveOffer(at=self._clock.now(), **msgspec.structs.asdict(offer))
        await self._decider.decide(command, await self._system(to, offer.partner))

    async def lapse(self, to: PartnershipId, one: TransferId, partner: PartnershipId) -> None:
        """Written down."""
        command = LapseOffer(at=self._clock.now(), transfer=one, partner=partner)
        await self._decider.decide(command, await self._system(to, partner))

    async def turned_down(self, by: PartnershipId, one: TransferId, reason: TransferDecline) -> None:
        """Written down where it was offered."""
        known = (await self._decider.know(by)(transfer.transfer(one))).get(one)
        if known is not None:
            command = RecordTurnedDown(at=self._clock.now(), transfer=one, reason=reason)
            await self._decider.decide(command, await self._system(by, known.offered.partner))

    async def _system(self, where: PartnershipId, partner: PartnershipId) -> Actor:
        """The system of a partnership, as whom another one is answered. Raises: NoAgreementBetween."""
        known = await self._decider.know(where)(between())
        contact = next((one.contact_agency for one in known.values() if one.partner == partner), None)
        if contact is None:
            raise NoAgreementBetween(partner=partner)
        return Actor(worker=SYSTEM, agency=contact, role="system", partnership=where)

    async def hand_over(
        self, by: PartnershipId, one: TransferId, partner: PartnershipId, agency: AgencyId, worker: WorkerId
    ) -> Package:
        """Decide it in the name of who offered it, read it by their sight, record it as disclosed, and close the rest.

        Raises: Refusal; ViewBehind; LogBusy, LogUnavailable, NotRecordable.
        """
        log = log_of(by)
        known = (await self._decider.know(by)(transfer.transfer(one))).get(one)
        if known is None or known.offered.partner != partner:
            raise NoAgreementBetween(partner=partner)
        offered = known.offered
        who = Actor(worker=offered.by_worker, agency=offered.by_agency, role=offered.by_role, partnership=by)
        decided = await self._decider.decide(
            (
                CompleteTransfer(
                    at=self._clock.now(),
                    transfer=one,
                    partner=partner,
                    position=await self._decider.log.head(log),
                    to_agency=agency,
                    to_worker=worker,
                ),
                DecideDisclosure(
                    at=self._clock.now(),
                    disclosure=DisclosureId(one),
                    person=offered.person,
                    shares=True,
                    recipient_kind="agency",
                    recipient=partner,
                    categories=transfer.needed(offered.categories),
                    rationale=f"Handed over under the agreement {offered.agreement}.",
                    ground=offered.ground,
                ),
            ),
            who,
        )
        if not await self._models.reached(log, decided.position, WAIT_SECONDS):
            raise ViewBehind
        completed = (await self._decider.know(by)(transfer.transfer(one)))[one].ended
        assert isinstance(completed, PersonTransferred)
        account = Account("transfer", one)
        account.disclosed("transfer", partner)
        async with Snapshot(self._models, self._decider.folds, who, account) as snapshot:
            package, closing = await self._read(self._readings.of(snapshot), who, completed)
        await self._ledger.record(account)
        for command in closing:
            try:
                await self._decider.decide(command, who)
            except Refusal:
                continue  # it is somebody else's to close, who sees that the person moved on
        return package

    async def _read(
        self, readings: Readings, who: Actor, completed: PersonTransferred
    ) -> tuple[Package, tuple[Command, ...]]:
        """What goes along, and what is to be closed now."""
        person = completed.person
        page = await readings.people.person(who, person)
        categories: frozenset[Category] = frozenset(completed.categories - {"register"})
        moments: list[Moment] = []
        cursor: str | None = None
        while categories and len(moments) < LINES_MAX:
            found = await readings.timelines.timeline(who, person, cursor=cursor, categories=categories)
            moments += [one for one in found.items if one.position <= completed.position]
            cursor = found.next
            if cursor is None:
                break
        leaves = await self._leaves(who.partnership, (person, *page.same_human))
        agencies = (await self._decider.know(who.partnership)(partnership())).agencies
        names = {one: agency.name for one, agency in agencies.items()}
        kept = reversed(moments[:LINES_MAX])
        lines = tuple(_line(one, leaves[one.position], names.get(one.agency, one.agency)) for one in kept)
        row = page.shown.row.on(civil_date(self._clock.now()))
        warnings = tuple(_warning(one) for one in row.flags if one.kind == "staff-safety")
        entry = msgspec.structs.replace(row, flags=(), stay=None, merged_from=(), not_to_talk_to=None)
        return Package(entry=entry, warnings=warnings, lines=lines), await self._closing(readings, who, person)

    async def _leaves(self, where: PartnershipId, people: Sequence[PersonId]) -> dict[int, str]:
        """The hashes of the leaves that say something of these people, as in the log's Merkle tree (RFC 6962)."""
        query = tuple(QueryItem(tags=frozenset({f"person:{one}"})) for one in people)
        page = await self._decider.log.read(log_of(where), query)
        return {one.position: sha256(b"\x00" + one.entry).hexdigest() for one in page.events}

    async def _closing(self, readings: Readings, who: Actor, person: PersonId) -> tuple[Command, ...]:
        """What is open and the offering worker's to close: the way along a ladder, what was asked, what was planned."""
        now = self._clock.now()
        closing: list[Command] = []
        try:
            episodes = await readings.engagement.episodes(who, person)
            closing += [
                CloseEpisode(at=now, episode=one.row.episode, outcome="moved-away")
                for one in episodes
                if one.row.closed_at is None
            ]
            referrals = await readings.referrals.referrals(who, person)
            closing += [
                WithdrawReferral(at=now, referral=one.row.referral, note=NOTE)
                for one in referrals
                if one.row.open and one.row.from_agency == who.agency
            ]
            plans = await readings.plans.plans(who, person)
            closing += [
                ClosePlan(at=now, plan=one.row.plan, end="moved-away", note=NOTE)
                for one in plans
                if one.row.closed_at is None and one.row.agency == who.agency
            ]
        except Refusal:
            pass  # of a kind that is not for this worker's role: it is for others to close
        return tuple(closing)


class Transferring:
    """Hands people over and takes them on, for workers."""

    def __init__(
        self,
        decider: Decider,
        models: ReadModels,
        unsealer: Unsealer,
        near: Near,
        enquiring: Enquiring,
        partners: Partners,
        pseudonym: Callable[..., str],
        clock: Clock,
    ) -> None:
        """`pseudonym` makes the ids of an arrival, so that one that is sent again is the same."""
        self._decider = decider
        self._models = models
        self._unsealer = unsealer
        self._near = near
        self._enquiring = enquiring
        self.partners = partners
        self._pseudonym = pseudonym
        self._clock = clock

    async def offer(
        self,
        viewer: Actor,
        row: PersonRow,
        partner: PartnershipId,
        purpose: Purpose,
        categories: frozenset[SharedCategory],
        why: str,
        *,
        new_id: TransferId,
        key: CommandKey | None,
    ) -> tuple[TransferId, Decided]:
        """Offer somebody whose entry was read for it. Sent again with the same key, it is one offer.

        Raises: Refusal; CommandReused, LogBusy, LogUnavailable.
        """
        know = self._decider.know(viewer.partnership)
        now = self._clock.now()
        agreed = await self._enquiring.agreed(viewer.partnership, await know(between()), partner)
        fitting = holding(agreed, partner, now, purpose)
        if not fitting:
            raise NoAgreementBetween(partner=partner)
        agreement = next((one for one in fitting if categories <= one.categories), fitting[0])
        if not categories <= agreement.categories:
            raise transfer.NotInAgreement(categories=sorted(agreement.categories))
        command = OfferTransfer(
            at=now,
            transfer=new_id,
            person=row.person,
            partner=partner,
            agreement=agreement.id,
            purpose=purpose,
            categories=categories,
            why=why,
        )
        decided = await self._decider.decide(command, viewer, key=key, result=new_id.encode())
        offered = TransferId(decided.result.decode())
        await self._announce(viewer.partnership, (await know(transfer.transfer(offered)))[offered])
        return offered, decided

    async def withdraw(self, viewer: Actor, one: TransferId) -> Decided:
        """Take an offer back. Raises: Refusal; LogBusy, LogUnavailable."""
        decided = await self._decider.decide(WithdrawTransfer(at=self._clock.now(), transfer=one), viewer)
        known = await self._decider.know(viewer.partnership)(transfer.transfer(one))
        await self._announce(viewer.partnership, known[one])
        return decided

    async def decline(self, viewer: Actor, one: TransferId, reason: TransferDecline) -> Decided:
        """Do not take the person, and say so there. Raises: Refusal; LogBusy, LogUnavailable."""
        command = DeclineTransfer(at=self._clock.now(), transfer=one, reason=reason)
        decided = await self._decider.decide(command, viewer)
        known = await self._decider.know(viewer.partnership)(transfer.offers())
        await self._announce(viewer.partnership, known[one])
        return decided

    async def announce_again(self, where: PartnershipId) -> FollowedUp:
        """Tell other partnerships what they have not heard of yet: whoever offered or answered was cut off meanwhile.

        Raises: LogUnavailable of this side.
        """
        know = self._decider.know(where)
        waiting: list[Transfer | Incoming] = [*(await know(transfer.every())).values()]
        waiting += (await know(transfer.offers())).values()
        done, refused = 0, Counter[str]()
        for one in waiting:
            if one.unheard is not None:
                try:
                    done += await self._announce(where, one)
                except Refusal as refusal:
                    refused[refusal.code] += 1
        return FollowedUp(done, dict(refused))

    async def _announce(self, where: PartnershipId, one: Transfer | Incoming) -> bool:
        """Whether the other side has heard of it now. Where it does not answer, it is told again later.

        Raises: Refusal of the other side.
        """
        try:
            said = await self._told(where, one)
        except (LogBusy, LogUnavailable):
            return False
        if said is not None:
            offered = one.offered if isinstance(one, Transfer) else one.offer
            agency = offered.by_agency if isinstance(offered, TransferOffered) else offered.to_agency
            system = Actor(worker=SYSTEM, agency=agency, role="system", partnership=where)
            heard = RecordAnnounced(at=self._clock.now(), transfer=offered.transfer, said=said)
            await self._decider.decide(heard, system)
        return said is not None

    async def _told(self, where: PartnershipId, one: Transfer | Incoming) -> Announced | None:
        if isinstance(one, Incoming):
            if one.unheard is None:
                return None
            await self.partners.turned_down(one.offer.partner, one.offer.transfer, one.unheard)
            return "declined"
        if one.unheard == "withdrawn":
            await self.partners.lapse(one.offered.partner, one.offered.transfer, where)
        elif one.unheard == "offered":
            await self.partners.offer(one.offered.partner, await self._offer_of(where, one.offered))
        return one.unheard

    async def _offer_of(self, where: PartnershipId, offered: TransferOffered) -> Offer:
        know = self._decider.know(where)
        agency = (await know(partnership())).agencies[offered.by_agency]
        reference = (await know(the_record(offered.person))).reference
        assert reference is not None, "whoever is offered was entered"
        return Offer(
            transfer=offered.transfer,
            partner=where,
            agreement=offered.agreement,
            purpose=offered.purpose,
            categories=offered.categories,
            from_agency=offered.by_agency,
            from_worker=offered.by_worker,
            contact=agency.name,
            phone=agency.phone,
            reference=reference,
        )

    async def accept(self, viewer: Actor, one: TransferId) -> tuple[PersonId, Decided]:
        """Take the person on under an entry of one's own; who may be in the register already is marked, never merged.

        Raises: Refusal; ViewBehind; LogBusy, LogUnavailable, NotRecordable.
        """
        where = viewer.partnership
        may = Resource(category="register", parties=frozenset({viewer.agency}))
        await permit(self._decider.know(where), viewer, "write", may)
        known = (await self._decider.know(where)(transfer.offers())).get(one)
        person = PersonId(self._id(where, one, "person"))
        if known is None or known.accepted is None or known.offer.to_agency != viewer.agency:
            known = transfer.standing({} if known is None else {one: known}, one, viewer)
        package = await self.partners.hand_over(known.offer.partner, one, where, viewer.agency, viewer.worker)
        act = await self._arriving(viewer, one, person, package)
        digest = sha256(f"transfer\0{where}\0{one}".encode()).digest()
        return person, await self._decider.decide(act, viewer, key=CommandKey(digest, digest))

    async def _arriving(
        self, viewer: Actor, one: TransferId, person: PersonId, package: Package
    ) -> tuple[Command, ...]:
        """The person is looked for, entered, described and warned of as any other, and then taken on."""
        now, row, log = self._clock.now(), package.entry, log_of(viewer.partnership)
        (who,) = opened(self._unsealer, [row])
        if not await self._models.reached(log, await self._decider.log.head(log), WAIT_SECONDS):
            raise ViewBehind
        keys = looked_for(who)
        (found,) = await self._near.of(log, viewer.agency, (who,), synthetic=row.synthetic)
        shown = tuple(each.row.person for each in found)
        search = SearchId(self._id(viewer.partnership, one, "search"))
        commands: list[Command] = []
        if keys:
            commands.append(RecordSearch(at=now, search=search, keys=keys, shown=shown))
        commands.append(
            RegisterPerson(
                at=now,
                person=person,
                reference=self._reference(viewer.partnership, one),
                identity=row.identity,
                search=search if keys else None,
                answer=None if not keys else "unsure" if shown else "nobody-found",
                provisional=None if keys else "no-name-given",
                has_name=bool(row.given_name or row.family_name),
                age_band=row.age_band,
                age_as_of=civil_date(now),
                understands=row.understands,
                needs_interpreter=row.needs_interpreter,
                no_fixed_abode=row.no_fixed_abode,
                has_income=row.has_income,
                synthetic=row.synthetic,
                given_name=_text(row.given_name),
                family_name=_text(row.family_name),
                nickname=_text(row.nickname),
                born=dt.date.fromisoformat(row.born) if isinstance(row.born, str) else None,
                sex=_text(row.sex),  # type: ignore[arg-type] # a code of the same list there
                description=_text(row.description),
                phone=_text(row.phone),
                email=_text(row.email),
                address=_text(row.address),
            )
        )
        for number, alias in enumerate(row.aliases):
            names = {each: _text(getattr(alias, each)) for each in ("given_name", "family_name", "nickname")}
            if any(names.values()):
                detail = DetailId(self._id(viewer.partnership, one, f"alias {number}"))
                commands.append(AddAlias(at=now, person=person, detail=detail, **names))
        if row.reads and row.understands:
            interpreter = bool(row.needs_interpreter)
            languages = SetLanguages(
                at=now, person=person, understands=row.understands, reads=row.reads, needs_interpreter=interpreter
            )
            commands.append(languages)
        asked = {each: getattr(row, each) for each in ("may_post", "may_leave_message", "may_text")}
        if any(value is not None for value in asked.values()):
            detail = DetailId(self._id(viewer.partnership, one, "contact"))
            commands.append(SetContact(at=now, person=person, detail=detail, **asked))
        for number, warning in enumerate(package.warnings):
            flag = FlagId(self._id(viewer.partnership, one, f"flag {number}"))
            commands.append(
                RaiseFlag(
                    at=now,
                    flag=flag,
                    person=person,
                    kind="staff-safety",
                    source="told-by-agency",
                    expires_on=warning.expires_on,
                    reason=warning.reason,
                )
            )
        commands.append(AcceptTransfer(at=now, transfer=one, person=person, lines=package.lines))
        return tuple(commands)

    def _id(self, *parts: str) -> str:
        return str(uuid.UUID(self._pseudonym("transfer", *parts)))

    def _reference(self, *parts: str) -> str:
        number = int(self._pseudonym("transfer", *parts, "reference"), 16)
        letters = [_ALPHABET[number // len(_ALPHABET) ** place % len(_ALPHABET)] for place in range(8)]
        return "".join(letters[:4]) + "-" + "".join(letters[4:])


def _text(value: object) -> str | None:
    """A field that was opened for the one who handed it over; what was not, does not go along."""
    return value if isinstance(value, str) and value else None


def _warning(flag: Flag) -> Warning:
    return Warning(expires_on=flag.expires_on, reason=_text(flag.reason) or NOTE)


def _line(moment: Moment, leaf: str, agency: str) -> ReceivedLine:
    """A line of the timeline as it goes along: words by class, ids left out, agencies by their names."""
    cls = CATALOGUE[moment.type, moment.version]
    known = declared(cls)
    betraying = {rule.field for rule in NEED_TO_KNOW.get(cls.__name__, ())}
    told: dict[str, dict[str, Any]] = {"identity": {}, "health": {}, "intelligence": {}}
    for name, value in moment.fact.items():
        if value is None or value is False or name in LEFT_OUT or name in known.ids:
            continue
        mark = known.personal.get(name)
        personal = mark.personal_class if mark else "identity"
        if mark is None and (name in betraying or (isinstance(value, str) and value in HEALTH_NEEDS)):
            personal = "health"  # that it was for somebody's health is need-to-know there, too
        told[personal][name] = value
    written: Mapping[str, str | None] = {
        name: msgspec.json.encode(said).decode() if said else None for name, said in told.items()
    }
    return ReceivedLine(
        category=moment.category,  # type: ignore[arg-type] # only such were asked for
        kind=moment.type,
        happened=moment.happened,
        position=moment.position,
        leaf=leaf,
        agency_there=agency,
        told_identity=written["identity"],
        told_health=written["health"],
        told_intelligence=written["intelligence"],
    )
