"""Whatever the hub shows has words: every code, every field, every command and every kind of fact."""

import datetime as dt
import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import Literal, get_args, get_origin, get_type_hints

import msgspec
import pytest

import application
import domain
from api.routes import Act, Write
from api.v1 import ROUTES
from api.web import wording
from api.web.forms import shape_of
from api.web.wording.acts import ACTS
from api.web.wording.codes import CODES
from api.web.wording.fields import EACH, FIELDS, OF_FACTS
from api.web.wording.said import SAID
from application.finding.asking import Sought
from domain import codes
from domain.engagement.orders import RecordInstrument
from domain.facts import CATALOGUE, Personal
from domain.governance.need_to_know import NEED_TO_KNOW
from domain.governance.sharing_rules import BY_ID, NO_RULE, text_of
from domain.support.referral import DeclineReferral


def modules() -> Iterator[ModuleType]:
    for package in (domain, application):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            yield importlib.import_module(found.name)


def structs() -> Iterator[type[msgspec.Struct]]:
    for module in modules():
        for one in vars(module).values():
            if isinstance(one, type) and issubclass(one, msgspec.Struct) and one.__module__ == module.__name__:
                yield one


def lists_of_codes(hint: object) -> Iterator[object]:
    if get_origin(hint) is Literal:
        yield hint
    for part in get_args(hint):
        yield from lists_of_codes(part)


def structs_in(hint: object) -> Iterator[type[msgspec.Struct]]:
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        yield hint
    for part in get_args(hint):
        yield from structs_in(part)


def fields_of(body: type[msgspec.Struct]) -> Iterator[str]:
    for name, hint in get_type_hints(body).items():
        yield name
        for inner in structs_in(hint):
            yield from fields_of(inner)


def every_field(body: type[msgspec.Struct]) -> Iterator[msgspec.structs.FieldInfo]:
    for one in msgspec.structs.fields(body):
        yield one
        for inner in structs_in(one.type):
            yield from every_field(inner)


BODIES = {
    route.command.__name__ if isinstance(route, Write) else route.name: route.body
    for route in ROUTES
    if isinstance(route, Write | Act)
}
FILLED_IN = BODIES | {"Sought": Sought}
"""Whatever a form is made of."""
TYPES = {fact_type: cls for (fact_type, _), cls in sorted(CATALOGUE.items())}


def test_every_list_of_codes_of_the_field_has_words() -> None:
    named = {name: one for name, one in vars(codes).items() if get_origin(one) is Literal}
    assert len(named) > 15
    assert not [name for name, one in named.items() if wording.code_list(one) is None]


def test_every_code_that_a_record_can_hold_has_words() -> None:
    silent = {
        f"{cls.__name__}.{name}"
        for cls in structs()
        for name, hint in get_type_hints(cls).items()
        for one in lists_of_codes(hint)
        if wording.code_list(one) is None
    }
    assert not silent


def test_codes_with_labels_of_their_own_are_called_the_same() -> None:
    for name, words in codes.LABELS.items():
        assert {code: wording.label(name, code) for code in words} == words


def test_a_field_of_a_fact_is_called_as_in_its_command_and_its_days_are_written_out() -> None:
    assert wording.field_of("rights-request-received", "words") == "What the person said"
    assert wording.field_of("plan-goal-set", "words") == "Goal"
    assert wording.in_words("rights-request-received", "due", "2026-11-27") == "27 November 2026"
    types = {cls.fact_type: cls for cls in CATALOGUE.values()}
    for one, command in OF_FACTS.items():
        fact_type, _, name = one.partition(".")
        assert name in types[fact_type].__struct_fields__
        assert command in FIELDS


def test_a_step_whose_ladder_cannot_be_asked_is_called_by_its_colour_or_its_instrument() -> None:
    assert [wording.step_label(one) for one in ("green", "cpn")] == ["Green", "Community protection notice"]


def test_each_rule_of_the_sharing_policy_is_said_as_it_stands_there() -> None:
    assert CODES["sharing-rule"] == {one: text_of(one) for one in (*BY_ID, NO_RULE)}


def test_a_part_of_a_list_is_called_as_in_the_list() -> None:
    kind = get_type_hints(RecordInstrument)["kind"]
    assert wording.code_list(kind) == "instrument-kind"
    assert wording.labels(kind)["fpn"] == "Fixed penalty notice"
    assert "cpw" not in wording.labels(kind)


def test_the_reason_to_decline_is_not_mixed_up_with_that_of_another_list() -> None:
    assert wording.label(codes.DeclineReason, "duplicate") == "Already referred"
    assert wording.label("no-such-list", "in-between") == "In between"


@pytest.mark.parametrize("command", BODIES)
def test_every_field_of_every_command_has_a_label(command: str) -> None:
    assert not {name for name in fields_of(BODIES[command]) if name not in FIELDS}


def test_each_of_several_groups_of_fields_is_called_something() -> None:
    several = {
        one.name
        for body in BODIES.values()
        for one in every_field(body)
        if shape_of(one.type, one.name, choices=False).kind == "groups"
    }
    assert {"questions", "steps", "texts"} <= several
    assert several == set(EACH)
    assert wording.each("steps").remove % {"number": 2} == "Remove step 2"


def test_what_may_be_hidden_can_be_named() -> None:
    sealed = {
        name
        for cls in structs()
        for name, hint in get_type_hints(cls, include_extras=True).items()
        if any(isinstance(mark, Personal) for mark in getattr(hint, "__metadata__", ()))
    }
    sealed |= {rule.field for rules in NEED_TO_KNOW.values() for rule in rules}
    assert sealed
    assert not sealed - set(FIELDS)


def test_a_field_may_mean_something_of_its_own_in_one_command() -> None:
    assert wording.field("note", DeclineReferral).label == "Note to the sender"
    assert wording.field("note").label == "Note"
    assert wording.field("not_at_all").label == "Not at all"


def test_what_means_something_of_its_own_belongs_to_a_field_that_is_there() -> None:
    own = (name.split(".") for name in FIELDS if "." in name)
    assert not [(command, name) for command, name in own if name not in set(fields_of(FILLED_IN[command]))]


def test_every_command_has_a_button_and_a_heading() -> None:
    assert set(ACTS) == set(BODIES)


def test_every_kind_of_fact_can_be_said_and_with_blanks_that_it_has() -> None:
    assert set(SAID) == set(TYPES)
    for fact_type, sentences in SAID.items():
        blanks = [set(wording.blanks_of(one)) for one in sentences]
        assert not blanks[-1], fact_type
        assert all(some <= set(TYPES[fact_type].__struct_fields__) for some in blanks), fact_type


def test_no_sentence_says_what_is_personal() -> None:
    for fact_type, sentences in SAID.items():
        hints = get_type_hints(TYPES[fact_type], include_extras=True)
        for blank in (blank for one in sentences for blank in wording.blanks_of(one)):
            assert not any(isinstance(mark, Personal) for mark in getattr(hints[blank], "__metadata__", ()))


def test_a_fact_is_said_with_the_names_and_labels_of_what_it_names() -> None:
    fields = {"from_agency": "police", "to_agency": "housing", "need": "housing"}
    names = {"police": "Fenland Police", "housing": "Fenland Housing Options"}
    said = wording.said("referral-declined", {**fields, "reason": "no-capacity"}, names)
    assert said == "Fenland Housing Options declined a referral: No room at present"
    assert wording.said("ticket-issued", {"step": "green", "by_agency": "police"}, names) == (
        "Green ticket issued by Fenland Police"
    )


def test_what_the_reader_does_not_see_is_not_said() -> None:
    assert wording.said("referral-sent", {"from_agency": "police", "to_agency": "cgl"}, {}) == "Referral sent"


def test_days_and_times_are_those_of_the_place() -> None:
    when = dt.datetime(2026, 7, 5, 12, 30, tzinfo=dt.UTC)
    assert wording.moment(when) == "5 July 2026, 13:30"
    assert wording.weekday(when.date()) == "Sunday 5 July 2026"


def test_no_list_says_the_same_of_two_codes() -> None:
    alike = {name for name, words in CODES.items() if len(set(words.values())) < len(words)}
    assert not alike
