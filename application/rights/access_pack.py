"""All that is held about a person, laid out for them who asked: each line with its source, and who looked or was told.

What is left out is proposed by rule and decided by a human, field by field, with the reason in law. Whoever else is
spoken of never appears: their ids are left out whatever is decided. A pack is of what stood in both logs up to two
positions, so it can be laid out again, and its digest says that it is the same.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, get_args, get_type_hints

import msgspec

from application.attributed import recorded_told
from application.looking_back import of_people
from application.permitting import permit
from application.ports import Recorded, log_of
from application.readings.ground import Ground
from application.rights.reading import may_read_rights, rights_known
from application.views.categories import category_of
from domain.actors import Actor, Role
from domain.facts import Fact, Instant, PersonalClass, QueryItem, Sealed, declared
from domain.governance.access import AccessDenied, Disclosed, LedgerRead, Look
from domain.governance.partnership import Partnership
from domain.governance.scope import Category, Regime
from domain.governance.sharing import Resource, regime_of
from domain.ids import ID_TYPES, AgencyId, PersonId, RightsRequestId
from domain.people.flags import FlagRaised
from domain.refusals import Guarded, NotPermitted, Unknown
from domain.rights.request import IdentityNotChecked, NoPackYet, PackMade, RightsRequest, WithholdingGround

READ_AT_ONCE: Final = 2_000
OTHERS_AT_ONCE: Final = 50

_WORD: Final = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
_SENTENCE: Final = re.compile(r"[.!?:\n]\s*$")


class FieldRef(msgspec.Struct, frozen=True, order=True):
    """A field of a line: the position of the line in the log, and the field's name."""

    position: int
    field: str


class Decided(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was decided of a field: left out on this ground, or given."""

    position: int
    field: str
    ground: WithholdingGround | None = None


class PackField(msgspec.Struct, frozen=True, kw_only=True):
    """A field of a line. `value` is None where it is left out on a `ground`, or where nobody can read it (`erased`).

    `proposed`: a rule proposes to leave it out; `decided`: a human decided of it. `written`: of which one can decide.
    """

    name: str
    value: Any = None
    ground: WithholdingGround | None = None
    proposed: WithholdingGround | None = None
    decided: bool = False
    erased: bool = False
    written: bool = False


class PackLine(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was recorded: what, when, by which agency in which role, under which part of the law."""

    position: int
    type: str
    category: Category
    regime: Regime
    happened: Instant
    recorded: Instant
    agency: AgencyId
    role: Role
    fields: tuple[PackField, ...]


class SharedWith(msgspec.Struct, frozen=True, kw_only=True):
    """How often an agency looked in a role and to an end, from when to when; or who outside was told, of what."""

    agency: AgencyId
    role: Role
    purpose: str
    kind: str
    recipient: str | None
    times: int
    first: Instant
    last: Instant


class Pack(msgspec.Struct, frozen=True, kw_only=True):
    """All that is held about a person, up to two positions."""

    rights_request: RightsRequestId
    position: int
    ledger_position: int
    lines: tuple[PackLine, ...]
    shared: tuple[SharedWith, ...]
    withheld: dict[str, int]


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
    """Reads for viewers, and all that is held about somebody, for them."""

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
        laying = _Laying(by.partnership, people, texts, self._names(held), others, decided)
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
        return frozenset(part.casefold() for text in found if text for part in _WORD.findall(text))

    async def _names_of_others(
        self, viewer: Actor, held: Sequence[Recorded], people: tuple[PersonId, ...]
    ) -> frozenset[str]:
        """The names of those whom the record names by id: opened to be taken out, they never leave."""
        others = sorted({other for one in held for other in _people_in(one.fact)} - set(people))
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


class _Laying:
    """Lays lines out for one person."""

    def __init__(
        self,
        known: Partnership,
        people: tuple[PersonId, ...],
        texts: Mapping[FieldRef, str | None],
        names: frozenset[str],
        others: frozenset[str],
        decided: Mapping[FieldRef, Decided] | None,
    ) -> None:
        self._known = known
        self._people = frozenset(people)
        self._texts = texts
        self._names = names
        self._others = others
        self._decided = decided
        self._flags: dict[str, FlagRaised] = {}

    def line(self, one: Recorded) -> PackLine:
        """What is said of a fact."""
        fact, envelope = one.fact, one.envelope
        if isinstance(fact, FlagRaised):
            self._flags[fact.flag] = fact
        category = category_of(type(fact))
        regime = regime_of(category, frozenset({envelope.agency}), self._known)
        made = [self._field(one, name, regime) for name in type(fact).__struct_fields__ if name != "at"]
        return PackLine(
            position=envelope.position,
            type=fact.fact_type,
            category=category,
            regime=regime,
            happened=fact.at,
            recorded=envelope.recorded,
            agency=envelope.agency,
            role=envelope.role,
            fields=tuple(each for each in made if each is not None),
        )

    def _field(self, one: Recorded, name: str, regime: Regime) -> PackField | None:
        fact = one.fact
        value = getattr(fact, name)
        if value is None or value in ((), frozenset(), ""):
            return None
        if name in _people_fields(type(fact)):
            others = set(value if not isinstance(value, str) else (value,)) - self._people
            return PackField(name=name, ground="third-party", decided=True) if others else None
        if name in _id_fields(type(fact)):
            return None  # they tell things apart here, and say nothing
        mark = declared(type(fact)).personal.get(name)
        if mark is None:
            return PackField(name=name, value=msgspec.to_builtins(value, order="deterministic"))
        if getattr(fact, mark.of) not in self._people:
            return PackField(name=name, ground="third-party", decided=True)
        ref = FieldRef(one.envelope.position, name)
        if ref not in self._texts:
            return PackField(name=name, ground="another-controller", decided=True)
        text = self._texts[ref]
        if text is not None and any(part.casefold() in self._others for part in _WORD.findall(text)):
            return PackField(name=name, ground="third-party", decided=True)
        proposed = None if text is None else self._proposed(fact, name, mark.personal_class, regime, text)
        decided = (self._decided or {}).get(ref)
        ground = proposed if decided is None else decided.ground
        return PackField(
            name=name,
            value=text if ground is None or self._decided is None else None,
            ground=ground,
            proposed=proposed,
            decided=decided is not None,
            erased=text is None,
            written=text is not None,
        )

    def _proposed(
        self, fact: Fact, name: str, of: PersonalClass, regime: Regime, text: str
    ) -> WithholdingGround | None:
        """What a rule proposes to leave out; a human decides."""
        flag = self._flags.get(getattr(fact, "flag", ""))
        if flag is not None and flag.kind == "staff-safety":
            return "staff-safety"
        if flag is not None and flag.kind == "keep-apart":
            return "third-party"
        if flag is not None and flag.source == "third-party":
            return "confidential-source"
        if of == "health":
            return "serious-harm"
        if regime == "law-enforcement" and name in JUDGED:
            return "law-enforcement"
        if of != "identity" or name in FREE_TEXT:
            return "third-party" if names_somebody(text, self._names) else None
        return None


JUDGED: Final = frozenset({"opinions", "reason", "rationale"})
"""Fields in which a law-enforcement record says what somebody thinks: telling it may prejudice an inquiry (s.45(4))."""
FREE_TEXT: Final = frozenset(
    {"note", "rationale", "reason", "reasons", "words", "statement", "recipient", "why", "told_identity"}
)
"""Fields of who somebody is in which anything may be written."""


def names_somebody(text: str, own: Collection[str]) -> bool:
    """Whether a text may name somebody else: a word with a capital that begins no sentence and is no own name."""
    begins = True
    last = 0
    for found in _WORD.finditer(text):
        begins = begins or _SENTENCE.search(text[last : found.start()]) is not None
        word = found[0]
        if not begins and word[:1].isupper() and word != "I" and word.casefold() not in own:
            return True
        begins, last = False, found.end()
    return False


def undecided(pack: Pack) -> list[FieldRef]:
    """The fields that a rule proposes to leave out and of which nobody decided."""
    return [
        FieldRef(line.position, one.name)
        for line in pack.lines
        for one in line.fields
        if one.proposed is not None and not one.decided
    ]


def digest_of(pack: Pack) -> str:
    """What names a pack for good: SHA-256 of what is handed over, as JSON with its keys in order."""
    given = [{**msgspec.to_builtins(line), "fields": [_given(one) for one in line.fields]} for line in pack.lines]
    content = {**msgspec.to_builtins(pack), "lines": given}
    return hashlib.sha256(msgspec.json.encode(content, order="deterministic")).hexdigest()


def _given(one: PackField) -> dict[str, Any]:
    return {"name": one.name, "value": one.value, "ground": one.ground}


def decisions_of(text: str | None) -> dict[FieldRef, Decided]:
    """What was decided, as it was kept; nothing where nobody can read it any more."""
    kept = msgspec.json.decode(text, type=tuple[Decided, ...]) if text else ()
    return {FieldRef(one.position, one.field): one for one in kept}


def _fields_holding(cls: type[Fact], types: Collection[object]) -> frozenset[str]:
    return frozenset(name for name, hint in get_type_hints(cls).items() if _holds(hint, types))


def _holds(hint: object, types: Collection[object]) -> bool:
    return hint in types or any(_holds(part, types) for part in get_args(hint))


def _people_in(fact: Fact) -> frozenset[PersonId]:
    found: set[PersonId] = set()
    for name in _people_fields(type(fact)):
        value = getattr(fact, name)
        found |= {PersonId(value)} if isinstance(value, str) else set(value or ())
    return frozenset(found)


_PEOPLE: dict[type[Fact], frozenset[str]] = {}
_IDS: dict[type[Fact], frozenset[str]] = {}


def _people_fields(cls: type[Fact]) -> frozenset[str]:
    """The fields that hold ids of people."""
    if cls not in _PEOPLE:
        _PEOPLE[cls] = _fields_holding(cls, frozenset({PersonId}))
    return _PEOPLE[cls]


def _id_fields(cls: type[Fact]) -> frozenset[str]:
    """The fields that hold other ids, but for those of agencies."""
    if cls not in _IDS:
        _IDS[cls] = _fields_holding(cls, ID_TYPES - {AgencyId, PersonId})
    return _IDS[cls]
