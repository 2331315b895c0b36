"""The sharing policy and the same rules in Cedar say the same; take any rule away from ours, and they do not."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice

import cedarpy
import pytest

from domain.governance import sharing
from domain.governance.sharing_rules import BY_ID, HEALTH_AGENCIES, NO_RULE, RULES
from tests.cedar import HERE, SCHEMA, agree, cases, compared

REQUESTS = 20_000
FEW = 500


@pytest.fixture
def anew() -> Iterator[None]:
    """What the rules said is forgotten, before and afterwards."""
    sharing._judged.cache_clear()  # noqa: SLF001 - the test changes what it was asked
    yield
    sharing._judged.cache_clear()  # noqa: SLF001


def test_the_policy_in_cedar_is_a_policy() -> None:
    found = cedarpy.validate_policies((HERE / "sharing.cedar").read_text(), SCHEMA)
    assert found.validation_passed, found.errors


def test_both_say_the_same_of_whatever_is_asked() -> None:
    fired: Counter[str] = Counter()
    asked = islice(cases(20_000), REQUESTS)
    while some := list(islice(asked, FEW)):
        for case, ours, theirs in compared(some):
            assert agree(ours, theirs), f"{case}\nours: {ours}\nCedar: {theirs}"
            fired.update([*ours.rules, *ours.opens, "reviewed"] if ours.reviewed else [*ours.rules, *ours.opens])
    told = {rule.id for rule in RULES if rule.effect != "open"} | {NO_RULE}
    assert set(fired) == told | {"identity", "health", "intelligence", "reviewed"}
    assert all(count >= 10 for count in fired.values()), fired.most_common()[-5:]


@pytest.mark.usefixtures("anew")
@pytest.mark.parametrize("rule", [one.id for one in RULES])
def test_no_rule_can_be_taken_away_without_their_disagreeing(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "RULES", tuple(one for one in RULES if one.id != rule))
    if rule == "police-see-no-health":  # it holds whoever else comes to read health
        monkeypatch.setattr(sharing, "HEALTH_AGENCIES", HEALTH_AGENCIES | {"police"})
    asked = islice(cases(7), REQUESTS)
    while some := list(islice(asked, FEW)):
        if not all(agree(ours, theirs) for _, ours, theirs in compared(some)):
            return
    pytest.fail(f"nobody notices that {BY_ID[rule].text!r} is gone")
