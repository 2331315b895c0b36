"""The street encounter: one form, one act; what forbids it is named, and nothing that was typed is lost."""

import datetime as dt
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from api.demo import BENCHES
from application.ports import log_of
from domain.facts import asking
from domain.ids import PartnershipId, SessionId
from domain.people.search import SearchAnswered
from tests.web.site import Site
from tests.web.visitor import Form, Seen, Visitor

pytestmark = pytest.mark.anyio

NEW = "/encounters/new"
GREEN = "cambridgeshire-4-step/green"
TYPED: dict[str, Any] = {"place": "Bench by the cathedral", "behaviour": "street-drinking", "screen": "nothing"}
RECORDED = re.compile(r"^/people/([0-9a-f-]{36})/encounters/([0-9a-f-]{36})")


@pytest.fixture
async def visitor(demo_site: Site) -> AsyncIterator[Visitor]:
    async with Visitor(demo_site) as made:
        await made.sign_in("officer", BENCHES, NEW)
        yield made


async def planned(site: Site, days: int = 3) -> SessionId:
    """A hub session in some days."""
    token = next(one.token for one in site.tokens if (one.worker, one.partnership) == ("coordinator", BENCHES))
    body = {**site.session(days), "place": "Town Hall"}
    made = await site.client.post("/v1/hub-sessions", json=body, headers={"authorization": f"Bearer {token}"})
    assert made.status_code == 201, made.text
    position = made.json()["position"]
    await site.client.get(f"/v1/hub-sessions?after={position}", headers={"authorization": f"Bearer {token}"})
    return SessionId(made.json()["session"])


async def form(visitor: Visitor, path: str = NEW) -> Form:
    return (await visitor.open(path)).form(NEW)


async def met(visitor: Visitor, **typed: str | list[str]) -> Seen:
    return await visitor.send(await form(visitor), **(TYPED | typed))


def ids(seen: Seen) -> tuple[str, str]:
    found = RECORDED.match(seen.path)
    assert found, (
        seen.status,
        seen.path,
        re.findall(r"hub-banner__title[^<]*<|error-message[^/]*/span>[^<]*", seen.text),
    )
    return found[1], found[2]


async def timeline(visitor: Visitor, person: str) -> list[dict[str, Any]]:
    """What happened to somebody, as the officer sees it over the API."""
    token = next(one.token for one in visitor.site.tokens if (one.worker, one.partnership) == ("officer", BENCHES))
    got = await visitor.client.get(
        f"/v1/people/{person}/timeline", headers={"authorization": f"Bearer {token}", "accept": "application/json"}
    )
    return list(got.json()["items"])


async def types(visitor: Visitor, person: str) -> list[str]:
    return sorted(one["type"] for one in await timeline(visitor, person))


async def head(visitor: Visitor) -> int:
    return await visitor.site.hub.decider.log.head(f"partnership:{BENCHES}")  # type: ignore[arg-type] # a log's name


async def test_somebody_without_a_name_is_met_ticketed_and_invited_by_one_form(visitor: Visitor) -> None:
    session = await planned(visitor.site)
    seen = await met(visitor, description="Grey beard, red dog lead", ticket=GREEN, serial="PB0999", session=session)
    person, _ = ids(seen)
    moments = await timeline(visitor, person)
    assert sorted(one["type"] for one in moments) == [
        "encounter-recorded",
        "episode-opened",
        "invitation-made",
        "person-registered",
        "ticket-issued",
    ]
    assert len({one["happened"] for one in moments}) == 1
    facts = {one["type"]: one["fact"] for one in moments}
    assert facts["person-registered"]["provisional"] == "no-name-given"
    assert facts["ticket-issued"]["serial"] == "PB0999"
    assert facts["invitation-made"]["ticket"] == facts["ticket-issued"]["ticket"]
    assert facts["encounter-recorded"]["offer"] == "hub"
    for words in ("Say to the person", "Town Hall", "invitation, not a fine", facts["person-registered"]["reference"]):
        assert words in seen.text
    assert {f"/people/{person}", NEW} <= set(seen.links)


async def test_a_form_that_is_sent_twice_is_one_encounter(visitor: Visitor) -> None:
    filled = await form(visitor)
    first = await visitor.send(filled, **TYPED, ticket=GREEN, serial="PB0998")
    second = await visitor.send(filled, **TYPED, ticket=GREEN, serial="PB0998")
    assert ids(first) == ids(second)
    assert (await types(visitor, ids(first)[0])).count("encounter-recorded") == 1


async def test_what_was_recorded_is_not_overwritten_by_the_same_form_typed_otherwise(visitor: Visitor) -> None:
    filled = await form(visitor)
    ids(await visitor.send(filled, **TYPED))
    seen = await visitor.send(filled, **(TYPED | {"place": "Somewhere else"}))
    assert seen.status == 409
    assert "This form was recorded before" in seen.text
    assert "Somewhere else" in seen.text


async def test_a_refusal_takes_back_all_of_it_and_keeps_what_was_typed(visitor: Visitor) -> None:
    before = await head(visitor)
    seen = await met(visitor, behaviour="rough-sleeping", ticket=GREEN, serial="PB0997", description="By the bins")
    assert seen.status == 409
    assert "Sleeping rough alone never leads to a ticket" in seen.text
    assert "Offer shelter and the hub" in seen.text
    kept = seen.form(NEW)
    assert [kept.value(name) for name in ("serial", "description", "ticket", "behaviour")] == [
        "PB0997",
        "By the bins",
        GREEN,
        "rough-sleeping",
    ]
    assert await head(visitor) == before
    ids(await visitor.send(kept, ticket="", offer="shelter"))


async def test_a_welfare_concern_is_followed_by_an_offer(visitor: Visitor) -> None:
    seen = await met(visitor, screen="welfare")
    assert seen.status == 409
    assert "A welfare concern is always followed by an offer" in seen.text
    ids(await visitor.send(seen.form(NEW), offer="food-and-shower"))


async def test_suspected_coercion_pauses_the_ladder(visitor: Visitor) -> None:
    seen = await met(visitor, behaviour="begging", screen="coercion", ticket=GREEN)
    assert seen.status == 409
    assert "Suspected coercion" in seen.text


async def test_the_welfare_screen_is_never_taken_for_granted(visitor: Visitor) -> None:
    seen = await met(visitor, screen="")
    assert seen.status == 422
    assert "Select what you saw of the person" in seen.text
    seen = await met(visitor, screen=["nothing", "welfare"])
    assert seen.status == 422


async def test_a_child_gets_a_ticket_only_once_childrens_services_know(visitor: Visitor) -> None:
    seen = await met(visitor, age_band="16-17", ticket=GREEN, serial="PB0996")
    assert seen.status == 409
    assert "childrens_services_informed" in seen.text
    today = visitor.site.clock.now().date().isoformat()
    ids(await visitor.send(seen.form(NEW), childrens_services_informed=today))


async def test_a_reference_leads_to_the_person_and_to_where_they_stand(visitor: Visitor) -> None:
    first = await met(visitor, ticket=GREEN, serial="PB0995")
    person, _ = ids(first)
    reference = re.findall(r"P-[0-9A-Z]{3}-[0-9A-Z]{4}", first.text)[0]
    visitor.site.clock.pass_by(hours=1)
    seen = await met(visitor, who="known", typed=reference.lower(), ticket=GREEN, serial="PB0994")
    assert seen.status == 422
    assert "stands on: Green" in seen.text
    assert "Community protection warning" in seen.text
    seen = await visitor.send(seen.form(NEW), ticket="next")
    assert ids(seen)[0] == person
    assert "The next step is not issued yet" in seen.text
    onward = next(link for link in seen.links if link.startswith("/tickets/new?episode="))
    assert (await visitor.open(onward)).status == 200
    assert (await types(visitor, person)).count("ticket-issued") == 1


async def test_an_invitation_can_be_repeated_to_whoever_stands_on_it(visitor: Visitor) -> None:
    person, _ = ids(await met(visitor, ticket=GREEN, serial="PB0993"))
    visitor.site.clock.pass_by(hours=1)
    filled = await form(visitor, f"{NEW}?person={person}")
    assert ids(await visitor.send(filled, **TYPED, ticket=GREEN, serial="PB0992"))[0] == person


async def test_a_name_that_is_given_is_looked_for_before_somebody_new_is_entered(visitor: Visitor) -> None:
    seen = await met(visitor, who="known", typed="Żółć Nowak 3 4 1981")
    assert seen.status == 422
    assert "Nobody found" in seen.text
    person, _ = ids(await visitor.send(seen.form(NEW), found="new"))
    again = await met(visitor, who="known", typed="Żółć Nowak 3 4 1981")
    assert again.status == 422
    assert ids(await visitor.send(again.form(NEW), found=person))[0] == person
    assert (await types(visitor, person)).count("person-registered") == 1


async def test_of_those_shown_only_whoever_was_ticked_is_compared_later(visitor: Visitor) -> None:
    people = []
    for name in ("Zofia Nowak", "Zosia Novak"):
        seen = await met(visitor, who="known", typed=f"{name} 3 4 1981")
        people.append(ids(await visitor.send(seen.form(NEW), found="new"))[0])
    seen = await met(visitor, who="known", typed="Sofia Novak 3 4 1981")
    assert "May it be one of them after all?" in seen.text
    fresh, _ = ids(await visitor.send(seen.form(NEW), found="new", unsure=people[:1]))
    log, codec = visitor.site.hub.decider.log, visitor.site.hub.codec
    written = (await log.read(log_of(PartnershipId(BENCHES)), (asking((SearchAnswered,)),), sealed=True)).events
    (answer,) = [fact for one in written if getattr(fact := codec.recorded(one).fact, "entered", None) == fresh]
    assert isinstance(answer, SearchAnswered)
    assert (answer.unsure, answer.others) == ((people[0],), (people[1],))


async def test_a_reference_that_nobody_has_is_said(visitor: Visitor) -> None:
    seen = await met(visitor, who="known", typed="P-222-2222")
    assert (seen.status, "Nobody in the register has this reference" in seen.text) == (422, True)


async def test_an_invitation_needs_no_ticket(visitor: Visitor) -> None:
    session = await planned(visitor.site)
    person, _ = ids(await met(visitor, behaviour="rough-sleeping", session=session))
    assert await types(visitor, person) == ["encounter-recorded", "invitation-made", "person-registered"]


async def test_nobody_is_invited_to_a_session_that_is_over(visitor: Visitor) -> None:
    session = await planned(visitor.site, days=0)
    filled = await form(visitor)
    visitor.site.clock.pass_by(hours=4)
    seen = await visitor.send(filled, **TYPED, session=session)
    assert (seen.status, "This hub session is over" in seen.text) == (422, True)


async def test_it_happened_when_the_phone_kept_it_not_when_it_was_sent(visitor: Visitor) -> None:
    kept = visitor.site.clock.now().replace(microsecond=0) - dt.timedelta(minutes=61)
    person, _ = ids(await met(visitor, kept_at=kept.isoformat()))
    moment = next(one for one in await timeline(visitor, person) if one["type"] == "encounter-recorded")
    assert dt.datetime.fromisoformat(moment["happened"]) == kept
    assert dt.datetime.fromisoformat(moment["recorded"]) > kept


@pytest.mark.parametrize(
    "place",
    [
        "<script>alert(1)</script>",
        "\x00\x07Bell\x1b[31m",
        "\u202eשלום\u202c",  # noqa: RUF001 - right to left
        "東京駅の前",
        "x" * 400,
        'O\'Brien & "Sons"',
    ],
)
async def test_hostile_words_are_words(visitor: Visitor, place: str) -> None:
    seen = await met(visitor, place=place, description=place, nickname="Ёлка 🎄", facts_observed=place)
    ids(seen)
    assert "<script>alert" not in seen.text


async def test_a_place_of_401_letters_is_too_long_and_comes_back(visitor: Visitor) -> None:
    seen = await met(visitor, place="x" * 401)
    assert seen.status == 422
    assert seen.form(NEW).value("place") == "x" * 401


@pytest.mark.parametrize("wrong", [{"behaviour": "murder"}, {"ticket": "no-ladder/green"}, {"area": "E99"}])
async def test_what_no_list_offers_is_not_taken(visitor: Visitor, wrong: dict[str, str]) -> None:
    assert (await met(visitor, **wrong)).status == 422


async def test_the_area_and_the_ladder_that_were_used_last_come_first(visitor: Visitor) -> None:
    ids(await met(visitor, area="E06000031", ticket="city-of-london-2021/green", serial="CL1"))
    seen = await visitor.open(NEW)
    assert seen.form(NEW).value("area") == "E06000031"
    assert seen.text.index("city-of-london-2021/green") < seen.text.index(GREEN)


async def test_it_can_be_corrected_and_taken_back(visitor: Visitor) -> None:
    seen = await met(visitor)
    person, encounter = ids(seen)
    here = f"/people/{person}/encounters/{encounter}"
    correct = next(link for link in seen.links if link.startswith(f"{here}/edit"))
    corrected = await visitor.send((await visitor.open(correct)).form(), place="The other bench")
    assert (corrected.path, "The other bench" in corrected.text) == (here, True)
    void = next(link for link in corrected.links if link.startswith(f"{here}/void"))
    voided = await visitor.send((await visitor.open(void)).form(), reason="wrong-person")
    assert "It was taken back" in voided.text


async def test_who_does_no_street_work_gets_no_form(demo_site: Site) -> None:
    async with Visitor(demo_site) as administrator:
        await administrator.sign_in("administrator", BENCHES)
        assert (await administrator.open(NEW)).status == 403


async def test_an_encounter_is_not_shown_under_somebody_else(visitor: Visitor) -> None:
    _, encounter = ids(await met(visitor))
    other, _ = ids(await met(visitor))
    assert (await visitor.open(f"/people/{other}/encounters/{encounter}")).status == 404
