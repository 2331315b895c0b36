"""What an entry of the access ledger says, and whose looks somebody may read."""

import datetime as dt
from typing import get_args

import pytest

from application.access import Account, NotShown
from domain.actors import Role
from domain.codes import AgencyKind
from domain.facts import tags_of
from domain.governance.access import (
    PEOPLE_MAX,
    PURPOSE_WORDS,
    AccessDenied,
    Audience,
    Consulted,
    Disclosed,
    Exported,
    LedgerRead,
    Look,
    Searched,
    audience,
)
from domain.governance.scope import PROTECTS_DATA, Purpose
from domain.ids import PersonId

AT = dt.datetime(2026, 3, 2, 10, tzinfo=dt.UTC)
ADA, BEN = PersonId("ada"), PersonId("ben")


def account() -> Account:
    return Account("/v1/people/{person}", "r-1")


@pytest.mark.parametrize("kind", get_args(AgencyKind))
def test_each_agency_answers_for_its_own_workers_and_the_partnerships_body_for_all(kind: AgencyKind) -> None:
    for role in get_args(Role):
        whose = audience(role, kind)
        assert whose.of_agency == (role in PROTECTS_DATA)
        assert whose.of_all == (role in PROTECTS_DATA and kind == "partnership")
    assert audience("supervisor", kind) == Audience(), "who looked is nobody's measure of work"


def test_every_purpose_is_told_to_the_person_in_words() -> None:
    assert set(PURPOSE_WORDS) == set(get_args(Purpose))


def test_an_entry_says_of_whom_what_of_them_and_by_which_rules() -> None:
    one = account()
    one.saw("register", (ADA,), ("concerns-your-agency",), {"identity"}, ["ethnicity_observed"])
    one.saw("support", (ADA, BEN), ("party-to-the-support",), {"identity", "health"})
    (entry,) = one.entries(AT)
    assert entry == Consulted(
        at=AT,
        route="/v1/people/{person}",
        request="r-1",
        persons=(ADA, BEN),
        categories=("register", "support"),
        rules=("concerns-your-agency", "party-to-the-support"),
        opened=("health", "identity"),
        masked=("ethnicity_observed",),
    )
    assert tags_of(entry) == ("person:ada", "person:ben")
    assert one.category == "support", "the entry of the register is read along with everything else"


def test_what_shows_nothing_of_anybody_is_no_entry() -> None:
    assert account().entries(AT) == ()
    unshown = NotShown()
    unshown.saw("register", (ADA,), ("concerns-your-agency",))
    assert unshown.empty
    assert unshown.entries(AT) == ()


def test_a_search_that_found_nobody_is_an_entry_all_the_same() -> None:
    one = account()
    one.saw("register", (), ("concerns-your-agency",))
    one.searched(["name-and-born"])
    (entry,) = one.entries(AT)
    assert isinstance(entry, Searched)
    assert (entry.persons, entry.keys) == ((), ("name-and-born",))


def test_what_is_taken_out_written_to_somebody_or_read_of_the_ledger_is_said_so() -> None:
    made: list[Look] = []
    for how in ("exported", "disclosed", "ledger"):
        one = account()
        one.saw("support", (ADA,), ("party-to-the-support",))
        if how == "exported":
            one.exported("summary")
        elif how == "disclosed":
            one.disclosed("letter", "shelter")
        else:
            one.read_ledger("lawfulness")
        made += one.entries(AT)
    exported, disclosed, read = made
    assert isinstance(exported, Exported)
    assert isinstance(disclosed, Disclosed)
    assert disclosed.recipient == "shelter"
    assert isinstance(read, LedgerRead)
    assert read.use == "lawfulness"


def test_more_people_than_an_entry_can_name_are_several_entries() -> None:
    one = account()
    one.saw("engagement", [PersonId(f"p-{n}") for n in range(PEOPLE_MAX + 1)], ())
    entries = one.entries(AT)
    assert [len(entry.persons) for entry in entries] == [PEOPLE_MAX, 1]
    assert len({entry.request for entry in entries}) == 1


def test_a_denial_repeats_no_text_of_the_address_but_ids_that_were_made_here() -> None:
    made = "9a10440b-7d14-4dec-a0cc-1aede0bbf028"
    entry = account().denied(AT, "unknown", (("person", made), ("episode", "john-smith-1985")))
    assert entry.persons == (made,)
    assert entry.asked == (f"person:{made}",)


def test_what_is_denied_beside_what_is_shown_is_an_entry_of_its_own_recorded_with_it() -> None:
    one = account()
    one.refused("not-permitted", (("referral", "9a10440b-7d14-4dec-a0cc-1aede0bbf028"),))
    assert [type(entry) for entry in one.entries(AT)] == [AccessDenied]
    one.saw("support", (ADA,), ("party-to-the-support",))
    assert [type(entry) for entry in one.entries(AT)] == [Consulted, AccessDenied]


def test_safety_flags_alone_are_told_apart_from_anything_more() -> None:
    one = account()
    found = []
    for safety in (True, False, True):
        one.saw("register", (ADA,), (), safety=safety)
        found.append(one.safety_alone)
    assert found == [True, False, False]
