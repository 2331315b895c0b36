"""Nobody can steer a draw: it follows from published texts, and whoever has them draws the same again."""

import hashlib
import hmac

from hypothesis import assume, given
from hypothesis import strategies as st

from domain.ids import CaseId, SampleId
from domain.scrutiny.draw import Population, commitment_to, digest_of, order_of

NAMES = st.from_regex(r"[a-z0-9-]{1,12}", fullmatch=True)
POPULATIONS = st.dictionaries(
    NAMES, st.lists(NAMES.map(CaseId), unique=True, min_size=1, max_size=30), min_size=1, max_size=4
)
SAMPLE = SampleId("sample")


def by_the_document(population: Population, sample: str, lot: str, seed: str) -> dict[str, list[str]]:
    """The draw a second time, from the words of docs/scrutiny.md and nothing of ours."""
    listing = hashlib.sha256()
    for stratum, cases in population.items():
        for case in cases:
            listing.update(b"%s %s\n" % (stratum.encode(), case.encode()))
    key = hashlib.sha256(f"hub-draw-v1\n{sample}\n{listing.hexdigest()}\n{lot}\n{seed}\n".encode()).digest()
    return {
        stratum: [
            case
            for _, case in sorted(
                (hmac.new(key, f"{stratum} {case}".encode(), "sha256").hexdigest(), case) for case in cases
            )
        ]
        for stratum, cases in population.items()
    }


@given(POPULATIONS, st.text(max_size=40), st.text(min_size=32, max_size=60))
def test_whoever_has_the_published_texts_draws_the_same_again(population: Population, lot: str, seed: str) -> None:
    ours = order_of(population, SAMPLE, lot, seed)
    assert {stratum: list(cases) for stratum, cases in ours.items()} == by_the_document(population, SAMPLE, lot, seed)
    assert all(sorted(ours[stratum]) == sorted(cases) for stratum, cases in population.items()), "nobody is lost"


@given(POPULATIONS, st.data())
def test_one_decision_more_fewer_or_other_is_noticed(population: dict[str, list[CaseId]], data: st.DataObject) -> None:
    stratum = data.draw(st.sampled_from(sorted(population)))
    cases = list(population[stratum])
    changed = data.draw(
        st.sampled_from(["more", "fewer", "other"] if len(cases) > 1 else ["more", "other"]), label="change"
    )
    at = data.draw(st.integers(0, len(cases) - 1))
    if changed == "fewer":
        del cases[at]
    else:
        new = data.draw(NAMES.map(CaseId))
        assume(new not in cases)
        cases[at : at + (changed == "other")] = [new]
    assert digest_of({**population, stratum: cases}) != digest_of(population)


def test_neither_seed_nor_lot_alone_tells_the_draw() -> None:
    population = {"green": [CaseId(f"t-{n}") for n in range(40)]}
    seeds = [f"a seed of more than thirty-two characters {n}" for n in range(300)]
    firsts = [order_of(population, SAMPLE, "lot", one)["green"][0] for one in seeds]
    assert len(set(firsts)) > 35, "every decision may come first, whatever lot is cast"
    lots = [order_of(population, SAMPLE, f"lot {n}", seeds[0])["green"][0] for n in range(300)]
    assert len(set(lots)) > 35, "every decision may come first, whatever seed was committed to"
    assert max(lots.count(one) for one in lots) < 25


def test_a_commitment_is_what_sha256sum_says() -> None:
    assert commitment_to("x" * 32) == hashlib.sha256(b"x" * 32).hexdigest()
