"""The letter that asks an agency without a log-in for help, and the message that announces it.

The letter holds the minimum core of the referral as the sender sees it. The message, which may go by an open channel,
says nothing of the person.
"""

import msgspec

from api.web import wording
from api.web.paper.known import Around
from api.web.paper.parts import Phone, Sheet, born_words, on, phone, sheet
from api.web.translating import N_, gettext
from application.readings.people import PersonPage
from application.revealing import Shown
from application.views.inbox import ReferralRow
from application.views.services import AgencyRow
from domain.refusals import Unknown


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the letter's table."""

    name: str
    said: str


class LetterPaper(msgspec.Struct, frozen=True, kw_only=True):
    """A referral by letter; `message` announces it without a word about the person."""

    sheet: Sheet
    to_name: str
    to_phone: str | None
    signs_in: bool
    sender: Phone
    service: str
    need: str
    number: str
    sent: str | None
    due: str | None
    facts: tuple[Fact, ...]
    reason: str | None
    health_reason: str | None
    question: str | None
    information: str | None
    message: tuple[str, ...]


CODED = {
    "urgency": "urgency",
    "children": "children",
    "accommodation_tonight": "accommodation",
    "id_held": "yes-no-unknown",
    "gp_registered": "yes-no-unknown",
}
"""Core fields that hold codes, and the lists they take them from."""
CORE = (
    "urgency",
    "contact",
    "not_to_talk_to",
    "household",
    "children",
    "accommodation_tonight",
    "id_held",
    "gp_registered",
)
ALLOWED = {"may_post": N_("Letters may be sent"), "may_leave_message": N_("Messages may be left")}


def letter_paper(around: Around, referral: Shown[ReferralRow], page: PersonPage, service: str) -> LetterPaper:
    """The letter of a referral that was sent. Raises Unknown for a draft: nobody is asked anything yet."""
    row = referral.row
    asked: AgencyRow | None = around.agencies.get(row.to_agency) if row.to_agency else None
    if asked is None or row.sent_at is None:
        raise Unknown
    sender = phone(around, row.from_agency)
    assert sender is not None
    number = f"{page.shown.row.reference}/{row.referral[:8]}"
    due = wording.day(row.answer_due) if row.answer_due else None
    return LetterPaper(
        sheet=sheet(around, page.shown.row.reference),
        to_name=asked.name,
        to_phone=asked.phone,
        signs_in=asked.logs_in,
        sender=sender,
        service=service,
        need=wording.label("need", row.need),
        number=number,
        sent=on(row.sent_at),
        due=due,
        facts=(*_who(page), *_core(row)),
        reason=_text(row.reason),
        health_reason=_text(row.health_reason),
        question=_text(row.question),
        information=_text(row.information),
        message=_message(asked.name, sender, number, due),
    )


def _who(page: PersonPage) -> tuple[Fact, ...]:
    row = page.shown.row
    called = " ".join(one for one in (_text(row.given_name), _text(row.family_name)) if one) or _text(row.nickname)
    born = born_words(row.born)
    facts = [Fact(name=gettext("Name"), said=called or gettext("No name is known"))]
    if born:
        facts.append(Fact(name=wording.field("born").label, said=born))
    return tuple(facts)


def _core(row: ReferralRow) -> tuple[Fact, ...]:
    facts = []
    if row.language:
        facts.append(Fact(name=wording.field("language").label, said=wording.language_name(row.language)))
    for name in CORE:
        value = getattr(row, name)
        if isinstance(value, str):
            said = wording.label(CODED[name], value) if name in CODED else value
            facts.append(Fact(name=wording.field(name).label, said=said))
    for name, words in ALLOWED.items():
        allowed = getattr(row, name)
        if allowed is not None:
            facts.append(Fact(name=gettext(words), said=gettext("Yes") if allowed else gettext("No")))
    return tuple(facts)


def _message(to_name: str, sender: Phone, number: str, due: str | None) -> tuple[str, ...]:
    lines = [
        gettext("To {agency}").format(agency=to_name),
        gettext("{agency} has a referral for you. Its number is {number}.").format(agency=sender.name, number=number),
        gettext("Please answer by {day}.").format(day=due) if due else "",
        gettext("To receive it, phone {number}.").format(number=sender.number) if sender.number else "",
        gettext("Do not reply with anything about the person: this message is not secure."),
    ]
    return tuple(line for line in lines if line)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
