"""Facts to leaves and back: the stored entry is the leaf, and what is personal lies sealed beside it (ADR 0006, 0007).

A leaf is canonical JSON in this order: the writer's head (incarnation, log, position, recorded), then

    id, about, actor, agency, role, purpose, policy, code
    by            where somebody acted by the command line: `command-line`
    decision      on the first fact of a command: its name, what was read up to which heads, the commitment of its
                  arguments
    commitments   of the personal fields that are given
  ⇥ type, version
  ⇥ fields      ⇥ the open ones; `at`, the first, is when it happened

Three tabs (⇥) part the leaf where it is read most: no JSON text holds one, so what stands between them is found without
parsing. A commitment is SHA-256(label ‖ salt ‖ field ‖ value), each part after its length in 8 bytes; the salt and the
value (as JSON) lie in the box, so that whoever may open one field can prove that field and no other.
"""

import os
import string
import struct
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from hashlib import sha256
from operator import attrgetter
from typing import Any, ClassVar, Final, get_args, get_origin, get_type_hints

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec.structs import fields, force_setattr

from adapters.sealing.keys import OpenKey, SealingKeys, Wanted
from application.ports import Committed, Decision, DecisionRecord, Entry, Envelope, LogId, Recorded, Stored, UnknownFact
from domain.actors import Actor
from domain.facts import (
    CATALOGUE,
    Fact,
    Personal,
    PersonalClass,
    Query,
    QueryItem,
    Sealed,
    about,
    declared,
    subject_of,
    tags_of,
)
from domain.ids import PartnershipId

LABEL: Final = b"hub/commitment/v1"
ARGUMENTS: Final = "decision.arguments"
TAB: Final = b"\t"
SALT_BYTES: Final = 32
NONCE_BYTES: Final = 12
BOX_BYTES: Final = SALT_BYTES + NONCE_BYTES
"""What is drawn for a sealed value: its salt and its nonce."""
ID_BYTES: Final = 10
UUID_RANDOM: Final = 0xFFF << 64 | (1 << 62) - 1
UUID_MARKS: Final = 0x7 << 76 | 0b10 << 62
"""Version 7, in the variant of RFC 9562."""
PARTNERSHIP: Final = ""
"""The subject of what concerns no person: the partnership's own keys."""

Upcast = Callable[[Fact], Fact]
"""Reads a fact of an older version as the next version that says the same."""

_encode = msgspec.json.Encoder(order="deterministic").encode
_encode_in_order = msgspec.json.Encoder().encode
_length = struct.Struct(">Q").pack
LABEL_AND_SALT: Final = _length(len(LABEL)) + LABEL + _length(SALT_BYTES)


class SealBroken(Exception):  # noqa: N818 - an alarm, not an error of ours
    """A sealed value is not what was sealed there: it was altered, or moved from another field, event or log."""


class Box(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A sealed value beside the leaf: by which key, and nonce, ciphertext and tag."""

    key: str
    box: bytes


class SealedPart(msgspec.Struct, frozen=True, array_like=True):
    """What is sealed of one event: its personal fields and, of a command's first fact, the arguments."""

    fields: dict[str, Box]
    arguments: Box | None = None


_encode_part = msgspec.msgpack.Encoder().encode
_decode_part = msgspec.msgpack.Decoder(SealedPart).decode


class _SealedFields(msgspec.Struct, frozen=True, array_like=True):
    """A sealed part without the arguments, which most parts consist of and few readers want."""

    fields: dict[str, Box]


_decode_fields = msgspec.msgpack.Decoder(_SealedFields).decode


class _Leaf(msgspec.Struct, frozen=True):
    """A leaf whose parts are not where they are expected."""

    log: LogId
    id: str
    type: str
    version: int
    fields: msgspec.Raw


class _DecisionRead(msgspec.Struct, frozen=True):
    command: str
    read: tuple[tuple[Any, ...], ...]


class _Decided(msgspec.Struct, frozen=True):
    """What a leaf says of the decision whose first fact it is."""

    decision: _DecisionRead
    policy: str
    code: str


_envelope = msgspec.json.Decoder(Envelope).decode
_leaf = msgspec.json.Decoder(_Leaf).decode
_decided = msgspec.json.Decoder(_Decided).decode


Given = tuple[str, Wanted, object]
"""A personal field that is given: its name, whose key seals it, and its value."""


class _Plan(msgspec.Struct, frozen=True):
    """How facts of one class are written."""

    kind: bytes
    open_values: Callable[[Fact], tuple[object, ...]]
    open_fields: Callable[..., object]
    marks: tuple[tuple[str, str, PersonalClass], ...]
    """The personal fields: the name of each, the field that names the person, and what key it is sealed under."""


class JsonCodec:
    """Writes facts as leaves, reads leaves as facts, and opens what is sealed, all by the keys of one store."""

    def __init__(self, keys: SealingKeys, upcasts: Mapping[tuple[str, int], Upcast] | None = None) -> None:
        """`upcasts` leads from each old type and version that still stands in some log to a newer one.

        Raises: TypeError for a class of facts whose personal fields could not be kept out of its leaf.
        """
        self._keys = keys
        self._upcasts = upcasts or {}
        self._decoders: dict[bytes, Callable[[bytes], Fact]] = {}
        self._newest_decoders: dict[bytes, Callable[[bytes], Fact]] = {}
        self._know_catalogue()

    async def to_entries(
        self, log: LogId, facts: Sequence[Fact], by: Actor, purpose: str, record: DecisionRecord
    ) -> tuple[Entry, ...]:
        """Seal the personal fields, commit to them, and write the leaves. The keys are durable when this returns.

        Raises: LogUnavailable where the store of the keys does not answer.
        """
        if not facts:
            return ()
        decided_about: Wanted = (subject_of(facts[0]) or PARTNERSHIP, "decision")
        acting = _acting(by, purpose, record.policy, record.code)
        return await self._written(log, facts, acting, (decided_about, record))

    async def to_notes(
        self, log: LogId, facts: Sequence[Fact], by: Actor, purpose: str, policy: str, code: str
    ) -> tuple[Entry, ...]:
        """The leaves of what nobody decided. Where nothing personal is given, no key is asked for.

        Raises: LogUnavailable where the store of the keys does not answer.
        """
        return await self._written(log, facts, _acting(by, purpose, policy, code), None)

    async def _written(
        self, log: LogId, facts: Sequence[Fact], acting: bytes, decision: tuple[Wanted, DecisionRecord] | None
    ) -> tuple[Entry, ...]:
        wanted = set() if decision is None else {decision[0]}
        personal: list[list[Given]] = []
        for fact in facts:
            given: list[Given] = []
            for field, of, personal_class in _plan(type(fact)).marks:
                value = getattr(fact, field)
                if value is not None:
                    whose = (getattr(fact, of) or PARTNERSHIP, personal_class)
                    wanted.add(whose)
                    given.append((field, whose, value))
            personal.append(given)
        keys = await self._keys.sealing(PartnershipId(log.partition("/")[0]), wanted) if wanted else {}
        entries = []
        for fact, given in zip(facts, personal, strict=True):
            entries.append(_entry(log, fact, acting, given, keys, decision))
            decision = None
        return tuple(entries)

    def entered(self, entry: Entry) -> Fact:
        """The fact of an entry as the log will give it: what is personal stays sealed."""
        self._know_catalogue()
        _, kind, written, _ = entry.body.rsplit(TAB, 3)
        return self._newest_decoders[kind](written)

    def fact(self, stored: Stored) -> Fact:
        """The fact alone: for decisions, which need neither the envelope nor the sealed part.

        Raises: UnknownFact for a type or version that this code cannot read.
        """
        try:
            _, kind, written, _ = stored.entry.rsplit(b"\t", 3)
            return self._newest_decoders[kind](written)
        except (KeyError, ValueError, msgspec.DecodeError):
            return self._newest(self._slowly(stored.entry)[1])

    def recorded(self, stored: Stored) -> Recorded:
        """The fact with its envelope, personal fields sealed where the sealed part was read.

        Raises: UnknownFact for a type or version that this code cannot read.
        """
        try:
            said, kind, written, _ = stored.entry.rsplit(TAB, 3)
            fact = self._decoders[kind](written)
            envelope = _envelope(said + b"}")
        except (KeyError, ValueError, msgspec.DecodeError):
            envelope, fact = self._slowly(stored.entry)
        if stored.sealed is not None and (boxes := _decode_fields(stored.sealed).fields):
            personal = declared(type(fact)).personal
            of_event = _context(envelope.log, fact.fact_type, envelope.event_id, "")
            for name, box in boxes.items():
                if name in personal:  # a field that newer code added is tolerated like an open one
                    # Nobody else has seen this fact yet: it was made a moment ago.
                    force_setattr(fact, name, Sealed(box.key, of_event + name, box.box))
        return Recorded(self._newest(fact) if self._upcasts else fact, envelope)

    async def resealed(self, log: LogId, stored: Stored, fact: Fact) -> bytes | None:
        """The sealed part under the keys of whom `fact` is of; None where it is so already. Commitments hold as before.

        What nobody can open any more stays as it is. Raises: SealBroken; LogUnavailable.
        """
        if stored.sealed is None:
            return None
        part = _decode_part(stored.sealed)
        whose = {
            name: (getattr(fact, of) or PARTNERSHIP, personal_class)
            for name, of, personal_class in _plan(type(fact)).marks
            if name in part.fields
        }
        decided: Wanted = (subject_of(fact) or PARTNERSHIP, "decision")
        wanted = {*whose.values(), *([decided] if part.arguments is not None else [])}
        keys = await self._keys.sealing(PartnershipId(log.partition("/")[0]), wanted)
        ciphers = self._keys.opening({box.key for box in (*part.fields.values(), part.arguments) if box is not None})
        of_event = _context(log, fact.fact_type, _leaf(stored.entry).id, "")

        def anew(field: str, box: Box, key: OpenKey) -> Box:
            cipher = ciphers.get(box.key)
            if box.key == key.id or cipher is None:
                return box
            salt, value = opened(Sealed(box.key, of_event + field, box.box), cipher)
            return _seal(of_event.encode(), field, key, value, salt + os.urandom(NONCE_BYTES))[1]

        boxes = {
            name: anew(name, box, keys[whose[name]]) if name in whose else box for name, box in part.fields.items()
        }
        arguments = None if part.arguments is None else anew(ARGUMENTS, part.arguments, keys[decided])
        changed = SealedPart(boxes, arguments)
        return None if changed == part else _encode_part(changed)

    def arguments(self, stored: Stored) -> Sealed | None:
        """The sealed arguments of the command that this event is the first fact of. They open as JSON text."""
        box = None if stored.sealed is None else _decode_part(stored.sealed).arguments
        if box is None:
            return None
        leaf = _leaf(stored.entry)
        return Sealed(box.key, _context(leaf.log, leaf.type, leaf.id, ARGUMENTS), box.box)

    def committed(self, stored: Stored) -> tuple[Committed, ...]:
        """What a leaf commits to, opened as far as there are keys: for a panel. `stored` has its sealed part.

        Raises: SealBroken; LogUnavailable where the store of the keys does not answer.
        """
        if stored.sealed is None:
            return ()
        part, leaf, fact = _decode_part(stored.sealed), _leaf(stored.entry), self.fact(stored)
        boxes = part.fields | ({} if part.arguments is None else {ARGUMENTS: part.arguments})
        ciphers = self._keys.opening({box.key for box in boxes.values()})
        marks = declared(type(fact)).personal
        found = []
        for name, box in boxes.items():
            cipher, mark = ciphers.get(box.key), marks.get(name)
            sealed = Sealed(box.key, _context(leaf.log, leaf.type, leaf.id, name), box.box)
            found.append(
                Committed(
                    name,
                    None if mark is None else getattr(fact, mark.of),
                    None if mark is None else mark.personal_class,
                    None if cipher is None else opened(sealed, cipher),
                )
            )
        return tuple(found)

    def decision(self, stored: Stored) -> Decision | None:
        """The record of the decision whose first fact this is; None for every other fact."""
        if b',"decision":' not in stored.entry.partition(TAB)[0]:
            return None
        said = _decided(stored.entry)
        return Decision(
            envelope=_envelope(stored.entry),
            command=said.decision.command,
            read=tuple((_asked(query), head) for head, *query in said.decision.read),
            policy=said.policy,
            code=said.code,
            arguments=self.arguments(stored),
        )

    def open_all(self, values: Sequence[object]) -> list[str | None]:
        """The open values, None for each that is None or whose key was destroyed; a plain text stays as it is.

        Raises: SealBroken; LogUnavailable where the store of the keys does not answer.
        """
        keys = {value.key for value in values if isinstance(value, Sealed)}
        ciphers = self._keys.opening(keys) if keys else {}
        return [_open(value, ciphers) for value in values]

    def _newest(self, fact: Fact) -> Fact:
        while upcast := self._upcasts.get((fact.fact_type, fact.fact_version)):
            fact = upcast(fact)
        return fact

    def _slowly(self, entry: bytes) -> tuple[Envelope, Fact]:
        """Read what could not be read at once, or say why it cannot be read at all."""
        try:
            leaf, envelope = _leaf(entry), _envelope(entry)
        except msgspec.DecodeError as fault:
            raise UnknownFact(f"an entry is no leaf: {fault}") from fault
        if (leaf.type, leaf.version) not in CATALOGUE:
            raise UnknownFact(f"{leaf.type} version {leaf.version}")
        self._know_catalogue()
        try:
            return envelope, self._decoders[_kind(leaf.type, leaf.version)](bytes(leaf.fields))
        except msgspec.DecodeError as fault:
            raise UnknownFact(f"{leaf.type} version {leaf.version} does not read as declared: {fault}") from fault

    def _know_catalogue(self) -> None:
        """Classes may have been declared since the codec was made."""
        if len(self._decoders) != len(CATALOGUE):
            for cls in CATALOGUE.values():
                kind, decode = _plan(cls).kind, msgspec.json.Decoder(cls).decode
                self._decoders[kind] = decode
                old = (cls.fact_type, cls.fact_version) in self._upcasts
                self._newest_decoders[kind] = self._upcasting(decode) if old else decode

    def _upcasting(self, decode: Callable[[bytes], Fact]) -> Callable[[bytes], Fact]:
        return lambda written: self._newest(decode(written))


def commitment(salt: bytes, field: str, value: bytes) -> bytes:
    """What a leaf says of a personal field: binding for whoever wrote it, and nothing to anybody without the salt."""
    return sha256(LABEL_AND_SALT + salt + _field(field) + _length(len(value)) + value).digest()


@lru_cache(4096)
def _field(name: str) -> bytes:
    return _length(len(name.encode())) + name.encode()


def opened(sealed: Sealed, cipher: AESGCM) -> tuple[bytes, bytes]:
    """The salt and the JSON of the value: what proves the field against its commitment. Raises: SealBroken."""
    box = sealed.box
    try:
        plain = cipher.decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], f"{sealed.context}|{sealed.key}".encode())
    except InvalidTag as fault:
        raise SealBroken(sealed.context) from fault
    return plain[:SALT_BYTES], plain[SALT_BYTES:]


_text: Final = msgspec.json.Decoder(str).decode


def _open(value: object, ciphers: Mapping[str, AESGCM]) -> str | None:
    if isinstance(value, Sealed):
        cipher = ciphers.get(value.key)
        if cipher is None:
            return None
        _, text = opened(value, cipher)
        return _text(text) if text[:1] == b'"' else text.decode()
    assert value is None or isinstance(value, str), "only texts are sealed"
    return value


def _seal(of_event: bytes, field: str, key: OpenKey, value: bytes, random: bytes) -> tuple[bytes, Box]:
    """The commitment to a value and its box; `random` is the salt and the nonce, and is used for nothing else."""
    salt, nonce = random[:SALT_BYTES], random[SALT_BYTES:]
    key_id = key.id
    context = b"%b%b|%b" % (of_event, field.encode(), key_id.encode())
    return commitment(salt, field, value), Box(key_id, nonce + key.cipher.encrypt(nonce, salt + value, context))


def _context(log: LogId, fact_type: str, event_id: str, field: str) -> str:
    return f"{log}|{fact_type}|{event_id}|{field}"


def _entry(
    log: LogId,
    fact: Fact,
    acting: bytes,
    given: Sequence[Given],
    keys: Mapping[Wanted, OpenKey],
    decision: tuple[Wanted, DecisionRecord] | None,
) -> Entry:
    plan = _plan(type(fact))
    random = os.urandom(ID_BYTES + BOX_BYTES * (len(given) + (decision is not None)))  # the system is asked but once
    event_id = _uuid7(random[:ID_BYTES])
    of_event = _context(log, fact.fact_type, event_id, "").encode()
    used = ID_BYTES
    said = b'"id":"%b","about":%b%b' % (event_id.encode(), _encode(about(fact)), acting)
    sealed_arguments: Box | None = None
    if decision is not None:
        whose, record = decision
        drawn, used = random[used : used + BOX_BYTES], used + BOX_BYTES
        committed, sealed_arguments = _seal(of_event, ARGUMENTS, keys[whose], record.arguments, drawn)
        said += _decision(record, committed)
    boxes: dict[str, Box] = {}
    if given:
        commitments: dict[str, bytes] = {}
        for field, whose, value in given:
            if isinstance(value, Sealed):
                raise TypeError(
                    f"{type(fact).__name__}.{field} is sealed already: what it commits to is not known here"
                )
            drawn, used = random[used : used + BOX_BYTES], used + BOX_BYTES
            commitments[field], boxes[field] = _seal(of_event, field, keys[whose], _encode(value), drawn)
        said += b',"commitments":' + _encode_in_order(commitments)
    body = b"%b\t%b\t%b\t}" % (said, plan.kind, _encode(plan.open_fields(*plan.open_values(fact))))
    sealed = _encode_part(SealedPart(boxes, sealed_arguments)) if boxes or sealed_arguments else None
    return Entry(fact.fact_type, tags_of(fact), body, sealed)


@lru_cache(4096)
def _acting(by: Actor, purpose: str, policy: str, code: str) -> bytes:
    values = {"actor": by.worker, "agency": by.agency, "role": by.role, "purpose": purpose, "policy": policy}
    hand = {"by": "command-line"} if by.by_command_line else {}
    return b"," + msgspec.json.encode(values | {"code": code} | hand)[1:-1]


def _decision(record: DecisionRecord, arguments: bytes) -> bytes:
    read = b",".join([b"[%d,%b]" % (head, _query(query)) if query else b"[%d]" % head for query, head in record.read])
    return b',"decision":{"command":%b,"read":[%b],"arguments":%b}' % (
        _encode(record.command),
        read,
        _encode(arguments),
    )


def _query(query: Query) -> bytes:
    return b",".join([b"[%b,%b]" % (_texts(item.types), _encode(item.tags)) for item in query])


def _asked(written: list[Any]) -> Query:
    return tuple(QueryItem(frozenset(types), frozenset(tags)) for types, tags in written)


@lru_cache(4096)
def _texts(texts: frozenset[str]) -> bytes:
    """The same types are asked for again and again, each time with other tags."""
    return _encode(texts)


def _uuid7(random: bytes) -> str:
    """RFC 9562: milliseconds since 1970, then 74 random bits of the 80 given."""
    text = (time.time_ns() // 1_000_000 << 80 | int.from_bytes(random) & UUID_RANDOM | UUID_MARKS).to_bytes(16).hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


@cache
def _plan(cls: type[Fact]) -> _Plan:
    _refuse_leaks(cls)
    personal = declared(cls).personal
    names = ("at", *(field.name for field in fields(cls) if field.name not in personal and field.name != "at"))
    # A personal field without a default is written as null, so that the leaf reads as the class.
    empty = tuple(field.name for field in fields(cls) if field.name in personal and field.required)
    members = [(name, Any) for name in names] + [(name, None, None) for name in empty]
    values = attrgetter(*names) if len(names) > 1 else _only_at
    return _Plan(
        _kind(cls.fact_type, cls.fact_version),
        values,
        msgspec.defstruct(f"Open{cls.__name__}", members, gc=False),
        tuple((name, mark.of, mark.personal_class) for name, mark in personal.items()),
    )


def _kind(fact_type: str, version: int) -> bytes:
    """How a leaf says of which type and version it is, up to its fields."""
    return b',"type":%b,"version":%d,"fields":' % (_encode(fact_type), version)


def _only_at(fact: Fact) -> tuple[object, ...]:
    return (fact.at,)


def _refuse_leaks(cls: type[Fact]) -> None:
    """A personal value has one way out of a fact: the box."""
    known = declared(cls)
    named_by_tags = {name for template in cls.tag_templates for name in _named_by(template) if name in known.personal}
    nested = [
        name
        for name, hint in get_type_hints(cls, include_extras=True).items()
        if get_origin(hint) is not ClassVar and name not in known.personal and _marked_within(hint)
    ]
    for names, why in (
        (named_by_tags | known.personal.keys() & set(known.ids), "would stand among the tags or ids"),
        (nested, "marks a part of a field: only a whole field can be sealed"),
        ([mark.of for mark in known.personal.values() if mark.of not in cls.__struct_fields__], "names no person"),
        (known.personal.keys() & {"at"}, "is when it happened, which stands open"),
    ):
        if names:
            raise TypeError(f"{cls.__name__}: {', '.join(sorted(names))} {why}")


def _named_by(template: str) -> tuple[str, ...]:
    if "{" not in template:
        return (template,)
    return tuple(name for _, name, _, _ in string.Formatter().parse(template) if name)


def _marked_within(hint: object) -> bool:
    if any(isinstance(mark, Personal) for mark in getattr(hint, "__metadata__", ())):
        return True
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return any(_marked_within(part) for part in get_type_hints(hint, include_extras=True).values())
    return any(_marked_within(part) for part in get_args(hint))
