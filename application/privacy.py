"""What the law asks a partnership to write down, told from its configuration, so that it says what is so.

Three documents: the data protection impact assessment (UK GDPR art. 35; Data Protection Act 2018 s.64), the record of
processing activities (UK GDPR art. 30; s.61) and the information for the people concerned (UK GDPR arts. 13 and 14;
s.44). What no program can know is a gap that is marked, for the partnership to fill.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Final, get_args

import msgspec

from application.views.categories import category_of
from domain.actors import Actor, Role
from domain.codes import AgencyKind
from domain.facts import CATALOGUE, PersonalClass, declared
from domain.governance import partnership as governing
from domain.governance.agency import Agency
from domain.governance.agreement import Agreement
from domain.governance.break_glass import LONGEST_HOURS, REVIEW_WORKING_DAYS
from domain.governance.partnership import Partnership
from domain.governance.scope import Category, Crossing, Purpose, SharedCategory
from domain.governance.sharing import Permission, Relationship, Resource, Standing, decide
from domain.governance.sharing_rules import RULES
from domain.governance.staff import WorkerPosted
from domain.ids import AgencyId, PartnershipId, WorkerId
from domain.rights.retention import NORM_MONTHS

RETENTION_YEARS: Final = NORM_MONTHS // 12
"""The norm after which keeping a record is reviewed (ours); nothing is destroyed silently, and a legal hold wins."""

PURPOSES: Final[Mapping[Purpose, tuple[str, str]]] = {
    "prevention": (
        "preventing crime and anti-social behaviour",
        (
            "Crime and Disorder Act 1998 ss.17 and 115. The police: Data Protection Act 2018 Part 3, s.35(2)(b), with "
            "Schedule 8 where it is sensitive. Others: UK GDPR art. 6(1)(e); "
            "art. 10 with Data Protection Act 2018 Sch. 1"
        ),
    ),
    "support": (
        "helping people with what they need",
        (
            "UK GDPR art. 6(1)(e); for health, art. 9(2)(h) or (g) with Data Protection Act 2018 Sch. 1. What goes to "
            "another agency rests on the person's agreement, or on another basis that is recorded with its reason"
        ),
    ),
    "duty-to-refer": (
        "telling a housing authority that somebody is homeless or about to be",
        "Housing Act 1996 s.213B, with the person's agreement; UK GDPR art. 6(1)(c) or (e)",
    ),
    "safeguarding": (
        "protecting children and adults at risk",
        (
            "Children Act 2004 s.11, Care Act 2014 s.42; UK GDPR arts. 6(1)(d) and (e), 9(2)(c) and (g) with Data "
            "Protection Act 2018 Sch. 1 para. 18"
        ),
    ),
    "oversight": (
        "counting what was done, and whether it was fair; no names",
        "UK GDPR art. 6(1)(e); Equality Act 2010 s.149",
    ),
    "administration": (
        "running the partnership: its agencies, workers and services",
        "UK GDPR art. 6(1)(e), for the workers' data",
    ),
    "data-protection": (
        "seeing to it that all of this is lawful",
        "UK GDPR arts. 5(2), 6(1)(c) and 39; Data Protection Act 2018 ss.62 and 71",
    ),
}
"""Each purpose in words, and the law that it is proposed to rest on."""

CATEGORIES: Final[Mapping[SharedCategory, str]] = {
    "register": "the register: who somebody is, how to reach them, what to mind",
    "engagement": "street work: encounters, tickets, warnings, notices, orders",
    "hub": "hub sessions: who was invited and who came",
    "support": "support: referrals, plans, agreement to share",
    "duty": "notifications under the duty to refer",
}
CLASSES: Final[Mapping[PersonalClass, str]] = {
    "identity": "who it is",
    "health": "health",
    "intelligence": "what was observed or told",
}
CROSSINGS: Final[Mapping[Crossing, str]] = {
    "law-enforcement-to-general": "police street work used to help or protect",
    "general-to-law-enforcement": "others' records used by the police to prevent crime",
}
RISKS: Final = (
    (
        "An agency sees more than it needs, or learns that somebody is treated for something",
        (
            "Nothing is shared by default; health opens to health and treatment agencies alone, and "
            "that a referral exists is told to nobody but its parties. Codes that would betray it are left out "
            "together with harmless ones. "
            "The database gives an agency no row of anybody who does not concern it"
        ),
        "Who recorded a line is shown with it: a treatment service that enters somebody is seen to know them",
    ),
    (
        "Help turns into enforcement",
        (
            "Referrals and plans are seen by the agencies that they are between, and health never by the police. "
            "A missed session or a refused consent alone leads to no further step"
        ),
        "Whether people trust it; ask them",
    ),
    (
        "Somebody looks who has no business to",
        (
            "Each answer that carries something of a person is recorded before it leaves, with who, why and by "
            "which rule; the person can have a copy"
        ),
        "Recording deters and proves; it does not prevent. Somebody has to read it",
    ),
    (
        "An emergency is used as a way in",
        (
            f"It opens one person to one worker for at most {LONGEST_HOURS} hours, with a reason, and somebody else "
            f"reviews each within {REVIEW_WORKING_DAYS} working days; those overdue are counted"
        ),
        "What was seen was seen",
    ),
    (
        "A step against somebody is taken by a machine, or unfairly",
        "Every adverse step names a human and is guarded by rules that can be read; equality fields are never an input",
        "Disproportionality is not reported yet",
    ),
    (
        "Records are stolen",
        (
            "Every personal field is sealed under a key of that person; database, wrapped keys and the key to them "
            "lie in three places"
        ),
        "Who takes over the running program reads what it can read",
    ),
    (
        "Records are wrong, or two people become one",
        (
            "A search comes before entering somebody; two humans agree before records are merged, and can undo it; "
            "corrections are added, never written over"
        ),
        "What an officer believed stays on record, marked as such",
    ),
    (
        "Records are kept too long",
        (
            f"{RETENTION_YEARS} years after the last thing that happened, the agency that entered somebody is told; it "
            "keeps the record for a reason, or two people have it erased, which makes it unreadable for good"
        ),
        "What was printed, exported or handed over before is beyond it; who has it stands in the access ledger",
    ),
)
"""What could go wrong for people, what is done about it, and what remains."""


class Documents(msgspec.Struct, frozen=True, kw_only=True):
    """The three documents of a partnership, as Markdown."""

    impact_assessment: str
    record_of_processing: str
    privacy_information: str


def gap(what: str) -> str:
    """What the partnership has to fill in."""
    return f"**[to fill in: {what}]**"


def documents(known: Partnership, at: dt.datetime) -> Documents:
    """Written from what a partnership agreed, as it is at a moment, and from the rules that decide."""
    told = _Told(known, at)
    return Documents(
        impact_assessment=_text(told.impact_assessment()),
        record_of_processing=_text(told.record_of_processing()),
        privacy_information=_text(told.privacy_information()),
    )


def files_of(written: Documents) -> Mapping[str, str]:
    """The documents by the names of their files."""
    return {f"{name.replace('_', '-')}.md": getattr(written, name) for name in Documents.__struct_fields__}


class _Told:
    """A partnership in words."""

    def __init__(self, known: Partnership, at: dt.datetime) -> None:
        self.known, self.at = known, at
        bodies = [one for one in known.agencies.values() if one.kind == "partnership"]
        self.name = bodies[0].name if bodies else gap("the partnership's name")
        self.live = known.live_agreements(at)

    def impact_assessment(self) -> Iterable[str]:
        """UK GDPR art. 35(7), in the order of the Information Commissioner's template."""
        yield f"# Data protection impact assessment: {self.name}"
        yield PREFACE
        yield "## 1. Why an assessment is needed"
        yield (
            "Several agencies keep one record of people who are met on the street: where they were seen, what was "
            "asked of them, what help they had. Some of it is about health and about offences, many of these people "
            "are vulnerable, and steps against them may follow. That is likely to be a high risk (UK GDPR art. "
            "35(3)(b); Data Protection Act 2018 s.64)."
        )
        yield "## 2. What is done"
        yield "People are met, recorded, invited to a hub, referred and helped; some are warned or given notices."
        yield from self._people_and_data("###")
        yield "### For what, and on which law"
        yield from self._purposes()
        yield "### Who shares what"
        yield from self._agreements()
        yield "### What each agency sees of what others recorded"
        yield from self._sight()
        yield "### By which rules"
        yield "The program decides each look by these rules. What none of them permits is denied."
        yield _table(("effect", "rule"), ((one.effect, one.text) for one in RULES))
        yield "## 3. Who was asked"
        yield gap("people who use the hub, advocates, workers, the data protection officers; what they said")
        yield "## 4. Necessity and proportion"
        yield _list(
            "No field is asked for that no rule or form needs; a service asks its own questions and no others.",
            "An agency sees what concerns it, and of that what its role and purpose need.",
            "Agreement to be referred is told apart from the data-protection basis, and a withdrawal holds from the "
            "next request.",
            "No decision against anybody is taken by a machine alone (UK GDPR arts. 22A to 22D; s.50A).",
            f"Could less be done? {gap('what was weighed, such as a hub without shared street work')}",
        )
        yield "## 5. Risks"
        yield _table(("what could go wrong", "what is done about it", "what remains"), RISKS)
        yield "## 6. Outcome"
        yield _list(
            gap("each remaining risk: accepted by whom, or what else is done by when"),
            gap("advice of the data protection officer; whether the Information Commissioner is consulted (art. 36)"),
            gap("date of the next review, at the latest when an agreement is reviewed"),
        )

    def record_of_processing(self) -> Iterable[str]:
        """UK GDPR art. 30(1); Data Protection Act 2018 s.61(2)."""
        yield f"# Record of processing activities: {self.name}"
        yield PREFACE
        yield "## Controllers"
        yield (
            "Each agency answers for what it records. Which of them are joint controllers, and who answers to the "
            f"people concerned, stands in their arrangement (UK GDPR art. 26; s.58): {gap('where it lies')}."
        )
        yield _table(
            ("agency", "contact", "data protection officer"),
            ((one.name, one.phone or gap("contact"), gap("name and contact")) for one in self._agencies()),
        )
        yield f"Processor that runs the system: {gap('who hosts it, under which contract (art. 28; s.59)')}."
        yield "## Purposes, and the law they rest on"
        yield from self._purposes()
        yield from self._people_and_data("##")
        yield "## Recipients"
        yield from self._agreements()
        yield (
            "Outside these agencies something is told only by a decision that is recorded with recipient, ground and "
            "reason. Reports hold counts."
        )
        yield "## Transfers to other countries"
        yield f"The program sends nothing abroad. {gap('where the servers and backups stand')}"
        yield "## How long"
        yield (
            f"The norm is a review after {RETENTION_YEARS} years (ours); a legal hold wins. "
            f"{gap('the retention schedule of each agency')}"
        )
        yield "## Profiling and automated decisions"
        yield "None. A ladder says which step may come next; a human takes it, and is named."
        yield "## Security"
        yield _list(
            "Each personal field is sealed (AES-256-GCM) under a key of the person and the class of the field.",
            "Nobody signs in with a password alone; who leaves loses access with the next request.",
            "The database holds each agency to the rows of people who concern it, whatever the program asks.",
            "Collection and alteration are events that cannot be changed; consultation, disclosure and denial are "
            "entries of an access ledger that are recorded before anything is shown (s.62).",
            gap("premises, devices, vetting, training, backups, and how a breach is reported"),
        )

    def privacy_information(self) -> Iterable[str]:
        """UK GDPR arts. 13 and 14; Data Protection Act 2018 s.44: in words for the people concerned."""
        yield f"# What we know about you, and what you can do: {self.name}"
        yield PREFACE
        yield "This is for you if somebody from one of our agencies met you on the street or at a support hub."
        yield "## Who we are"
        yield "We are several agencies that work together:"
        yield _list(*(one.name for one in self._agencies()))
        yield f"Ask us: {gap('a phone number, an address, a person')}. Our data protection officer: {gap('contact')}."
        yield "## Why we keep records about you"
        purposes = sorted({each for one in self.live for each in one.purposes}, key=_order(Purpose))
        yield _list(*(_sentence(PURPOSES[one][0]) for one in purposes)) if purposes else gap("no agreement is in force")
        yield "The law that lets us:"
        yield _list(*(f"{PURPOSES[one][1]}." for one in purposes))
        yield "## What we keep, and where we have it from"
        yield _list(*(_sentence(one) for one in CATEGORIES.values()))
        yield (
            "From you, from officers and workers who met you, and from the agencies above. You need not tell us your "
            "name to get help at the hub. Without some details an agency may not be able to help you."
        )
        yield "## Who sees it"
        yield from self._sight()
        yield (
            "The police never see what you take or what you are ill with, nor that others sent you to a doctor or to "
            "treatment. An agency that helps you sees what it needs for that. If you or somebody else is in danger, a "
            f"worker may look for up to {LONGEST_HOURS} hours; somebody else then checks whether that was "
            "right. We may "
            "tell others if a child or an adult is at risk, or a court or the law demands it; we write down why."
        )
        yield "## How long"
        yield (
            f"We look again after {RETENTION_YEARS} years whether we still need it. "
            f"{gap('anything that is kept longer')}"
        )
        yield "## What you can do"
        yield _list(
            "See it: ask for a copy of what we keep. You get it within one month. If we leave something out we say "
            "why, where we may.",
            "See who looked at it, when, and why.",
            "Have it put right, or add what you think of it.",
            "Say that we must not use it, or must delete it. We tell you what we can do and why.",
            "Change your mind. If you agreed that we tell an agency about you, you can take that back at any time. "
            "It holds from then on.",
            "Challenge a ticket, warning or notice. The paper you were given says how, and until when.",
            "Complain to us. We answer that we have your complaint within 30 days. You can also complain to the "
            "Information Commissioner (ico.org.uk).",
        )
        yield "No machine decides anything against you. A person does, and their name is on it."
        yield f"Your records stay in {gap('the country where the servers stand')}."

    def _agencies(self) -> list[Agency]:
        return sorted(self.known.agencies.values(), key=lambda one: (one.kind != "partnership", one.name))

    def _name(self, agency: AgencyId) -> str:
        known = self.known.agencies.get(agency)
        return agency if known is None else known.name

    def _people_and_data(self, level: str) -> Iterable[str]:
        yield f"{level} About whom, and what"
        yield (
            "People who are met on the street or at the hub; people in their household, whom they trust or are kept "
            "apart from, as far as they are mentioned; workers, by what they did and looked at. Fields that say who "
            "somebody is, or something of them, are sealed:"
        )
        rows = [
            (_sentence(CATEGORIES[category]), _sentence(CLASSES[kind]), ", ".join(sorted(fields)))
            for category in get_args(SharedCategory)
            for kind in get_args(PersonalClass)
            if (fields := _fields(category, kind))
        ]
        yield _table(("kind of record", "what it tells", "fields"), rows)
        yield (
            "Open, because rules need it: age band, languages, flags such as staff safety or capacity, need, "
            "status, dates, which agency did what. Ethnicity and sex are for monitoring, and no rule reads them."
        )

    def _purposes(self) -> Iterable[str]:
        yield f"Proposed; {gap('confirmed by the data protection officer of each agency, on which date')}."
        yield _table(("purpose", "law"), ((_sentence(words), law) for words, law in PURPOSES.values()))

    def _agreements(self) -> Iterable[str]:
        if not self.live:
            yield "No agreement is in force: each agency sees what it recorded itself or was asked, and no more."
        for one in self.live:
            yield _list(*self._terms(one))

    def _terms(self, one: Agreement) -> Iterable[str]:
        crossings = [CROSSINGS[each] for each in sorted(one.crossings)]
        ends = f" until {one.until_date.isoformat()}" if one.until_date else ""
        yield f"**{one.name}**, from {one.from_date.isoformat()}{ends}, reviewed by {one.review_date.isoformat()}"
        yield "Parties: " + ", ".join(sorted(self._name(each) for each in one.parties))
        yield "For: " + "; ".join(PURPOSES[each][0] for each in sorted(one.purposes, key=_order(Purpose)))
        yield "Records: " + "; ".join(CATEGORIES[each] for each in sorted(one.categories, key=_order(SharedCategory)))
        yield "Between law enforcement and other purposes: " + ("; ".join(crossings) or "nothing crosses")
        yield f"The signed text, and what in law allows each crossing: {gap('where it lies')}"

    def _sight(self) -> Iterable[str]:
        yield (
            "Of somebody whom the agency has to do with. Referrals, plans and notifications are seen by the "
            "agencies that "
            "they are between, and by nobody else."
        )
        shown: tuple[SharedCategory, ...] = ("register", "engagement", "hub")
        yield _table(
            ("agency", "register", "street work", "hub sessions", "kinds of sealed fields, of what it may see"),
            ((one.name, *(self._of_whom(one, each) for each in shown), self._opened(one)) for one in self._agencies()),
        )

    def _of_whom(self, agency: Agency, category: SharedCategory) -> str:
        others = [one for one in self._agencies() if one.id != agency.id]
        seen = [one.name for one in others if self._sees(agency, category, one.id).permitted]
        if not seen:
            return "its own"
        return "of all" if len(seen) == len(others) else "its own, and of " + ", ".join(seen)

    def _opened(self, agency: Agency) -> str:
        opens = self._sees(agency, "support", agency.id).opens
        return ", ".join(CLASSES[one] for one in get_args(PersonalClass) if one in opens)

    def _sees(self, agency: Agency, category: SharedCategory, author: AgencyId) -> Permission:
        """What a worker of the agency may read of what another recorded of somebody who concerns both."""
        role = ROLES.get(agency.kind, "agency-worker")
        viewer = Actor(worker=WorkerId("somebody"), agency=agency.id, role=role, partnership=PartnershipId(""))
        posted = WorkerPosted(at=self.at, worker=viewer.worker, agency=agency.id, role=role)
        resource = Resource(
            category=category,
            relationship=Relationship(frozenset({agency.id, author}), first=frozenset({author})),
            parties=frozenset() if category == "register" else frozenset({author}),
        )
        return decide(Standing(viewer, governing.evolve(self.known, posted), self.at), "read", resource)


ROLES: Final[Mapping[AgencyKind, Role]] = {
    "partnership": "hub-coordinator",
    "police": "constable",
    "town-council": "council-officer",
    "district-council": "council-officer",
}
"""The role in which an agency of a kind mostly works."""

PREFACE: Final = (
    "Written by `hub privacy` from what is configured: the agencies, their agreements and the rules that decide. "
    f"What no program can know is marked like this: {gap('what is missing')}. It is a draft until somebody who "
    "answers for it has read it and filled these in."
)


def _fields(category: Category, kind: PersonalClass) -> set[str]:
    """The names of the sealed fields of a kind, in the records of a category."""
    return {
        _words(name)
        for fact in CATALOGUE.values()
        if category_of(fact) == category
        for name, mark in declared(fact).personal.items()
        if mark.personal_class == kind
    }


def _order(codes: object) -> Callable[[str], int]:
    """Sorts codes as their list has them."""
    return get_args(codes).index


def _words(code: str) -> str:
    return code.replace("-", " ").replace("_", " ")


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _list(*items: str) -> str:
    return "\n".join(f"- {one}" for one in items)


def _text(parts: Iterable[str]) -> str:
    return "\n\n".join(parts) + "\n"
