"""Every address that can be read and every page, called by everybody: no answer holds a text that the policy denies.

Each personal field that is written holds a text that stands nowhere else. Of each, it is known what it is part of,
between whom it is and who wrote it; whoever is shown it must be permitted to by `sharing.decide`, asked here once more.
"""

import datetime as dt
import io
import re
from collections.abc import AsyncIterator, Mapping
from itertools import product
from typing import Any, get_args

import msgspec
import pypdf
import pytest

from api.routes import Read
from api.v1 import ROUTES
from api.web import sessions
from api.web.paper import printing
from api.web.paper.making import OF_PERSON
from api.web.routes import Screen
from api.web.screens import SCREENS, all_screens
from application.identity import digest
from application.published.partnerships import opener
from application.relating import sight
from domain.actors import Role
from domain.facts import PersonalClass
from domain.governance.access import audience
from domain.governance.agreement import VaryAgreement
from domain.governance.partnership import partnership
from domain.governance.scope import PROTECTS_DATA, SAFEGUARDS, Category
from domain.governance.sharing import Resource, Standing, decide
from domain.governance.transfer import AcceptTransfer, OfferTransfer, ReceivedLine, ReceiveOffer
from domain.ids import AgencyId, AgreementId, PartnershipId, PersonId, TransferId, WorkerId
from domain.search_limits import SetSearchLimits
from tests.api.neighbours import AGREED as AGREED_NEXT_DOOR
from tests.api.neighbours import later
from tests.api.test_every_read import LADDER, done
from tests.api.test_journey import CORE
from tests.api.world import AGREEMENT, FENLAND, Caller, World, world

pytestmark = pytest.mark.anyio

AGENCIES = (
    ("hub", "partnership"),
    ("police", "police"),
    ("recovery", "drug-and-alcohol"),
    ("housing", "housing-options"),
    ("dwp", "dwp"),
)
AGREED = frozenset(AgencyId(one) for one in ("hub", "police", "recovery"))
"""The others have signed nothing."""
ROLES: tuple[Role, ...] = tuple(one for one in get_args(Role) if one != "system")
SHOWN = [one for one in all_screens(ROUTES, demo=False) if isinstance(one, Screen) and one.show is not None]
PDFS = [one for one in SHOWN if one.path.endswith("/pdf")]
BY_HAND = [one for one in SHOWN if one in SCREENS and one not in PDFS]
FORMS = [one for one in SHOWN if one not in SCREENS]
OPEN_FORMS: tuple[Role, ...] = ("agency-worker", "hub-coordinator", "privacy-officer")
"""The forms that are made from the API's bodies are opened by these in each agency: they are filled by what is read.

So are PDFs, which take long to draw: the page of the same document is opened by everybody."""
CHAIR = WorkerId("chair")
"""Sits on the panel, and in its room."""
ACTS_AS = {("recovery", "agency-worker"): "nurse", ("hub", "panel-member"): CHAIR}
"""Who calls as somebody known, by agency and role."""
OF_TWO = ("/people/{person}", "/people/{person}/timeline", "/people/{person}/duplicates/{other}")
"""Pages of people with two records that are opened besides; all others show the same as for anybody else."""
PLANTED = re.compile(r"zq[a-z]{2}qz", re.IGNORECASE)


class Planted(msgspec.Struct, frozen=True):
    """What a text is. A `name` is shown with every record of its person: with each, who it is may be seen.

    `protected`: it is for those who protect data alone, as what a review says of a worker. `of` whom it is, by the
    names of their ids: of several, it is for those who may see each of them.
    """

    field: str
    personal: PersonalClass
    category: Category
    parties: frozenset[AgencyId]
    authors: frozenset[AgencyId]
    name: bool = False
    protected: bool = False
    of: tuple[str, ...] = ("person",)


class Garden:
    """Texts that stand nowhere else."""

    def __init__(self) -> None:
        self.planted: dict[str, Planted] = {}

    def plant(
        self,
        field: str,
        personal: PersonalClass,
        category: Category,
        *agencies: str,
        by: str = "hub",
        name: bool = False,
        protected: bool = False,
        of: tuple[str, ...] = ("person",),
    ) -> str:
        """A text for a field of a record between these agencies, written by one of them."""
        number = len(self.planted)
        text = f"Zq{chr(97 + number // 26)}{chr(97 + number % 26)}qz"
        parties = frozenset(AgencyId(one) for one in (*agencies, by))
        self.planted[text.lower()] = Planted(
            field, personal, category, parties, frozenset({AgencyId(by)}), name, protected, of
        )
        return text


class Planting:
    """What happened, and what was written of it."""

    def __init__(self, here: World) -> None:
        self.here = here
        self.garden = Garden()
        self.ids: dict[str, str] = {}

    async def begin(self) -> None:
        """Entered by the police, met, invited, flagged; referred with consent, planned for, told of; looked at."""
        here, text, ids = self.here, self.garden.plant, self.ids
        hub = await here.caller("hub-coordinator", "hub", worker="coordinator")
        officer = await here.caller("constable", "police", worker="officer")
        clinic = await here.caller("agency-worker", "recovery", worker="nurse")
        privacy = await here.caller("privacy-officer", "hub", worker="privacy")
        today = here.today
        later = (today + dt.timedelta(days=60)).isoformat()
        ids |= {"agency": "hub", "worker": "coordinator", "ladder": "luscombe", "service": "clinic", "team": "none"}
        ids |= {"agreement": AGREEMENT}
        power = {"power": "issue-cpw", "from_date": today.isoformat(), "source": "designated"}
        await done(hub, "/v1/workers/coordinator/powers", power)
        await done(hub, "/v1/ladders", LADDER)
        question = {"id": "which", "label": "Which?", "personal_class": "health"}
        service = {
            "service": "clinic",
            "agency": "recovery",
            "name": "Clinic",
            "needs": ["drugs"],
            "questions": [question],
        }
        await done(hub, "/v1/services", service)
        sought = {
            "given_name": text("given_name", "identity", "register", by="police", name=True),
            "family_name": text("family_name", "identity", "register", by="police", name=True),
            "born": "1984-03-11",
        }
        search = (await officer.post("/v1/people/search", sought)).json()["search"]
        entry = sought | {
            "search": search,
            "answer": "nobody-found",
            "identity": "stated",
            "nickname": text("nickname", "identity", "register", by="police", name=True),
            "description": text("description", "identity", "register", by="police"),
            "address": text("address", "identity", "register", by="police"),
            "where_found": text("where_found", "identity", "register", by="police"),
        }
        ids |= await done(officer, "/v1/people", entry)
        person = f"/v1/people/{ids['person']}"
        ids |= {"search": search}
        met = {
            "kind": "asb",
            "asb_type": "street-drinking",
            "place": text("place", "intelligence", "engagement", by="police"),
            "facts_observed": text("facts_observed", "intelligence", "engagement", by="police"),
            "opinions": text("opinions", "intelligence", "engagement", by="police"),
        }
        ids |= await done(officer, f"{person}/encounters", met)
        outreach = {"kind": "outreach", "place": text("place", "intelligence", "engagement", by="hub")}
        ids |= await done(hub, f"{person}/encounters", outreach)
        flag = {
            "kind": "staff-safety",
            "source": "seen",
            "expires_on": later,
            "reason": text("flag", "intelligence", "register", by="police"),
        }
        flagged = await officer.post(f"{person}/flags", flag)
        assert flagged.status_code == 201, flagged.text
        ids |= flagged.json()
        await done(officer, f"{person}/aliases", {"nickname": text("alias", "identity", "register", by="police")})
        ids |= await done(hub, "/v1/episodes", {"person": ids["person"], "ladder": "luscombe"})
        ticket = {
            "episode": ids["episode"],
            "step": "green",
            "language": "en",
            "understood": True,
            "place": text("ticket", "intelligence", "engagement"),
        }
        session = {**here.session(), "place": "The Boathouse"}
        ids |= await done(hub, "/v1/hub-sessions", session)
        ids |= await done(hub, "/v1/tickets", ticket)
        ids |= await done(hub, f"/v1/hub-sessions/{ids['session']}/invitations", {"person": ids["person"]})
        await self._supported(hub, clinic, person, later)
        await self._forbidden(hub, officer, person, later)
        told = {
            "emergency": "risk-to-life",
            "reason": text("glass", "identity", "disclosure", by="recovery"),
            "hours": 1,
        }
        ids |= await done(clinic, f"{person}/break-glass", told)
        await done(
            privacy,
            f"/v1/break-glass/{ids['break_glass']}/review",
            {"finding": "justified", "rationale": text("review", "identity", "disclosure", protected=True)},
        )
        ids["on"] = await self._suspected(officer, privacy)
        disclosed = {
            "shares": True,
            "recipient_kind": "professional",
            "recipient": text("recipient", "identity", "disclosure"),
            "rationale": text("disclosure", "identity", "disclosure"),
            "categories": ["contact"],
            "ground": "safeguarding",
            "overrides_refusal": True,
        }
        ids |= await done(hub, f"{person}/disclosures", disclosed)
        await self._handed_over(hub, person)
        await self._asked_for_their_rights(officer, hub, privacy, person)
        await self._scrutinised()
        await self._merged(hub, officer, clinic, privacy)

    async def _kept(self, hub: Caller, person: str) -> None:
        """The record is held for an inquest once it was proposed to be erased, and the hold looked at again."""
        text, day = self.garden.plant, self.here.today + dt.timedelta(days=60)
        privacy = await self.here.caller("privacy-officer", "hub", worker="privacy")
        proposed = {
            "ground": "objection",
            "reason": text("erasure", "identity", "rights"),
            "why_left_open": text("why_left_open", "identity", "rights"),
        }
        self.ids |= await done(hub, f"{person}/erasures", proposed)
        placed = {"matter": "inquest", "review_on": day.isoformat(), "reason": text("hold", "identity", "rights")}
        self.ids |= await done(privacy, f"{person}/holds", placed)
        kept = {"review_on": (day + dt.timedelta(days=1)).isoformat(), "reason": text("kept", "identity", "rights")}
        await done(privacy, f"{person}/holds/{self.ids['hold']}/keep", kept)

    async def _asked_for_their_rights(self, officer: Caller, hub: Caller, privacy: Caller, person: str) -> None:
        """Asked of the police, complained of to the hub; something is said to be wrong, and stands."""
        text, today = self.garden.plant, self.here.today.isoformat()
        asked = {"kind": "objection", "channel": "phone", "received_on": today}
        words = text("request", "identity", "rights", by="police")
        self.ids |= await done(officer, f"{person}/rights-requests", asked | {"words": words})
        complained = {"about": "decision", "channel": "letter", "received_on": today}
        words = text("complaint", "identity", "rights")
        self.ids |= await done(hub, f"{person}/complaints", complained | {"words": words})
        timeline = (await officer.get(f"{person}/timeline")).json()["items"]
        line = next(
            one["position"] for one in timeline if one["type"] == "encounter-recorded" and one["agency"] == "police"
        )
        wrong = {
            "line": line,
            "wrong": text("wrong", "identity", "rights"),
            "right": text("right", "identity", "rights"),
        }
        self.ids |= await done(hub, f"{person}/rectifications", wrong)
        stands = {
            "reason": "accurate",
            "reasons": text("reasons", "identity", "rights"),
            "statement": "I was not there.",
        }
        await done(privacy, f"{person}/rectifications/{self.ids['rectification']}/refuse", stands)
        self.ids |= {"data_breach": "none", "processing_restriction": "none"}

    async def _scrutinised(self) -> None:
        """A panel looks at the ticket, and at what was known then, in an open room; two members wrote of it."""
        here, ids, text = self.here, self.ids, self.garden.plant
        administrator = await here.caller("administrator", "hub", worker="admin")
        chair = await here.caller("panel-member", "hub", worker=CHAIR)
        lay = await here.caller("panel-member", "hub", worker="lay")
        convened = {"panel": "panel", "name": "Panel", "chair": CHAIR, "members": [CHAIR, "lay"], "redaction": "worded"}
        await done(administrator, "/v1/panels", convened)
        chosen = {"question": "Fair?", "reason": "Asked for", "cases": [ids["ticket"]]}
        ids |= {"panel": "panel"} | await done(chair, "/v1/panels/panel/chosen-samples", chosen)
        sample = f"/v1/panels/panel/samples/{ids['sample']}"
        await done(chair, f"{sample}/room/open", {"hours": 8})
        ids |= {"case": ids["ticket"]}
        for member in (lay, chair):
            said = {"grade": "appropriate", "observations": text("observations", "identity", "scrutiny")}
            await done(member, f"{sample}/cases/{ids['case']}/grade", said)
        asked = {"to_agency": "police", "words": "Say when.", "respond_by": "2040-01-01"}
        ids |= await done(chair, "/v1/panels/panel/recommendations", asked)

    async def _suspected(self, officer: Caller, privacy: Caller) -> str:
        """An officer's searches stood out, and were looked into: the day."""
        here, day = self.here, self.here.today
        limits = SetSearchLimits(at=here.clock.now(), an_hour=50, told_searches=1, told_strangers=1_000)
        await here.hub.decider.decide(limits, opener(PartnershipId(FENLAND)))
        await officer.post("/v1/people/search", {"name": "Nobody Known", "born": "1950-01-01"})
        said = self.garden.plant("searches", "identity", "ledger", "police")
        await done(privacy, f"/v1/search-alerts/officer/{day}/review", {"finding": "for-work", "rationale": said})
        return day.isoformat()

    async def _handed_over(self, hub: Caller, person: str) -> None:
        """Offered to the partnership next door, after having come from there with a history."""
        await self._kept(hub, person)
        text, at = self.garden.plant, self.here.clock.now()
        agreed = AGREED_NEXT_DOOR | {"partner": "next-door"}
        await done(hub, "/v1/partnership-agreements", agreed)
        basis = {
            "lawful": "vital-interests",
            "recipients": ["next-door"],
            "categories": ["identity", "contact"],
            "until": later(self.here),
            "rationale": text("basis", "identity", "support", "next-door"),
        }
        await done(hub, f"{person}/bases", basis)
        terms: dict[str, Any] = {
            "at": at,
            "partner": PartnershipId("next-door"),
            "agreement": AgreementId(agreed["agreement"]),
            "purpose": "support",
            "categories": frozenset({"register"}),
        }
        received = ReceiveOffer(
            **terms,
            transfer=TransferId("came"),
            from_agency="police",
            from_worker="sam",
            contact="Police",
            reference="P-1",
        )
        line = ReceivedLine(
            category="support",
            kind="plan-goal-set",
            happened=at,
            position=1,
            leaf="ab",
            agency_there="clinic",
            told_identity=f'{{"words": "{text("told_identity", "identity", "support")}"}}',
            told_health=f'{{"health_note": "{text("told_health", "health", "support")}"}}',
            told_intelligence=f'{{"place": "{text("told_intelligence", "intelligence", "support")}"}}',
        )
        token = await self.here.hub.tokens.holder(digest(hub.authorization.removeprefix("Bearer ")))
        assert token is not None
        decider, one = self.here.hub.decider, PersonId(self.ids["person"])
        await decider.decide(received, opener(FENLAND))
        accept = AcceptTransfer(at=at, transfer=TransferId("came"), person=one, lines=(line,))
        await decider.decide(accept, token.actor)
        why = text("why", "identity", "disclosure")
        await decider.decide(OfferTransfer(**terms, transfer=TransferId("goes"), person=one, why=why), token.actor)

    async def _merged(self, hub: Caller, officer: Caller, clinic: Caller, privacy: Caller) -> None:
        """One entered by the police and one by the clinic: compared, told apart, merged, reviewed, and taken apart."""
        ids, text = self.ids, self.garden.plant
        second = await self.here.caller("problem-solving-coordinator", "hub", worker="second")
        for name, by, agency in (("one", officer, "police"), ("other", clinic, "recovery")):
            who = {
                "given_name": text("given_name", "identity", "register", by=agency, name=True, of=(name,)),
                "born": "1991-02-03",
            }
            sought = (await by.post("/v1/people/search", who)).json()
            answer = "none-of-these" if sought["people"] else "nobody-found"
            entry = who | {"search": sought["search"], "answer": answer, "identity": "stated"}
            ids[name] = (await done(by, "/v1/people", entry))["person"]
            place = text("place", "intelligence", "engagement", by=agency, of=(name,))
            await done(by, f"/v1/people/{ids[name]}/encounters", {"kind": "outreach", "place": place})
        one, other = ids["one"], ids["other"]
        note = {"note": text("note", "identity", "register", of=("one", "other"))}
        await done(hub, f"/v1/people/{one}/duplicates/{other}/defer", note)
        for path in ("distinct", "distinct/withdraw"):
            said = {"other": other, "reason": text(path, "identity", "register", of=("one",))}
            await done(hub, f"/v1/people/{one}/{path}", said)
        proposed = {"person": one, "other": other, "reason": text("proposed", "identity", "register", of=("one",))}
        ids["merge"] = (await done(hub, "/v1/merges", proposed))["merge"]
        merge = f"/v1/merges/{ids['merge']}"
        await done(second, f"{merge}/decide", {"agree": True})
        begun = {"nickname": text("between", "identity", "register", by="police", of=("one",))}
        await done(officer, f"/v1/people/{one}/aliases", begun)
        reviewed = {"agencies": ["hub"], "note": text("reviewed", "identity", "register", of=("one",))}
        await done(privacy, f"{merge}/review", reviewed)
        await done(second, f"{merge}/undo", {"reason": text("undone", "identity", "register", of=("one",))})
        waiting = {"person": one, "other": other, "reason": text("waiting", "identity", "register", of=("one",))}
        await done(hub, "/v1/merges", waiting)

    async def _forbidden(self, hub: Caller, officer: Caller, person: str, later: str) -> None:
        """A warning is drafted, and an exclusion recorded and breached."""
        text = self.garden.plant
        condition = {
            "kind": "prohibition",
            "addresses": "street-drinking",
            "text": text("conditions", "intelligence", "engagement"),
        }
        terms = {"conduct": ["street-drinking"], "conditions": [condition], "ends_on": later}
        await done(hub, f"{person}/instruments", {"kind": "cpw", "terms": terms})
        away = {**condition, "text": text("conditions", "intelligence", "engagement", by="police")}
        excluded = {"kind": "exclusion", "conditions": [away], "ends_on": later}
        self.ids |= await done(officer, f"{person}/instruments/record", excluded)
        breach = {
            "condition": "prohibition",
            "facts_observed": text("breach", "intelligence", "engagement", by="police"),
        }
        await done(officer, f"{person}/instruments/{self.ids['instrument']}/breach", breach)

    async def _supported(self, hub: Caller, clinic: Caller, person: str, later: str) -> None:
        text, ids = self.garden.plant, self.ids
        asked = {
            "kind": "data-protection-basis",
            "purpose": "referral",
            "recipients": ["recovery"],
            "categories": ["identity", "contact", "substance-use"],
        }
        ids |= await done(hub, f"{person}/consents", asked)
        agreed = {
            "given_to": "hub",
            "capacity": "confirmed",
            "language": "en",
            "expires_on": later,
            "witness": text("witness", "identity", "support", "recovery"),
        }
        await done(hub, f"{person}/consents/{ids['consent']}/give", agreed)
        basis = {
            "lawful": "vital-interests",
            "recipients": ["housing"],
            "categories": ["contact"],
            "until": later,
            "rationale": text("basis", "identity", "support", "housing"),
        }
        ids |= await done(hub, f"{person}/bases", basis)
        sent = {
            "person": ids["person"],
            "service": "clinic",
            "need": "drugs",
            "core": CORE,
            "reason": text("reason", "identity", "support", "recovery"),
            "health_reason": text("health_reason", "health", "support", "recovery"),
            "answers": [{"question": "which", "value": text("answer", "health", "support", "recovery")}],
        }
        ids |= await done(hub, "/v1/referrals", sent)
        await done(
            clinic,
            f"/v1/referrals/{ids['referral']}/accept",
            {"note": text("note", "identity", "support", "hub", by="recovery")},
        )
        notified = {
            "person": ids["person"],
            "authority": "housing",
            "chosen_by_person": True,
            "consent_to_refer": True,
            "consent_to_share_contact": True,
            "homelessness": "homeless",
            "name": text("name", "identity", "duty", "housing"),
            "contact": text("contact", "identity", "duty", "housing"),
            "reason": text("duty", "identity", "duty", "housing"),
        }
        ids |= await done(hub, "/v1/duty-notifications", notified)
        ids |= await done(hub, "/v1/plans", {"person": ids["person"], "review_on": later})
        plan = f"/v1/plans/{ids['plan']}"
        ids |= await done(hub, f"{plan}/goals", {"words": text("goal", "identity", "support")})
        note = {"note": text("setback", "identity", "support"), "health_note": text("setback", "health", "support")}
        await done(hub, f"{plan}/setbacks", note)

    async def narrow(self) -> None:
        """From now on three agencies share street work, the hub and the register, and one crossing is agreed."""
        command = VaryAgreement(
            at=self.here.clock.now(),
            agreement=AGREEMENT,
            parties=AGREED,
            purposes=frozenset({"prevention", "support", "safeguarding"}),
            categories=frozenset({"register", "engagement", "hub"}),
            crossings=frozenset({"law-enforcement-to-general"}),
            review_date=dt.date(2040, 1, 1),
            reason="narrowed",
        )
        varied = await self.here.hub.decider.decide(command, opener(FENLAND))
        hub = await self.here.caller("hub-coordinator", "hub", worker="coordinator")
        await hub.get(f"/v1/agreements/{AGREEMENT}?after={varied.position}")

    async def permitted(self, caller: Caller) -> frozenset[str]:
        """The texts that somebody may be shown, as the policy says."""
        token = await self.here.hub.tokens.holder(digest(caller.authorization.removeprefix("Bearer ")))
        assert token is not None
        know = self.here.hub.decider.know(token.actor.partnership)
        by = Standing(token.actor, await know(partnership()), self.here.clock.now())
        entries: dict[str, Resource] = {}
        for name in {name for one in self.garden.planted.values() for name in one.of}:
            related, basis = await sight(know, PersonId(self.ids[name]))
            standing = basis.standing_of(token.actor.agency, know.now)
            entries[name] = Resource(category="register", relationship=related, basis=standing)
        found: set[str] = set()
        knows_who: set[tuple[str, ...]] = set()
        for text, one in self.garden.planted.items():
            if one.category == "scrutiny":  # in the room, of whoever has given a grade of their own
                room = Resource(category="scrutiny", authors=frozenset(), in_room=token.actor.worker == CHAIR)
                found |= {text} if decide(by, "read", room).permitted else set()
                continue
            if one.category == "ledger":  # what was found of a worker: who looks after that agency's data, or all
                signs = decide(by, "read", Resource(category="ledger", of_person=False))
                whose = audience(token.actor.role, by.partnership.kind_of(token.actor.agency))
                is_mine = whose.of_all or (whose.of_agency and token.actor.agency in one.parties)
                found |= {text} if signs.permitted and is_mine else set()
                continue
            asked = [msgspec.structs.replace(entries[name], category=one.category) for name in one.of]
            if one.category != "register":
                asked = [msgspec.structs.replace(each, parties=one.parties, authors=one.authors) for each in asked]
            answers = [decide(by, "read", each) for each in asked]
            if all("identity" in each.opens for each in answers):
                knows_who.add(one.of)
            opens = frozenset[PersonalClass].intersection(
                *(frozenset() if each.by_name else each.opens for each in answers)
            )
            if one.personal in opens and not one.name and (not one.protected or token.actor.role in PROTECTS_DATA):
                found.add(text)
        return frozenset(
            found | {text for text, one in self.garden.planted.items() if one.name and one.of in knows_who}
        )


def filled(path: str, ids: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: str(ids.get(found[1], "missing")), path)


async def cookie_of(here: World, caller: Caller) -> dict[str, str]:
    token = await here.hub.tokens.holder(digest(caller.authorization.removeprefix("Bearer ")))
    assert token is not None
    return {"cookie": f"hub_session={await sessions.begin(here.hub, token.actor, token)}", "accept": "text/html"}


class Probe:
    """Calls everything, and keeps what it was shown."""

    def __init__(self, here: World, ids: Mapping[str, str]) -> None:
        reads = {filled(one.path, ids) for one in ROUTES if isinstance(one, Read)}
        self.here = here
        self.reads = sorted(f"{one}?use=self-monitoring" if "accesses" in one else one for one in reads)
        self.pages = sorted({filled(one.path, {**ids, "document": name}) for one in BY_HAND for name in OF_PERSON})
        self.forms = sorted({filled(one.path, ids) for one in FORMS})
        both = [
            {**ids, "person": ids[one], "other": ids[beside]} for one, beside in (("one", "other"), ("other", "one"))
        ]
        told = [one.path for one in ROUTES if isinstance(one, Read) and "{person}" in one.path]
        self.of_both = sorted(
            {filled(path, each) for path in (*told, *OF_TWO) for each in both if "accesses" not in path}
        )
        documents = {filled(one.path, {**ids, "document": name}) for one in PDFS for name in OF_PERSON}
        self.pdfs = sorted(documents) if printing.pdf_offered() else []
        self.drawn = 0
        self.answers = 0

    async def shown(self, caller: Caller, *, forms: bool) -> dict[str, set[str]]:
        """Each planted text that any answer held, and where; whoever is let in nowhere sees nothing."""
        found: dict[str, set[str]] = {}
        for path in self.reads:
            self._keep(found, path, await caller.get(path))
        cookie = await cookie_of(self.here, caller)
        for path in (*self.pages, *((*self.forms, *self.pdfs) if forms else ())):
            self._keep(found, path, await caller.client.get(path, headers=cookie))
        for path in self.of_both if forms else ():
            api = path.startswith("/v1/")
            self._keep(found, path, await (caller.get(path) if api else caller.client.get(path, headers=cookie)))
        return found

    def _keep(self, found: dict[str, set[str]], path: str, answer: Any) -> None:  # noqa: ANN401 - httpx's own
        self.answers += 1
        assert answer.status_code < 500, (path, answer.text)
        text = answer.text
        if answer.headers["content-type"] == "application/pdf":
            self.drawn += 1
            text = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(answer.content)).pages)
        for one in PLANTED.findall(text):
            found.setdefault(one.lower(), set()).add(f"{path} ({answer.status_code})")


@pytest.fixture
async def here() -> AsyncIterator[World]:
    async with world() as made:
        await made.agencies(*AGENCIES)
        yield made


async def test_nobody_is_shown_a_text_that_the_policy_denies_them(here: World) -> None:
    planting = Planting(here)
    await planting.begin()
    await planting.narrow()
    probe = Probe(here, planting.ids)
    leaks: list[str] = []
    seen: set[str] = set()
    by_agency: dict[str, set[str]] = {}
    for (agency, _), role in product(AGENCIES, ROLES):
        caller = await here.caller(role, agency, worker=ACTS_AS.get((agency, role)))
        permitted = await planting.permitted(caller)
        shown = await probe.shown(caller, forms=role in OPEN_FORMS)
        seen |= set(shown)
        if role not in PROTECTS_DATA | SAFEGUARDS:
            by_agency.setdefault(agency, set()).update(shown)
        leaks += [
            f"{role} of {agency}: {planting.garden.planted[text]} at {sorted(shown[text])[:3]}"
            for text in sorted(set(shown) - permitted)
        ]
    assert not leaks, "\n".join(leaks)
    health = {text for text, one in planting.garden.planted.items() if one.personal == "health"}
    assert health & by_agency["recovery"]
    assert not health & (by_agency["police"] | by_agency["hub"] | by_agency["dwp"])
    assert not by_agency["dwp"], "who signed nothing and was asked nothing knows nobody"
    unseen = [planting.garden.planted[text] for text in set(planting.garden.planted) - seen]
    assert sorted((one.field, one.personal) for one in unseen) == [("setback", "health"), ("told_health", "health")], (
        "health, between none who may read it"
    )
    assert probe.answers > 5_000
    assert probe.drawn > 20 or not probe.pdfs


async def test_nobody_of_another_partnership_is_shown_anything(here: World) -> None:
    planting = Planting(here)
    await planting.begin()
    await here.agencies(*AGENCIES, partnership="wisbech")
    probe = Probe(here, planting.ids)
    for agency, role in product(("hub", "recovery"), OPEN_FORMS):
        caller = await here.caller(role, agency, worker=f"{role}-{agency}", partnership="wisbech")
        assert not await probe.shown(caller, forms=False)
