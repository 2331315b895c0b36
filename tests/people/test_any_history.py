"""Whatever was recorded of people, in whatever order: it folds, and every decision adds, or refuses."""

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal, get_args, get_origin, get_type_hints

from hypothesis import given, settings
from hypothesis import strategies as st

from application.deciding import DECISIONS
from application.people import kept_apart, the_person
from application.relating import the_bases
from domain import ids
from domain.actors import Role
from domain.codes import InformationCategory
from domain.facts import CATALOGUE, Command, Facts, Sealed, declared, tags_of
from domain.people.consent import is_taken
from domain.people.merging import merge
from domain.people.registering import holder
from domain.people.search import searched
from domain.refusals import Refusal
from tests.people.examples import AGENCIES, ANNA, BEN, CARL, HUB, POLICE, actor, agreed, asked, registered
from tests.scenario import Knowing, run

ROOM: Final = "domain.people"
FACTS: Final = sorted(
    (one for one in CATALOGUE.values() if one.__module__.startswith(ROOM)), key=lambda one: one.fact_type
)
COMMANDS: Final = sorted((one for one in DECISIONS if one.__module__.startswith(ROOM)), key=lambda one: one.__name__)
SINGULAR: Final = {ids.PersonId: (ANNA, BEN, CARL), ids.AgencyId: (POLICE, HUB, "council")}

MOMENTS = st.sampled_from(
    [dt.datetime(2024, 5, day, hour, tzinfo=dt.UTC) for day in (7, 8, 20) for hour in (8, 12, 23)]
)
DAYS = st.sampled_from([dt.date(2024, 5, day) for day in (6, 7, 8, 19, 21)])


def anything(hint: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401 - one case for each kind of type
    """Values of a type; few different ones, so that facts and commands meet."""
    if hint in ids.ID_TYPES:
        return st.sampled_from(SINGULAR.get(hint, ("x-1", "x-2")))
    simple = {
        dt.datetime: MOMENTS,
        dt.date: DAYS,
        bool: st.booleans(),
        int: st.integers(1, 30),
        str: st.sampled_from(["en", "pl", "council", "x-1"]),
        type(None): st.none(),
    }
    if hint in simple:
        return simple[hint]
    if get_origin(hint) is Annotated:
        return anything(get_args(hint)[0])
    if get_origin(hint) is Literal:
        return st.sampled_from(get_args(hint))
    if get_origin(hint) is tuple:
        return st.lists(anything(get_args(hint)[0]), max_size=2).map(tuple)
    if get_origin(hint) is frozenset:
        return st.frozensets(anything(get_args(hint)[0]), min_size=1, max_size=2)
    return st.one_of([anything(one) for one in get_args(hint) if one is not Sealed])


def made(cls: type[Any]) -> st.SearchStrategy[Any]:
    """Facts or commands of a class."""
    hints = get_type_hints(cls, include_extras=True)
    return st.builds(cls, **{name: anything(hints[name]) for name in cls.__struct_fields__})


def one_of(classes: Sequence[type[Any]]) -> st.SearchStrategy[Any]:
    return st.sampled_from(classes).flatmap(made)


people = st.sampled_from(((), (registered(),), (registered(), registered(BEN), asked(), agreed())))
histories = st.builds(lambda known, more: (*known, *more), people, st.lists(one_of(FACTS), max_size=25))


@given(history=histories, at=MOMENTS, recipient=st.sampled_from((POLICE, HUB)))
def test_any_history_folds(history: Facts, at: dt.datetime, recipient: ids.AgencyId) -> None:
    knowing = Knowing(history)
    for some in ("x-1", "x-2"):
        run(knowing(merge(ids.MergeId(some))))
        run(knowing(searched(ids.SearchId(some))))
        run(knowing(is_taken(ids.ConsentId(some))))
        run(knowing(holder(some)))
    for one in (ANNA, BEN, CARL):
        person = run(the_person(knowing, one))
        assert one in person.ids
        run(kept_apart(knowing, person, at))
        assert set(person.open_flags(at)) <= set(person.flags)
        assert person.is_stopped(at) in {True, False}
        person.age_band_at(at)
        person.languages_at(at)
        person.has_no_income_or_home(at)
        bases = run(the_bases(knowing, one))
        wide: frozenset[InformationCategory] = frozenset({"identity", "contact"})
        narrow: frozenset[InformationCategory] = frozenset({"identity"})
        if bases.covers(recipient, wide, at) is not None:
            assert bases.covers(recipient, narrow, at) is not None
        bases.agreement(recipient, at)


@settings(max_examples=200)
@given(
    history=histories,
    command=one_of(COMMANDS),
    role=st.sampled_from([role for role in get_args(Role) if role != "panel-member"]),
)
def test_every_decision_on_any_history_adds_something_or_nothing_or_refuses(
    history: Facts, command: Command, role: Role
) -> None:
    by = actor(HUB, role)
    known = (*AGENCIES, *history)
    decide = DECISIONS[type(command)]
    try:
        added = run(decide(Knowing(known, by), command, by))
    except Refusal:
        return
    for fact in added:
        assert tags_of(fact)
    try:
        again = run(decide(Knowing(known + added, by), command, by))
    except Refusal:
        return
    assert again == ()


def test_every_fact_about_a_person_is_found_under_that_person() -> None:
    for cls in FACTS:
        if "person" in cls.__struct_fields__:
            assert "person" in cls.tag_templates, cls.__name__


def test_personal_fields_may_be_gone() -> None:
    """After an erasure nothing is left in them, and every decision can still be folded."""
    for cls in FACTS:
        defaults = dict(zip(reversed(cls.__struct_fields__), reversed(cls.__struct_defaults__), strict=False))
        for name in declared(cls).personal:
            assert defaults[name] is None, f"{cls.__name__}.{name}"


def test_every_command_of_this_room_is_decided() -> None:
    commands: list[type[Command]] = [one for one in Command.__subclasses__() if one.__module__.startswith(ROOM)]
    assert sorted(one.__name__ for one in commands) == [one.__name__ for one in COMMANDS]


def test_consents_name_nobody_whom_the_person_would_then_concern() -> None:
    """Being asked whether an agency may know of somebody does not make that agency know of them."""
    for cls in FACTS:
        if cls.__module__ == "domain.people.consent":
            assert set(declared(cls).agencies) <= {"by_agency"}, cls.__name__
