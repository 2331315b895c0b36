"""Who may be one human: the same whoever comes first, never one's own records, and never what somebody has decided."""

import datetime as dt
from itertools import combinations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from application.finding.identity import described
from application.finding.pairing import COMMON, LIKELY, POSSIBLE, SURE, Human, humans, in_order, pair, pairs, sharing
from application.finding.pairing import human as whose_records_are
from application.ports import Pair
from application.views.pairs import PairRow, Standing, pair_key
from application.views.people import PersonRow
from domain.ids import AgencyId, PersonId

BEFORE = dt.datetime(2025, 6, 2, 10, tzinfo=dt.UTC)
AFTER = BEFORE + dt.timedelta(days=1)
JON: dict[str, Any] = {"given_name": "Jon", "family_name": "Smyth", "born": "1984-03-11", "phone": "07700 900123"}
JOHN: dict[str, Any] = {"given_name": "John", "family_name": "Smith", "born": "1984-11-03", "phone": "07700 900123"}
EWA: dict[str, Any] = {"given_name": "Ewa", "family_name": "Nowak", "born": "1991-07-30"}


def row(person: str, at: dt.datetime = BEFORE, **more: Any) -> PersonRow:  # noqa: ANN401
    return PersonRow(
        position=1,
        person=PersonId(person),
        reference=f"REF-{person.upper()}",
        registered_at=BEFORE,
        by_agency=AgencyId("police"),
        identity="stated",
        described_at=at,
        **more,
    )


def human(person: str, who: dict[str, Any], at: dt.datetime = BEFORE) -> Human:
    return whose_records_are([row(person, at)], [described(**who)])


def said(stands: Standing, since: dt.datetime = BEFORE, unsure_at: dt.datetime | None = None) -> PairRow:
    return PairRow(
        position=2, person=PersonId("a"), other=PersonId("b"), since=since, stands=stands, unsure_at=unsure_at
    )


def test_two_spellings_of_one_human_are_a_pair_and_two_humans_are_none() -> None:
    found = pair(human("b", JON), human("a", JOHN, AFTER), ())
    assert found is not None
    assert (found.person, found.other, found.since) == ("a", "b", AFTER)
    assert found.band in {SURE, LIKELY}
    assert pair(human("a", JON), human("b", EWA), ()) is None


def test_namesakes_born_on_one_day_are_called_the_same_only_if_nothing_tells_them_apart() -> None:
    ewa = human("a", {**EWA, "phone": "07700 900123", "where_found": "Bridge Street"})
    bands = [
        (EWA, SURE),
        ({**EWA, "phone": "07700 900999"}, LIKELY),
        ({**EWA, "where_found": "Cathedral"}, LIKELY),
        ({**EWA, "phone": "07700 900123", "where_found": "Cathedral"}, SURE),
        ({**EWA, "given_name": "Eva", "phone": "07700 900123", "where_found": "Cathedral"}, SURE),
    ]
    for other, band in bands:
        found = pair(ewa, human("b", other), ())
        assert found is not None
        assert found.band == band, other


def test_what_somebody_has_decided_is_no_question_any_more() -> None:
    jon, john = human("a", JON), human("b", JOHN)
    for stands in ("proposed", "merged", "distinct"):
        assert pair(jon, john, [said(stands)]) is None
        assert pair(jon, human("b", JOHN, AFTER), [said(stands)]) is None, "whatever is recorded later"
    assert pair(jon, john, [said("open")]) is not None


def test_what_was_refused_comes_back_only_with_more_evidence() -> None:
    jon, john = human("a", JON), human("b", JOHN)
    assert pair(jon, john, [said("refused")]) is None
    assert pair(jon, human("b", JOHN, AFTER), [said("refused")]) is not None
    assert pair(jon, john, [said("refused", unsure_at=AFTER)]) is not None
    assert pair(jon, human("b", JOHN, AFTER), [said("refused", since=AFTER)]) is None


def test_whom_somebody_was_not_sure_of_are_a_pair_though_little_speaks_for_it() -> None:
    found = pair(human("a", JON), human("b", EWA), [said("open", unsure_at=AFTER)])
    assert found == Pair(PersonId("a"), PersonId("b"), POSSIBLE, AFTER)
    assert pair(human("a", JON), human("b", EWA), [said("refused", since=AFTER, unsure_at=BEFORE)]) is None


def test_a_key_that_too_many_have_compares_nobody() -> None:
    held = [PersonId(f"p-{number:03}") for number in range(COMMON + 1)]
    assert list(sharing({b"common": held, b"alone": held[:1], b"rare": held[:2]})) == [(held[0], held[1])]


names = st.sampled_from([JON, JOHN, EWA, {"nickname": "Gaz", "where_found": "Bridge Street"}, {}])
goes_on = st.lists(st.none() | st.integers(0, 5), min_size=6, max_size=6)


@given(st.lists(names, min_size=6, max_size=6), goes_on, st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5))))
def test_pairs_are_of_humans_the_same_from_either_side_and_each_once(
    known: list[dict[str, Any]], into: list[int | None], told: set[tuple[int, int]]
) -> None:
    ids = [PersonId(f"p-{number}") for number in range(6)]
    rows = {
        one: row(one, merged_into=ids[under] if (under := into[number]) is not None and under < number else None)
        for number, one in enumerate(ids)
    }
    opened = {one: described(**who) for one, who in zip(ids, known, strict=True)}
    spoken = {pair_key(ids[one], ids[other]): said("distinct") for one, other in told if one != other}
    who = humans(rows, opened)
    candidates = list(combinations(ids, 2))
    found = list(pairs(candidates, who.get, spoken))
    assert sorted(found, key=in_order) == sorted(
        pairs([(other, one) for one, other in reversed(candidates)], who.get, spoken), key=in_order
    )
    assert len({(one.person, one.other) for one in found}) == len(found)
    for one in found:
        assert one.person < one.other
        for record in (one.person, one.other):
            assert rows[record].merged_into is None
        for mine in who[one.person].records:
            for theirs in who[one.other].records:
                assert pair_key(mine, theirs) not in spoken
