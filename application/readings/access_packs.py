"""All that is held about a person, looked through, made and handed over, for who answers their request."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from application.attributed import recorded_told
from application.permitting import permit
from application.ports import Recorded, log_of
from application.readings.ground import Ground
from application.readings.looking_back import READ_AT_ONCE, of_people
from application.readings.rights_known import may_read_rights, rights_known
from application.rights.access_pack import (
    WORD,
    Decided,
    FieldRef,
    Laying,
    Pack,
    SharedWith,
    decisions_of,
    digest_of,
    people_in,
    undecided,
)
from domain.actors import Actor, Role
from domain.facts import Instant, PersonalClass, QueryItem, Sealed, declared
from domain.governance.access import AccessDenied, Disclosed, LedgerRead, Look
from domain.governance.sharing import Resource
from domain.ids import AgencyId, PersonId, RightsRequestId
from domain.refusals import Guarded, NotPermitted, Unknown
from domain.rights.request import IdentityNotChecked, NoPackYet, PackMade, RightsRequest

OTHERS_AT_ONCE: Final = 50


class AccessDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A pack that is looked through. `undecided` counts proposals of which nobody decided yet."""

    pack: Pack
    undecided: int
    position: int


class AccessPack(msgspec.Struct, frozen=True, kw_only=True):
    """A pack that was made, and whether it is still, byte for byte, what was made."""

    pack: Pack
    digest: str
    made_at: Instant
    unchanged: bool
    position: int


class RedactionsUndecided(Guarded):
    """Nobody looked at something that should perhaps not be handed over."""

    code = "redactions-undecided"
    rule = "A human decides of each field that a rule proposes to leave out, before a pack is made (UK GDPR art. 22A)."
    permitted_by = "Decide of each of them: leave it out, with the ground, or give it."


class ReadByOthersAsWell(Guarded):
    """More was recorded than was looked through."""

    code = "pack-is-behind"
    rule = "A pack is made of what was looked through."
    permitted_by = "Look at what was recorded meanwhile, and make it again."


class AccessPacks(msgspec.Struct, frozen=True):
    """Reads packs of all that is held about somebody."""

    ground: Ground

    async def access_draft(self, viewer: Actor, rights_request: RightsRequestId) -> AccessDraft:
        """All that is held, as it would be handed over, with what rules propose to leave out.

        Raises: NotPermitted, Unknown, IdentityNotChecked.
        """
        one, position = await self._asked_for(viewer, rights_request)
        ledger = await self.ground.log.head(log_of(viewer.partnership, "access"))
        pack = await self._lay_out(viewer, one, position, ledger, None)
        return AccessDraft(pack=pack, undecided=len(undecided(pack)), position=position)

    async def access_pack(self, viewer: Actor, rights_request: RightsRequestId) -> AccessPack:
        """The pack that was made for a request, laid out again. Raises: NotPermitted, Unknown, NoPackYet."""
        one, position = await self._asked_for(viewer, rights_request)
        if one.pack is None:
            raise NoPackYet
        made = one.pack
        query = (QueryItem(frozenset({made.fact_type}), frozenset({f"rights_request:{one.id}"})),)
        page = await self.ground.log.read(log_of(viewer.partnership), query, sealed=True)
        stored: Any = self.ground.codec.recorded(page.events[-1]).fact
        (text,) = self.ground.unsealer.open_all([stored.decided])
        pack = await self._lay_out(viewer, one, made.position, made.ledger_position, decisions_of(text))
        self.ground.account.disclosed("access-pack", "person")
        return AccessPack(
            pack=pack,
            digest=made.digest,
            made_at=made.at,
            unchanged=digest_of(pack) == made.digest,
            position=position,
        )

    async def pack_to_make(
        self, viewer: Actor, rights_request: RightsRequestId, decisions: Sequence[Decided], position: int
    ) -> tuple[Pack, str]:
        """The pack as it was decided, and what is kept of the decisions. `position` is what was looked through up to.

        Raises: NotPermitted, Unknown, IdentityNotChecked, RedactionsUndecided, ReadByOthersAsWell.
        """
        one, head = await self._asked_for(viewer, rights_request)
        ledger = await self.ground.log.head(log_of(viewer.partnership, "access"))
        pack = await self._lay_out(
            viewer, one, head, ledger, {FieldRef(each.position, each.field): each for each in decisions}
        )
        if any(each.position > position for each in pack.lines):
            raise ReadByOthersAsWell
        if left := undecided(pack):
            raise RedactionsUndecided(count=len(left))
        kept = sorted(decisions, key=lambda each: (each.position, each.field))
        return pack, msgspec.json.encode(kept).decode()

    async def _asked_for(self, viewer: Actor, rights_request: RightsRequestId) -> tuple[RightsRequest, int]:
        """A request for access by somebody of whom it is sure who they are, for who protects data."""
        known, position, _ = await rights_known(self.ground, viewer)
        one = known.request(rights_request)
        await may_read_rights(self.ground, viewer, one.person, one.by_agency)
        if one.kind != "access":
            raise Unknown
        if one.identity is None:
            raise IdentityNotChecked
        return one, position

    async def _lay_out(
        self,
        viewer: Actor,
        one: RightsRequest,
        position: int,
        ledger: int,
        decided: Mapping[FieldRef, Decided] | None,
    ) -> Pack:
        """As it was decided; with no decisions, as it is looked through, with what is proposed to be left out."""
        log = log_of(viewer.partnership)
        know = self.ground.know(viewer)
        async with self.ground.of_person(viewer, "rights", one.person, None, None) as asked:
            people, related, by = asked.people, asked.relationship, asked.by
        resource = Resource(
            category="rights", relationship=related, parties=frozenset({one.by_agency}), for_the_person=True
        )
        permission = await permit(know, viewer, "read", resource)
        if "intelligence" not in permission.opens:
            raise NotPermitted(role=viewer.role, category="rights", action="read")
        query = tuple(QueryItem(tags=frozenset({f"person:{each}"})) for each in people)
        every = await recorded_told(self.ground.log, self.ground.codec, log, query)
        held = [
            each
            for each in every
            if each.envelope.position <= position
            and not isinstance(each.fact, PackMade)
            and (by.kind == "partnership" or each.envelope.agency == viewer.agency)
        ]
        held.sort(key=lambda each: (each.fact.at, each.envelope.position))
        texts = self._texts(held, permission.opens)
        others = await self._names_of_others(viewer, held, people)
        laying = Laying(by.partnership, people, texts, self._names(held), others, decided)
        lines = tuple(laying.line(each) for each in held)
        self.ground.account.saw("rights", people, permission.rules, permission.opens)
        grounds = Counter(each.ground for line in lines for each in line.fields if each.ground is not None)
        return Pack(
            rights_request=one.id,
            position=position,
            ledger_position=ledger,
            lines=lines,
            shared=await self._shared(viewer, people, ledger, of_all=by.kind == "partnership"),
            withheld={str(ground): count for ground, count in sorted(grounds.items())},
        )

    def _texts(self, held: Iterable[Recorded], opens: frozenset[PersonalClass]) -> dict[FieldRef, str | None]:
        """Every personal field that is opened."""
        wanted = [
            (FieldRef(one.envelope.position, name), value)
            for one in held
            for name, mark in declared(type(one.fact)).personal.items()
            if mark.personal_class in opens and isinstance(value := getattr(one.fact, name), Sealed | str)
        ]
        opened = self.ground.unsealer.open_all([value for _, value in wanted])
        return {ref: text for (ref, _), text in zip(wanted, opened, strict=True)}

    def _names(self, held: Iterable[Recorded]) -> frozenset[str]:
        """The person's own names, in small letters: whoever else is named in a text is looked at."""
        sealed = [
            value
            for one in held
            for name in ("given_name", "family_name", "nickname", "name")
            if name in declared(type(one.fact)).personal and (value := getattr(one.fact, name, None)) is not None
        ]
        found = self.ground.unsealer.open_all(sealed)
        return frozenset(part.casefold() for text in found if text for part in WORD.findall(text))

    async def _names_of_others(
        self, viewer: Actor, held: Sequence[Recorded], people: tuple[PersonId, ...]
    ) -> frozenset[str]:
        """The names of those whom the record names by id: opened to be taken out, they never leave."""
        others = sorted({other for one in held for other in people_in(one.fact)} - set(people))
        found: set[str] = set()
        for at in range(0, len(others), OTHERS_AT_ONCE):
            some = others[at : at + OTHERS_AT_ONCE]
            query = tuple(QueryItem(tags=frozenset({f"person:{one}"})) for one in some)
            theirs = await recorded_told(self.ground.log, self.ground.codec, log_of(viewer.partnership), query)
            found |= self._names(one for one in theirs if getattr(one.fact, "person", None) in some)
        return frozenset(one for one in found if len(one) > 2) - self._names(held)  # noqa: PLR2004

    async def _shared(
        self, viewer: Actor, people: tuple[PersonId, ...], until: int, *, of_all: bool
    ) -> tuple[SharedWith, ...]:
        """Who looked, and who outside was told, from the access ledger, without the names of workers."""
        log = log_of(viewer.partnership, "access")
        found: dict[tuple[AgencyId, Role, str, str, str | None], SharedWith] = {}
        position = 0
        while True:
            page = await self.ground.log.read(log, of_people(people), after=position, limit=READ_AT_ONCE)
            for stored in page.events:
                one = self.ground.codec.recorded(stored)
                position = one.envelope.position
                look = one.fact
                if position > until or isinstance(look, AccessDenied | LedgerRead) or not isinstance(look, Look):
                    continue
                if of_all or one.envelope.agency == viewer.agency:
                    _count(found, one, look)
            if len(page.events) < READ_AT_ONCE or position > until:
                return tuple(sorted(found.values(), key=lambda each: (each.first, each.agency, each.kind)))


def _count(found: dict[tuple[AgencyId, Role, str, str, str | None], SharedWith], one: Recorded, look: Look) -> None:
    envelope = one.envelope
    recipient = look.recipient if isinstance(look, Disclosed) else getattr(look, "partner", None)
    key = (envelope.agency, envelope.role, envelope.purpose, look.fact_type, recipient)
    before = found.get(key)
    if before is None:
        agency, role, purpose, kind, told = key
        found[key] = SharedWith(
            agency=agency,
            role=role,
            purpose=purpose,
            kind=kind,
            recipient=told,
            times=1,
            first=look.at,
            last=look.at,
        )
    else:
        found[key] = msgspec.structs.replace(
            before, times=before.times + 1, first=min(before.first, look.at), last=max(before.last, look.at)
        )
