"""Facts to leaves and back: nothing is lost, nothing personal shows, and what is sealed opens only where it belongs."""

import asyncio
import base64
from collections.abc import Sequence
from typing import Any, cast

import msgspec
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.sealing import codec as sealing
from adapters.sealing.codec import ARGUMENTS, JsonCodec, SealBroken, commitment, opened
from adapters.sealing.keys import MemoryKeys
from application.ports import DecisionRecord, Entry, Recorded, Stored, UnknownFact
from domain.facts import Fact, FactMeta, IdentityText, Personal, QueryItem, Sealed, about, declared, tags_of
from domain.ids import PersonId
from domain.people.person import PersonRegistered
from tests.golden.shapes import AT, MARKER, any_fact, example
from tests.golden.update import BY, HEAD, LOG, every_fact

FACTS = every_fact()
RECORD = DecisionRecord(
    command="RegisterPerson",
    arguments=b'{"given_name":"PERSONAL Al"}',
    read=(((QueryItem(frozenset({"b", "a"}), frozenset({"person:p-1"})),), 12), ((), 0)),
    policy="policy-1",
    code="0.1.0",
)


class Sealing:
    """A codec with keys of its own, and what it wrote."""

    def __init__(self) -> None:
        self.keys = MemoryKeys()
        self.codec = JsonCodec(self.keys)

    def write(self, *facts: Fact) -> tuple[Entry, ...]:
        return asyncio.run(self.codec.to_entries(LOG, facts, BY, "RegisterPerson", RECORD))

    def stored(self, *facts: Fact) -> list[Stored]:
        return [Stored(at, HEAD + one.body, one.sealed) for at, one in enumerate(self.write(*facts), 1)]

    def recorded(self, fact: Fact) -> Recorded:
        return self.codec.recorded(self.stored(fact)[0])

    def opened(self, fact: Fact) -> Fact:
        """The fact with every sealed field open."""
        names = list(declared(type(fact)).personal)
        texts = self.codec.open_all([getattr(fact, name) for name in names])
        return msgspec.structs.replace(fact, **dict(zip(names, texts, strict=True)))


def personal_of(fact: Fact) -> dict[str, Any]:
    return {name: value for name in declared(type(fact)).personal if (value := getattr(fact, name)) is not None}


def leaf_of(entry: Entry) -> dict[str, Any]:
    return msgspec.json.decode(HEAD + entry.body, type=dict[str, Any])


@pytest.mark.parametrize("kind", sorted(FACTS), ids=lambda kind: f"{kind[0]}.v{kind[1]}")
@settings(max_examples=15)
@given(data=st.data())
def test_every_fact_comes_back_as_it_was(kind: tuple[str, int], data: st.DataObject) -> None:
    """Open fields from the leaf alone, personal ones from the sealed part; and no trace of those anywhere else."""
    fact = data.draw(any_fact(FACTS[kind]))
    sealing = Sealing()
    (entry,) = sealing.write(fact)
    (without,) = (Stored(1, HEAD + entry.body),)

    recorded = sealing.codec.recorded(Stored(1, HEAD + entry.body, entry.sealed))
    assert sealing.opened(recorded.fact) == fact
    assert all(isinstance(value, Sealed) for value in personal_of(recorded.fact).values())

    bare = msgspec.structs.replace(fact, **dict.fromkeys(declared(type(fact)).personal))
    assert sealing.codec.fact(without) == sealing.codec.recorded(without).fact == sealing.codec.entered(entry) == bare

    said = entry.body + repr((entry.tags, about(fact), entry.sealed)).encode()
    assert MARKER.encode() not in said


def test_a_leaf_says_who_recorded_what_upon_what_in_a_fixed_order() -> None:
    """The order is part of the format: a leaf is hashed as it stands."""
    first, second = Sealing().write(example(PersonRegistered), example(PersonRegistered))
    leaf = leaf_of(first)
    members = ["id", "about", "actor", "agency", "role", "purpose", "policy", "code", "decision", "commitments"]
    members += ["type", "version", "fields"]
    assert list(leaf)[4:] == members
    assert leaf["about"] == ["person:person", "by_agency:by-agency", "search:search"]
    assert leaf["decision"]["command"] == "RegisterPerson"
    assert leaf["decision"]["read"] == [[12, [["a", "b"], ["person:p-1"]]], [0]]
    assert leaf["fields"]["at"] == "2026-03-02T10:30:00Z"
    assert next(iter(leaf["fields"])) == "at"
    assert "decision" not in leaf_of(second)
    assert first.tags == tags_of(example(PersonRegistered))


def test_ids_of_events_are_in_the_order_of_time() -> None:
    """A version 7 UUID begins with its millisecond."""
    ids = [leaf_of(one)["id"] for _ in range(3) for one in Sealing().write(example(PersonRegistered))]
    assert all(one[14] == "7" and one[19] in "89ab" for one in ids)
    assert len({*ids}) == 3
    assert [one[:13] for one in ids] == sorted(one[:13] for one in ids)


def test_the_envelope_is_read_from_the_leaf() -> None:
    """Who, for which agency, in which role, to what end."""
    sealing = Sealing()
    (stored,) = sealing.stored(example(PersonRegistered))
    envelope = sealing.codec.recorded(stored).envelope
    leaf = msgspec.json.decode(stored.entry, type=dict[str, Any])
    assert (envelope.log, envelope.position, envelope.event_id) == (LOG, 1, leaf["id"])
    assert (envelope.actor, envelope.agency, envelope.role) == (BY.worker, BY.agency, BY.role)
    assert envelope.purpose == "RegisterPerson"
    assert envelope.recorded.isoformat() == "2026-03-02T10:31:00+00:00"


def ciphers(sealing: Sealing, values: Sequence[Sealed]) -> dict[str, AESGCM]:
    return dict(sealing.keys.opening([value.key for value in values]))


def test_salt_and_value_prove_a_field_against_the_leaf() -> None:
    """What a box holds makes the commitment again; so do the arguments of the command."""
    sealing = Sealing()
    (stored,) = sealing.stored(example(PersonRegistered))
    leaf = msgspec.json.decode(stored.entry, type=dict[str, Any])
    values = personal_of(sealing.codec.recorded(stored).fact)
    at_hand = ciphers(sealing, list(values.values()))
    assert set(leaf["commitments"]) == set(values)
    for name, value in values.items():
        salt, text = opened(value, at_hand[value.key])
        assert len(salt) == 32
        assert text == msgspec.json.encode(f"{MARKER} {name}")
        assert commitment(salt, name, text) == base64.b64decode(leaf["commitments"][name])
    arguments = sealing.codec.arguments(stored)
    assert arguments is not None
    salt, text = opened(arguments, ciphers(sealing, [arguments])[arguments.key])
    assert text == RECORD.arguments
    assert commitment(salt, ARGUMENTS, text) == base64.b64decode(leaf["decision"]["arguments"])


def test_a_commitment_is_what_its_definition_says() -> None:
    """Fixed bytes: a verifier elsewhere computes the same."""
    computed = commitment(bytes(32), "given_name", b'"Al"')
    assert computed.hex() == "b505b6938719035bdf9deda7b62468af0b6a12aff4d6581a0fe40e2ada44aabc"


def test_equal_values_look_different_each_time() -> None:
    """Salt and nonce are random: nobody sees that two people share a name."""
    sealing = Sealing()
    one, two = sealing.write(example(PersonRegistered), example(PersonRegistered))
    assert not {*leaf_of(one)["commitments"].values()} & {*leaf_of(two)["commitments"].values()}


@pytest.mark.parametrize("part", ["key", "context", "box"])
def test_a_box_opens_nowhere_but_where_it_was_sealed(part: str) -> None:
    """Under another key, in another field, event or log, or altered by one bit, it is refused aloud."""
    sealing = Sealing()
    person = example(PersonRegistered)
    here = sealing.recorded(person).fact
    there = sealing.recorded(msgspec.structs.replace(person, person=PersonId("somebody-else"))).fact
    assert isinstance(here, PersonRegistered)
    assert isinstance(there, PersonRegistered)
    assert isinstance(here.given_name, Sealed)
    assert isinstance(there.family_name, Sealed)
    altered = bytearray(here.given_name.box)
    altered[-1] ^= 1
    wrong = {"key": there.family_name.key, "context": there.family_name.context, "box": bytes(altered)}
    moved = msgspec.structs.replace(here.given_name, **{part: wrong[part]})
    with pytest.raises(SealBroken):
        sealing.codec.open_all([moved])


def test_a_destroyed_key_leaves_the_leaf_and_takes_the_value() -> None:
    """Everything sealed under the person's keys opens as None; other people's values and plain texts still open."""
    sealing = Sealing()
    person = example(PersonRegistered)
    gone, kept = sealing.stored(person, msgspec.structs.replace(person, person=PersonId("somebody-else")))
    values = [sealing.codec.recorded(one).fact for one in (gone, kept)]
    names = [one.given_name for one in values if isinstance(one, PersonRegistered)]
    assert asyncio.run(sealing.keys.destroy(BY.partnership, "person")) == 2  # identity, decision
    assert sealing.codec.open_all([*names, None, "plain", sealing.codec.arguments(gone)]) == [
        None,
        f"{MARKER} given_name",
        None,
        "plain",
        None,
    ]
    assert sealing.codec.fact(gone) == sealing.codec.fact(Stored(1, gone.entry))


def test_each_person_and_class_has_a_key_of_its_own() -> None:
    """A person's health opens under another key than their identity, and no key opens for two people."""
    keys = MemoryKeys()
    people = ("one", "two")
    wanted: list[Any] = [(who, what) for who in people for what in ("identity", "health", "intelligence", "decision")]
    made = asyncio.run(keys.sealing(BY.partnership, wanted))
    assert len({key.id for key in made.values()}) == len(wanted)


def test_what_is_sealed_already_is_not_sealed_again() -> None:
    """A commitment to a box would prove nothing."""
    sealing = Sealing()
    with pytest.raises(TypeError, match="sealed already"):
        sealing.write(sealing.recorded(example(PersonRegistered)).fact)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"version":1', b'"version":9'),
        (b'"type":"person-registered"', b'"type":"person-dreamt-of"'),
        (b'"has_name":true', b'"has_name":"maybe"'),
        (b'"fields":', b'"fields":,'),
        (b'00Z","person"', b'00","person"'),
    ],
)
def test_nobody_skips_what_this_code_cannot_read(old: bytes, new: bytes) -> None:
    """An unknown type or version, or a leaf that is not as declared, is an answer of its own."""
    sealing = Sealing()
    (stored,) = sealing.stored(example(PersonRegistered))
    assert old in stored.entry
    altered = Stored(1, stored.entry.replace(old, new), stored.sealed)
    with pytest.raises(UnknownFact):
        sealing.codec.fact(altered)
    with pytest.raises(UnknownFact):
        sealing.codec.recorded(altered)


def test_fields_that_newer_code_added_are_tolerated() -> None:
    """In a rolling upgrade old code reads the facts of new code, sealed fields too."""
    sealing = Sealing()
    (stored,) = sealing.stored(example(PersonRegistered))
    part = msgspec.msgpack.decode(stored.sealed or b"")
    part[0]["shoe_size"] = part[0]["given_name"]
    newer = Stored(
        1, stored.entry.replace(b'"fields":\t{', b'"fields":\t{"new":[{"type":"x"}],'), msgspec.msgpack.encode(part)
    )
    assert sealing.codec.recorded(newer).fact == sealing.codec.recorded(stored).fact


def test_a_leaf_reads_the_same_without_its_tabs() -> None:
    """They only spare a search: JSON does not care. No text brings in one of its own."""
    sealing = Sealing()
    person = msgspec.structs.replace(example(PersonRegistered), reference="a\tb\\\t")
    (stored,) = sealing.stored(person)
    assert stored.entry.count(b"\t") == 3
    bare = Stored(1, stored.entry.replace(b"\t", b""), stored.sealed)
    assert sealing.codec.recorded(bare) == sealing.codec.recorded(stored)
    assert sealing.codec.fact(bare) == sealing.codec.fact(stored)


def test_an_older_version_is_read_as_the_newest() -> None:
    """The old class stays in the catalogue; the table of upcasts leads on from it."""
    from domain.facts import CATALOGUE  # noqa: PLC0415 - put back below

    kept = dict(CATALOGUE)
    try:

        class Weighed(Fact, type="test-weighed", version=1, tags=("person",)):
            person: PersonId
            stones: int
            note: IdentityText = None

        class WeighedInKilos(Fact, type="test-weighed", version=2, tags=("person",)):
            person: PersonId
            kilos: int
            note: IdentityText = None

        def upcast(fact: Fact) -> Fact:
            assert isinstance(fact, Weighed)
            return WeighedInKilos(at=fact.at, person=fact.person, kilos=fact.stones * 6, note=fact.note)

        sealing = Sealing()
        sealing.codec = JsonCodec(sealing.keys, {("test-weighed", 1): upcast})
        (stored,) = sealing.stored(Weighed(at=AT, person=PersonId("p"), stones=10, note="PERSONAL"))
        assert sealing.codec.fact(stored) == WeighedInKilos(at=AT, person=PersonId("p"), kilos=60)
        read = sealing.codec.recorded(stored).fact
        assert sealing.opened(read) == WeighedInKilos(at=AT, person=PersonId("p"), kilos=60, note="PERSONAL")
    finally:
        CATALOGUE.clear()
        CATALOGUE.update(kept)


def leaky(tags: tuple[str, ...] = (), **members: Any) -> type[Fact]:  # noqa: ANN401 - type hints
    """A class of facts that is in no catalogue."""
    cls: Any = FactMeta("Leaky", (Fact,), {"__annotations__": members})
    cls.fact_type, cls.fact_version, cls.tag_templates = "leaky", 1, tags
    return cast("type[Fact]", cls)


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ({"person": PersonId, "name": IdentityText, "tags": ("name",)}, "tags or ids"),
        ({"person": PersonId, "names": tuple[IdentityText, ...]}, "only a whole field"),
        ({"name": IdentityText}, "names no person"),
    ],
)
def test_a_class_that_would_leak_is_refused_before_anything_is_written(members: dict[str, Any], why: str) -> None:
    """A personal value has one way out of a fact: the box."""
    with pytest.raises(TypeError, match=why):
        sealing._plan(leaky(**members))  # noqa: SLF001 - what the codec does for each class it meets


def test_the_mark_is_what_seals() -> None:
    """Every field of a fact that may hold a sealed value is marked, and every marked field may hold one."""
    for cls in FACTS.values():
        for field in msgspec.structs.fields(cls):
            holds = Sealed in getattr(field.type, "__args__", ()) or "Sealed" in str(field.type)
            assert holds == (field.name in declared(cls).personal), f"{cls.__name__}.{field.name}"
            assert not (holds and field.required), f"{cls.__name__}.{field.name} has no default"
    assert isinstance(declared(PersonRegistered).personal["given_name"], Personal)
