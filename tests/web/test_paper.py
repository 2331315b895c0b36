"""What is handed over on paper: plain, in the person's language, and never more than whoever prints it may see."""

import asyncio
import datetime as dt
import html
import io
import random
import re
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pypdf
import pytest
from hypothesis import given, settings
from markupsafe import Markup

from api.web import wording
from api.web.paper import making, printing
from api.web.paper.hub_card import HubCard
from api.web.paper.known import Around, Known
from api.web.paper.letter import letter_paper
from api.web.paper.making import Made
from api.web.paper.parts import Phone, Sheet, Visit, step_words
from api.web.paper.printing import KINDS, laid_out, pdf
from api.web.paper.sharing import SharingPaper, sharing_paper
from api.web.paper.standing import StandingPaper
from api.web.paper.summary import SummaryPaper
from api.web.paper.ticket import TicketPaper, challenge
from api.web.translating import LANGUAGES, SOURCE, speaking, translations
from application.readings.readings import Readings
from application.revealing import Shown
from application.views.consents import BasisRow
from application.views.episodes import InstrumentRow, RestrictionRow
from application.views.hub_day import SessionRow
from domain.actors import Actor
from domain.engagement import hub_session, issuing, ladder, terms
from domain.engagement.published_ladders import CAMBRIDGESHIRE
from domain.ids import AgencyId, PersonId, ReferralId, SessionId
from domain.people import consenting, describing
from domain.refusals import NotPermitted, Unknown
from domain.support import plan_actions, planning
from tests.views.histories import (
    CLINIC,
    CONSTABLE,
    COORDINATOR,
    EVERYBODY,
    HOUSING,
    PEOPLE,
    SESSIONS,
    History,
    encountered,
    known,
    sent,
    told,
)
from tests.views.test_reading import MARK, Allowed, reading_of, turns

pytestmark = pytest.mark.anyio

HUB = SessionId("s-hub")
PLACE = "by the station"


async def every_paper(readings: Readings, viewer: Actor, now: dt.datetime) -> AsyncIterator[Made]:
    """Whatever a viewer can have printed."""
    for one in map(PersonId, PEOPLE):
        for name in making.OF_PERSON:
            try:
                yield await making.of_person(readings, viewer, now, KINDS[name], one)
            except (Unknown, NotPermitted):
                continue
        for number in range(2):
            try:
                yield await making.of_referral(readings, viewer, now, KINDS["letter"], ReferralId(f"r-{one}-{number}"))
            except (Unknown, NotPermitted):
                continue
    for session in map(SessionId, SESSIONS):
        try:
            yield await making.of_session(readings, viewer, now, KINDS["sign-in"], session)
        except (Unknown, NotPermitted):
            continue


@settings(max_examples=15)
@given(turns=turns)
def test_no_document_shows_a_text_that_sharing_denies(turns: list[tuple[int, int, int, int]]) -> None:
    async def story() -> None:
        history = await (await History().begin()).goes_on(turns)
        allowed = Allowed(history, await history.recorded())
        readings = reading_of(history)
        for viewer in EVERYBODY:
            may_read = allowed.texts(viewer)
            async for made in every_paper(readings, viewer, history.clock.now()):
                with speaking(made.language):
                    text = laid_out(made.kind, made.paper)
                seen = set(MARK.findall(text))
                assert seen <= may_read, f"{viewer.agency} is given {seen - may_read} on {made.kind.name}"
                assert "Sealed" not in text

    asyncio.run(story())


async def test_in_a_long_history_every_kind_of_document_is_printed_by_somebody() -> None:
    chance = random.Random(7)  # noqa: S311 - a drawn history, no secret
    drawn = [(chance.randrange(200), chance.randrange(5), chance.randrange(21), 1) for _ in range(300)]
    history = await (await History().begin()).goes_on(drawn)
    readings = reading_of(history)
    kinds = {
        made.kind.name for viewer in EVERYBODY async for made in every_paper(readings, viewer, history.clock.now())
    }
    assert kinds == set(KINDS) - {"accesses", "access-pack"}


async def hub_ahead(history: History, **fields: Any) -> None:  # noqa: ANN401 - whatever a session has
    starts = history.clock.now() + dt.timedelta(days=3)
    values = {
        "session": HUB,
        "starts": starts,
        "ends": starts + dt.timedelta(hours=3),
        "place": "Queen Street",
        "venue": "Oasis",
        "expected": (AgencyId("csp"), AgencyId("recovery")),
    }
    scheduled = told(hub_session.ScheduleHubSession, at=history.clock.now(), **(values | fields))
    assert await history.said(scheduled, COORDINATOR), history.refused


async def ticketed(place: str = PLACE, steps: tuple[str, ...] = ("green",)) -> tuple[History, Readings]:
    """The constable met p-0 and gave a ticket for each of these steps, with a hub session ahead."""
    history = await History().begin()
    await hub_ahead(history)
    for number, step in enumerate(steps):
        at = history.clock.at = history.clock.at + dt.timedelta(days=number and 1)
        assert await history.said(encountered("p-0", CONSTABLE, at, f"{number}", 0), CONSTABLE)
        issued = told(
            issuing.IssueTicket,
            at=at,
            ticket=f"t-{step}",
            episode="e-p-0",
            step=step,
            opening=told(issuing.Opening, person="p-0", ladder=CAMBRIDGESHIRE.ladder) if not number else None,
            language="en",
            read_aloud=True,
            understood=True,
            screen="none",
            serial=f"LUS-{number}",
            place=place,
            instrument=f"i-{step}" if step != "green" else None,
            terms=told(
                terms.Terms,
                conduct=("begging",),
                conditions=(
                    told(
                        terms.Condition,
                        kind="prohibition",
                        addresses="begging",
                        text="You must not ask for money\nin Church Terrace",
                    ),
                ),
                comply_by=at.date() + dt.timedelta(days=1),
            )
            if step != "green"
            else None,
            invite=told(issuing.TicketInvitation, invitation="inv-1", session=HUB) if step == "green" else None,
        )
        assert await history.said(issued, CONSTABLE), history.refused
    return history, reading_of(history)


async def paper(readings: Readings, history: History, kind: str, viewer: Actor = CONSTABLE, **chosen: Any) -> Any:  # noqa: ANN401
    made = await making.of_person(readings, viewer, history.clock.now(), KINDS[kind], PersonId("p-0"), **chosen)
    return made.paper


async def test_a_ticket_says_when_where_why_what_help_and_whom_to_phone() -> None:
    history, readings = await ticketed()
    ticket = await paper(readings, history, "ticket")
    assert isinstance(ticket, TicketPaper)
    assert (ticket.step.name, ticket.step.meaning, ticket.step.colour) == ("Green ticket", "Invitation", "green")
    assert ticket.given == "3 June 2024, 10:00"
    assert str(ticket.place).startswith(PLACE)
    assert ticket.encounters == ("Begging, on 3 June 2024, 10:00",)
    assert ticket.visit is not None
    assert (ticket.visit.venue, ticket.visit.day) == ("Oasis", "Thursday 6 June 2024")
    assert ticket.visit.invited
    assert ticket.visit.needs == ("Drugs", "Alcohol")
    assert [one.name for one in ticket.phones] == ["Police", "Csp"]
    assert not ticket.challenge.court
    text = laid_out(KINDS["ticket"], ticket)
    assert "If you think this is wrong" in text
    assert "LUS-0" in text


async def test_a_ticket_that_is_no_longer_the_newest_can_be_printed_too() -> None:
    history, readings = await ticketed(steps=("green", "cpw"))
    assert (await paper(readings, history, "ticket")).step.name == "Community protection warning"
    assert (await paper(readings, history, "ticket", about="t-green")).step.name == "Green ticket"
    with pytest.raises(Unknown):
        await paper(readings, history, "ticket", about="t-none")


async def test_a_warning_says_in_its_own_words_what_the_person_must_not_do() -> None:
    history, readings = await ticketed(steps=("green", "cpw"))
    (condition,) = (await paper(readings, history, "ticket")).conditions
    assert condition.kind == "Must not"
    assert condition.text.startswith("You must not ask for money\nin Church Terrace")


async def test_a_notice_names_the_last_day_to_appeal_and_says_when_it_is_past() -> None:
    last = dt.date(2024, 7, 1)
    notice = told(
        InstrumentRow,
        position=1,
        instrument="i-1",
        person="p-0",
        kind="cpn",
        status="served",
        by_agency=AgencyId("police"),
        agencies=(),
        appeal_by=last,
    )
    assert challenge(notice, last) == told(type(challenge(None, last)), court=True, until="1 July 2024", past=False)
    assert challenge(notice, last + dt.timedelta(days=1)).past
    assert not challenge(msgspec.structs.replace(notice, kind="cpw"), last).court


async def test_where_one_stands_is_said_with_its_reasons_and_what_came_before() -> None:
    history, readings = await ticketed(steps=("green", "cpw"))
    standing = await paper(readings, history, "standing")
    assert isinstance(standing, StandingPaper)
    assert standing.step is not None
    assert standing.step.name == "Community protection warning"
    assert standing.why == "Because of what officers saw."
    assert standing.before == ("Green ticket, 3 June 2024",)


async def test_a_hub_card_carries_no_name_and_never_leads_where_the_person_may_not_be() -> None:
    history, readings = await ticketed()
    card = laid_out(KINDS["hub-card"], await paper(readings, history, "hub-card", COORDINATOR))
    assert "Oasis" in card
    assert "REF-P-0" in card
    assert "Given-p-0" not in card
    seen = Known(
        around=Around(
            now=history.clock.now(),
            sessions=(told_session("s-1", area="market"), told_session("s-2", area="park")),
        ),
        page=await readings.people.person(CONSTABLE, PersonId("p-0")),
    )
    assert seen.session is not None
    assert seen.session.session == "s-1"
    assert msgspec.structs.replace(seen, restrictions=(barred_from("market", history.clock.now()),)).session == (
        told_session("s-2", area="park")
    )


def told_session(one: str, area: str) -> SessionRow:
    at = dt.datetime(2024, 6, 9, 10, tzinfo=dt.UTC)
    return told(
        SessionRow, position=1, session=one, on=at.date(), starts=at, ends=at, place="x", by_agency="csp", area=area
    )


def barred_from(area: str, since: dt.datetime) -> Shown[RestrictionRow]:
    row = told(
        RestrictionRow,
        position=1,
        restriction="x",
        person="p-0",
        source="bail",
        forbids=(area,),
        by_agency="police",
        agencies=("police",),
        since=since,
    )
    return Shown(row=row)


async def planned(words: str = "a place of my own") -> tuple[History, Readings]:
    history = await History().begin()
    await hub_ahead(history)
    at = history.clock.now()
    review = at.date() + dt.timedelta(days=14)
    for command in (
        told(planning.OpenPlan, at=at, plan="plan-1", person="p-0", review_on=review),
        told(planning.SetGoal, at=at, plan="plan-1", goal="g-1", words=words, need="housing"),
        told(
            plan_actions.AddAction,
            at=at,
            plan="plan-1",
            action="a-1",
            goal="g-1",
            what="phone the council",
            owner="w-2",
            owner_agency=AgencyId("csp"),
            due=at.date() + dt.timedelta(days=7),
        ),
        told(planning.RecordPersonsView, at=at, plan="plan-1", view="it is slow"),
    ):
        assert await history.said(command, COORDINATOR), history.refused
    return history, reading_of(history)


async def test_a_plan_has_the_goals_in_the_persons_words_with_who_does_what_until_when() -> None:
    history, readings = await planned()
    plan = await paper(readings, history, "plan", COORDINATOR)
    (goal,) = plan.goals
    assert str(goal.words).startswith("a place of my own")
    (action,) = goal.actions
    assert (action.owner, action.due) == ("Csp", "10 June 2024")
    assert plan.review == "17 June 2024"
    assert str(plan.view).startswith("it is slow")


async def test_a_plan_is_for_its_agencies() -> None:
    history, readings = await planned()
    with pytest.raises(Unknown):
        await paper(readings, history, "plan", CONSTABLE)


async def test_who_may_know_what_names_the_agencies_what_they_may_be_told_and_until_when() -> None:
    history = await History().begin()
    at = history.clock.now()
    asked = told(
        consenting.RequestConsent,
        at=at,
        consent="c-1",
        person="p-0",
        kind="data-protection-basis",
        purpose="referral",
        recipients=frozenset({AgencyId("recovery")}),
        categories=frozenset({"identity", "housing"}),
    )
    assert await history.said(asked, CONSTABLE)
    given_consent = told(
        consenting.GiveConsent,
        at=at,
        consent="c-1",
        person="p-0",
        given_to="officer-with-ticket",
        capacity="confirmed",
        language="en",
        expires_on=at.date() + dt.timedelta(days=30),
    )
    assert await history.said(given_consent, CONSTABLE), history.refused
    shared = await paper(reading_of(history), history, "sharing")
    assert isinstance(shared, SharingPaper)
    (one,) = shared.agreed
    assert one.recipients == ("Recovery",)
    assert set(one.categories) == {"Who the person is", "Housing"}
    assert one.until == "3 July 2024"
    assert shared.weak
    withdrawn = told(consenting.WithdrawConsent, at=at, consent="c-1", person="p-0")
    assert await history.said(withdrawn, CONSTABLE), history.refused
    shared = await paper(reading_of(history), history, "sharing")
    assert shared.agreed == ()
    assert [each.status for each in shared.answered] == ["Withdrawn"]


@pytest.mark.parametrize("lawful", ["safeguarding", "strict-necessity", "vital-interests"])
async def test_the_person_is_not_told_on_paper_of_a_basis_that_protects_somebody(lawful: str) -> None:
    history = await History().begin()
    page = await reading_of(history).people.person(CONSTABLE, PersonId("p-0"))

    def paper_on(one: str) -> SharingPaper:
        row = told(
            BasisRow,
            position=1,
            basis="b-1",
            person="p-0",
            by_agency="police",
            lawful=one,
            condition=None,
            recipients=("council",),
            categories=("identity",),
            recorded_at=history.clock.now(),
            until=dt.date(2030, 1, 1),
        )
        return sharing_paper(Known(around=Around(now=history.clock.now()), page=page, bases=(Shown(row=row),)))

    assert paper_on("legal-obligation").without
    assert paper_on(lawful) == sharing_paper(Known(around=Around(now=history.clock.now()), page=page))


async def test_a_summary_names_what_is_hidden_and_whom_to_ask() -> None:
    history = await History().begin()
    at = history.clock.now()
    assert await history.said(known("p-9", at), COORDINATOR)
    assert await history.said(sent("p-9", COORDINATOR, at, "1", 1), COORDINATOR), history.refused
    readings = reading_of(history)
    made = await making.of_person(readings, COORDINATOR, at, KINDS["summary"], PersonId("p-9"))
    assert isinstance(made.paper, SummaryPaper)
    hidden = {one.field: [each.name for each in one.ask] for one in made.paper.hidden}
    assert hidden["Reason, as far as it is about health"] == ["Recovery"]
    text = laid_out(made.kind, made.paper)
    assert "heroin" not in text
    assert "01354 654321" in text
    at_clinic = await making.of_person(readings, CLINIC, at, KINDS["summary"], PersonId("p-9"))
    assert isinstance(at_clinic.paper, SummaryPaper)
    assert [one.what for one in at_clinic.paper.referrals] == ["Drugs"]


async def test_a_letter_asks_with_the_core_of_the_referral_and_its_message_says_nothing_of_the_person() -> None:
    history = await History().begin()
    at = history.clock.now()
    assert await history.said(known("p-9", at), COORDINATOR)
    assert await history.said(sent("p-9", COORDINATOR, at, "1", 1), COORDINATOR), history.refused
    readings = reading_of(history)
    made = await making.of_referral(readings, COORDINATOR, at, KINDS["letter"], ReferralId("r-p-9-1"))
    text = laid_out(made.kind, made.paper)
    letter, _, message = text.partition("Message to announce the letter")
    assert "Given-p-9" in letter
    assert "Sleeping rough" in letter
    assert "Please answer by" in letter
    for word in ("Given-p-9", "Sample", "Drugs", "Clinic", "Sleeping rough"):
        assert word not in message
    with pytest.raises(Unknown):
        await making.of_referral(readings, CLINIC, at, KINDS["letter"], ReferralId("r-p-9-1"))
    with pytest.raises(Unknown):
        await making.of_referral(readings, HOUSING, at, KINDS["letter"], ReferralId("r-p-9-1"))
    shown = await readings.referrals.referral(COORDINATOR, ReferralId("r-p-9-1"))
    draft = msgspec.structs.replace(shown, row=msgspec.structs.replace(shown.row, sent_at=None))
    with pytest.raises(Unknown):
        letter_paper(Around(now=at), draft, await readings.people.person(COORDINATOR, PersonId("p-9")), "Clinic")


async def test_a_sign_in_sheet_has_first_names_a_column_for_each_agency_and_lines_for_walk_ins() -> None:
    history, readings = await ticketed()
    made = await making.of_session(readings, COORDINATOR, history.clock.now(), KINDS["sign-in"], HUB)
    text = laid_out(made.kind, made.paper)
    assert "Given-p-0" in text
    assert "Sample" not in text
    assert re.findall(r"<th scope=\"col\">Saw <bdi>(\w+)", text) == ["Csp", "Recovery"]
    assert text.count('hub-paper__blank"') == 12
    unseen = await making.of_session(readings, HOUSING, history.clock.now(), KINDS["sign-in"], HUB)
    assert "Given-p-0" not in laid_out(unseen.kind, unseen.paper)
    assert "1 more person is invited" in laid_out(unseen.kind, unseen.paper)


async def test_the_persons_language_is_preset_and_another_can_be_chosen() -> None:
    history, readings = await ticketed()
    languages = told(
        describing.SetLanguages, at=history.clock.now(), person="p-0", understands=("bfi", "ro"), needs_interpreter=True
    )
    assert await history.said(languages, CONSTABLE)
    readings = reading_of(history)
    ask = (readings, CONSTABLE, history.clock.now())
    assert (await making.of_person(*ask, KINDS["ticket"], PersonId("p-0"))).language == "ro"
    assert (await making.of_person(*ask, KINDS["ticket"], PersonId("p-0"), chosen="lt")).language == "lt"
    assert (await making.of_person(*ask, KINDS["ticket"], PersonId("p-0"), chosen="xx")).language == "ro"
    assert (await making.of_person(*ask, KINDS["summary"], PersonId("p-0"), chosen="lt")).language == SOURCE


def words_of(page: str) -> str:
    """What is read on a page, without what is marked as English and without the names and words of others."""
    page = re.sub(r'<(\w+)[^>]* lang="en".*?</\1>', "", page, flags=re.DOTALL)
    page = re.sub(r"<bdi>.*?</bdi>", "", page, flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", "\n", page))


@pytest.mark.parametrize("one", [one for one in LANGUAGES if one != SOURCE])
async def test_no_document_for_the_person_has_english_left_in_it(one: str) -> None:
    history, readings = await ticketed(steps=("green", "cpw"))
    with_plan, reading_plan = await planned()
    known_words = {message for message in translations(one)._catalog if isinstance(message, str) and " " in message}  # type: ignore[attr-defined] # noqa: SLF001
    for kind, (story, by, viewer) in {
        "ticket": (history, readings, CONSTABLE),
        "hub-card": (history, readings, CONSTABLE),
        "standing": (history, readings, CONSTABLE),
        "sharing": (history, readings, CONSTABLE),
        "plan": (with_plan, reading_plan, COORDINATOR),
    }.items():
        made = await making.of_person(by, viewer, story.clock.now(), KINDS[kind], PersonId("p-0"), chosen=one)
        with speaking(made.language):
            page = str(laid_out(made.kind, made.paper))
        assert f'lang="{one}"' in page
        assert "hub-paper__unchecked" in page
        said = words_of(page)
        assert not {message for message in known_words if message in said}, kind
        assert not re.findall(r"\b(?:the|and|you|your|is|of|for|with|June|Thursday)\b", said), kind


async def test_nothing_marks_english_as_unchecked() -> None:
    history, readings = await ticketed()
    assert "hub-paper__unchecked" not in laid_out(KINDS["ticket"], await paper(readings, history, "ticket"))


def test_a_step_is_said_in_the_language_where_its_ladder_has_it_and_marked_as_english_where_not() -> None:
    step = told(
        ladder.Step,
        step="amber",
        label="Amber: begging again",
        colour="Amber",
        texts=(
            told(ladder.TicketText, language="en", text="Stop."),
            told(ladder.TicketText, language="pl", text="Dość."),
        ),
    )
    with speaking("pl"):
        assert step_words(step).text == "Dość."
    with speaking("ro"):
        words = step_words(step)
        assert (words.name, words.text, words.text_language) == ("Bilet chihlimbariu", "Stop.", "en")


HOSTILE = [
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "\u202eevil\u2066 \u0007\u0000bell".replace("\u0000", ""),
    "{{ 7 * 7 }} {% raw %} %(day)s %s",
    "x" * 400,
    "مقهى الشارع",
    "</bdi></article><h1>",
]


@pytest.mark.parametrize("text", HOSTILE)
async def test_what_was_typed_is_shown_as_typed_and_does_nothing(text: str) -> None:
    history, readings = await ticketed(place=text[:390])
    ticket = await paper(readings, history, "ticket")
    page = str(laid_out(KINDS["ticket"], ticket))
    assert "<script" not in page
    assert "<img" not in page
    assert "\u0007" not in page
    assert page.count("<h1") == 1
    assert page.count("<bdi>") == page.count("</bdi>")
    assert ("7 * 7" in page) == ("7 * 7" in text)
    if printing.pdf_offered():
        assert "Green ticket" in text_of(pdf(KINDS["ticket"], ticket))


def text_of(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)


@pytest.mark.skipif(not printing.pdf_offered(), reason="WeasyPrint and Pango are not installed")
@pytest.mark.parametrize("one", LANGUAGES)
async def test_a_pdf_is_real_says_its_language_and_names_nobody(one: str) -> None:
    history, readings = await ticketed()
    made = await making.of_person(
        readings, CONSTABLE, history.clock.now(), KINDS["ticket"], PersonId("p-0"), chosen=one
    )
    with speaking(made.language):
        content = pdf(made.kind, made.paper)
        title = translations(one).gettext("Your ticket")
    document = pypdf.PdfReader(io.BytesIO(content))
    root: Any = document.trailer["/Root"]
    assert root["/Lang"] == one
    assert root["/MarkInfo"]["/Marked"]
    assert b"pdfuaid" in content or "pdfuaid" in str(document.xmp_metadata and document.xmp_metadata.stream.get_data())
    assert document.metadata is not None
    assert document.metadata.title == title
    assert {str(value) for key, value in document.metadata.items() if key in {"/Author", "/Subject", "/Keywords"}} <= {
        ""
    }
    assert title in text_of(content)
    assert "Queen Street" in text_of(content)
    width, height = (round(float(size) * 25.4 / 72) for size in document.pages[0].mediabox[2:])
    assert (width, height) == (148, 210)
    assert "p-0" not in printing.file_name(made.kind)


@pytest.mark.skipif(not printing.pdf_offered(), reason="WeasyPrint and Pango are not installed")
async def test_nothing_is_fetched_for_a_pdf(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    kept = printing._refuse  # noqa: SLF001

    def refuse(url: str, *given: object, **named: object) -> dict[str, Any]:
        asked.append(url)
        return kept(url, *given, **named)

    monkeypatch.setattr(printing, "_refuse", refuse)
    history, readings = await ticketed()
    ticket = await paper(readings, history, "ticket")
    outside = '<img src="http://198.51.100.7/x.png"><img src="file:///etc/passwd">'
    monkeypatch.setattr(printing, "laid_out", lambda *_: Markup(outside))  # noqa: S704 - on purpose
    assert pdf(KINDS["ticket"], ticket).startswith(b"%PDF-")
    assert asked == ["http://198.51.100.7/x.png", "file:///etc/passwd"]


@pytest.mark.skipif(not printing.pdf_offered(), reason="WeasyPrint and Pango are not installed")
@pytest.mark.parametrize("one", LANGUAGES)
def test_the_fullest_hub_card_fits_on_one_side(one: str) -> None:
    with speaking(one):
        needs = tuple(wording.labels("need").values())
        visit = Visit(
            venue="Oasis Community Centre",
            place="St Michael's Avenue, Wisbech PE13 3NR",
            day=wording.weekday(dt.date(2026, 9, 23)),
            starts="10:00",
            ends="13:00",
            agencies=(),
            needs=needs,
        )
        card = HubCard(
            sheet=Sheet(language=one, checked=False, made_on="", reference="P-48K-22XZ"),
            visit=visit,
            needs=needs,
            phones=(Phone(name="Fenland Community Safety Partnership", number="01354 654321"),),
        )
        assert len(pypdf.PdfReader(io.BytesIO(pdf(KINDS["hub-card"], card))).pages) == 1
