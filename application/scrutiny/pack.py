"""A pack: a decision, with what stood in the log when it was taken and the decision asked for, redacted for a panel.

The leaf of a decision names what it had asked and up to where; the same questions are asked again, and nothing that was
recorded later is among the answers. Each line names its position and the hash of its leaf, which a proof can be asked
for. Support and health are no part of it: that there is a referral is itself need-to-know.
"""

import base64
from collections.abc import Iterable
from hashlib import sha256
from typing import Any, Final

import msgspec

from application.ports import Codec, EventLog, LogId, Recorded, Stored, Unsealer
from application.scrutiny.redacting import Redactor, as_written, cleared
from application.views.categories import category_of
from domain.actors import Actor
from domain.calendar import civil_date
from domain.facts import Query, QueryItem, Sealed, declared, subject_of
from domain.governance.need_to_know import withheld
from domain.governance.partnership import Partnership
from domain.governance.scope import Category
from domain.governance.sharing import Permission
from domain.ids import CaseId
from domain.refusals import Unknown
from domain.scrutiny.panel import Redaction
from domain.scrutiny.sample import Case, DecisionKind

LAID_OUT: Final[frozenset[Category]] = frozenset({"register", "engagement", "hub"})
ACT_MOST: Final = 200
"""No act has more facts."""
TAGGED: Final[dict[DecisionKind, str]] = {
    "ticket-issued": "ticket",
    "instrument-served": "instrument",
    "instrument-recorded": "instrument",
    "encounter-recorded": "encounter",
}
NAMES: Final = ("given_name", "family_name", "nickname", "name")


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was known: which kind of fact, how many days before the decision it happened and was recorded."""

    position: int
    leaf: str
    type: str
    category: Category
    happened_days: int
    recorded_days: int
    by: str
    agency: str
    fields: dict[str, Any]
    words: dict[str, str] = {}
    withheld: bool = False


class Pack(msgspec.Struct, frozen=True, kw_only=True):
    """A decision, the command by which it was taken, under which policy, and what was known then.

    `heads` are the positions up to which it had asked the log. `recorded_late_days`: how long after it was taken it
    was recorded. `unrecorded`: the log does not say what it rested on.
    """

    case: CaseId
    kind: DecisionKind
    command: str
    policy: str
    heads: tuple[int, ...]
    recorded_late_days: int
    redaction: Redaction
    decision: Line
    known: tuple[Line, ...]
    unrecorded: bool = False


class Opened(msgspec.Struct, frozen=True):
    """A written field that is shown as it was written: with its salt, it opens what the leaf commits to.

    `salt` is base64, `value` the field's JSON (docs/proof.md, Commitment).
    """

    field: str
    salt: str
    value: str


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What a pack shows of an entry as it stands in the leaf, so that it can be held against the leaf.

    `fields` are codes, counts, yes and no. What is shown redacted, as a role or as so many days, is not among them.
    """

    position: int
    type: str
    fields: dict[str, Any]
    opened: tuple[Opened, ...]


class _Decision(msgspec.Struct, frozen=True):
    command: str
    read: tuple[tuple[Any, ...], ...] = ()


class _Leaf(msgspec.Struct, frozen=True):
    policy: str = ""
    decision: _Decision | None = None
    fields: dict[str, Any] = {}


class _LaidOut(msgspec.Struct, frozen=True):
    """What a pack is made of: the decision's leaf, and each entry with the line that shows it; the decision last."""

    leaf: _Leaf
    taken: Recorded
    redactor: Redactor
    lines: tuple[tuple[Stored, Recorded, Line], ...]


_leaf = msgspec.json.Decoder(_Leaf).decode


class Packing:
    """Lays out packs of one log."""

    def __init__(self, log: EventLog, codec: Codec, unsealer: Unsealer, of: LogId) -> None:
        self._log = log
        self._codec = codec
        self._unsealer = unsealer
        self._of = of

    async def pack(
        self, case: Case, viewer: Actor, permission: Permission, known: Partnership, redaction: Redaction
    ) -> Pack:
        """The pack of a case, by a permission to see it. Raises: Unknown where its decision is not in the log."""
        found = await self._laid_out(case, viewer, permission, known, redaction)
        leaf, taken = found.leaf, found.taken
        *lines, decision = (line for _, _, line in found.lines)
        happened, recorded = (found.redactor.day(at).days for at in (taken.fact.at, taken.envelope.recorded))
        return Pack(
            case=case.case,
            kind=case.kind,
            command="" if leaf.decision is None else leaf.decision.command,
            policy=leaf.policy,
            heads=() if leaf.decision is None else tuple(sorted({one[0] for one in leaf.decision.read})),
            recorded_late_days=recorded - happened,
            redaction=redaction,
            decision=decision,
            known=tuple(sorted(lines, key=lambda one: (one.happened_days, one.position))),
            unrecorded=leaf.decision is None,
        )

    async def entries(
        self, case: Case, viewer: Actor, permission: Permission, known: Partnership, redaction: Redaction
    ) -> tuple[Entry, ...]:
        """What the pack shows as it stands in the log, in its order. Raises: as `pack`."""
        found = await self._laid_out(case, viewer, permission, known, redaction)
        return tuple(self._entry(*one) for one in sorted(found.lines, key=lambda one: one[2].position))

    def _entry(self, stored: Stored, one: Recorded, line: Line) -> Entry:
        written = _leaf(stored.entry).fields
        told = as_written(type(one.fact)) & line.fields.keys()
        # Words from which anything was taken out are not what the leaf commits to: their salt stays sealed.
        committed = {each.field: each.opened for each in self._codec.committed(stored)} if line.words else {}
        opened = (
            (name, text, salted) for name, text in line.words.items() if (salted := committed.get(name)) is not None
        )
        return Entry(
            position=line.position,
            type=line.type,
            fields={name: value for name, value in written.items() if name in told},
            opened=tuple(
                Opened(name, base64.b64encode(salt).decode(), value.decode())
                for name, text, (salt, value) in opened
                if value == msgspec.json.encode(text)
            ),
        )

    async def _laid_out(
        self, case: Case, viewer: Actor, permission: Permission, known: Partnership, redaction: Redaction
    ) -> _LaidOut:
        stored = await self._taken(case)
        taken = self._codec.recorded(stored)
        leaf, began = await self._rests_on(stored)
        redactor = Redactor(known, civil_date(taken.fact.at))
        queries = [] if leaf.decision is None else [_query(one) for one in leaf.decision.read]
        found = [one for one in await self._known(queries, began) if subject_of(one[1].fact) == case.person]
        shown = [*(one for one in found if category_of(type(one[1].fact)) in LAID_OUT), (stored, taken)]
        words = self._words([each for _, each in shown], redaction, permission)
        lines = tuple(
            (each, one, _line(each, one, viewer, permission, redactor, words.get(one.envelope.position, {})))
            for each, one in shown
        )
        return _LaidOut(leaf, taken, redactor, lines)

    async def _taken(self, case: Case) -> Stored:
        tag = f"{TAGGED[case.kind]}:{case.case}"
        query: Query = (QueryItem(frozenset({case.kind}), frozenset({tag})),)
        page = await self._log.read(self._of, query, sealed=True)
        if not page.events:
            raise Unknown
        return page.events[0]

    async def _rests_on(self, stored: Stored) -> tuple[_Leaf, int]:
        """What the command of a fact had asked, which stands with the first fact of that command; and where that is."""
        leaf = _leaf(stored.entry)
        if leaf.decision is not None:
            return leaf, stored.position
        page = await self._log.read(self._of, after=max(0, stored.position - ACT_MOST), limit=ACT_MOST)
        for one in reversed([one for one in page.events if one.position < stored.position]):
            leaf = _leaf(one.entry)
            if leaf.decision is not None:
                return leaf, one.position
        return _Leaf(), stored.position

    async def _known(self, queries: Iterable[Query], before: int) -> list[tuple[Stored, Recorded]]:
        """What the questions find up to a position: nothing that they ask for came between them and the decision."""
        items = tuple(dict.fromkeys(item for query in queries for item in query if item.tags))
        if not items or before <= 1:
            return []
        page = await self._log.read(self._of, items, sealed=True)
        return [(one, self._codec.recorded(one)) for one in page.events if one.position < before]

    def _words(
        self, shown: Iterable[Recorded], redaction: Redaction, permission: Permission
    ) -> dict[int, dict[str, str]]:
        """What was written, cleared: by position and field. The names are opened to be taken out, and never leave."""
        if redaction != "worded" or "intelligence" not in permission.opens:
            return {}
        wanted: list[tuple[int, str, Sealed]] = []
        named: list[Sealed] = []
        for one in shown:
            for field, mark in declared(type(one.fact)).personal.items():
                value = getattr(one.fact, field)
                if not isinstance(value, Sealed):
                    continue
                if mark.personal_class == "intelligence" and field != "ethnicity":
                    wanted.append((one.envelope.position, field, value))
                elif field in NAMES:
                    named.append(value)
        names = [one for one in self._unsealer.open_all(named) if one is not None]
        found: dict[int, dict[str, str]] = {}
        opened = self._unsealer.open_all([value for _, _, value in wanted])
        for (position, field, _), text in zip(wanted, opened, strict=True):
            if text is not None:
                found.setdefault(position, {})[field] = cleared(text, names)
        return found


def _query(read: tuple[Any, ...]) -> Query:
    """A question as a leaf writes it: the head, then the types and the tags of each of its items."""
    return tuple(QueryItem(frozenset(types), frozenset(tags)) for types, tags in read[1:])


def leaf_hash(stored: Stored) -> str:
    """The leaf's hash in the log's tree (RFC 9162, 2.1.1)."""
    return sha256(b"\x00" + stored.entry).hexdigest()


def _line(
    stored: Stored,
    one: Recorded,
    viewer: Actor,
    permission: Permission,
    redactor: Redactor,
    words: dict[str, str],
) -> Line:
    fact, envelope = one.fact, one.envelope
    rules = withheld(fact, viewer, permission.opens)
    out = {name for rule in rules for name in (rule.field, *rule.together)}
    return Line(
        position=envelope.position,
        leaf=leaf_hash(stored),
        type=fact.fact_type,
        category=category_of(type(fact)),
        happened_days=redactor.day(fact.at).days,
        recorded_days=redactor.day(envelope.recorded).days,
        by=redactor.worker(envelope.actor, envelope.role),
        agency=redactor.agency(envelope.agency),
        fields=redactor.fields(fact, out),
        words={name: text for name, text in words.items() if name not in out},
        withheld=bool(rules),
    )
