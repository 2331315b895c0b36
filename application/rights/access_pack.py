"""All that is held about a person, laid out for them who asked: each line with its source, and who looked or was told.

What is left out is proposed by rule and decided by a human, field by field, with the reason in law. Whoever else is
spoken of never appears: their ids are left out whatever is decided. A pack is of what stood in both logs up to two
positions, so it can be laid out again, and its digest says that it is the same.
"""

import hashlib
import re
from collections.abc import Collection, Mapping
from typing import Any, Final, get_args, get_type_hints

import msgspec

from application.ports import Recorded
from application.views.categories import category_of
from domain.actors import Role
from domain.facts import Fact, Instant, PersonalClass, declared
from domain.governance.partnership import Partnership
from domain.governance.scope import Category, Regime
from domain.governance.sharing import regime_of
from domain.ids import ID_TYPES, AgencyId, PersonId, RightsRequestId
from domain.people.flags import FlagRaised
from domain.rights.request import WithholdingGround

WORD: Final = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
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


class Laying:
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
        if text is not None and any(part.casefold() in self._others for part in WORD.findall(text)):
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
    for found in WORD.finditer(text):
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


def people_in(fact: Fact) -> frozenset[PersonId]:
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
