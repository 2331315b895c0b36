"""Other partnerships and a person: whether they know them, handing them over, and what came along from elsewhere."""

from collections.abc import Mapping
from typing import Any, Final, get_args
from urllib.parse import quote

from api.problems import Problem
from api.serving import Answer
from api.v1.between import EnquiryBody, TransferBody, enquire, hand_over
from api.web import forms
from api.web.forms import Form, Options
from api.web.frame_words import partnership_words
from api.web.routes import AnyScreen, screen
from api.web.telling import came_along
from api.web.translating import gettext
from api.web.visit import Visit
from api.web.wording import act, label
from application.readings.people import PersonPage
from domain.governance.between import Between, between
from domain.governance.scope import Purpose, SharedCategory
from domain.ids import PersonId, TransferId
from domain.refusals import NotPermitted


def _path(visit: Visit) -> str:
    return f"/people/{quote(visit.ids['person'], safe='')}"


async def _person(visit: Visit) -> PersonPage:
    """The person, for who may write of them. Raises: NotPermitted, Unknown."""
    if not await visit.may("write", "register"):
        raise NotPermitted
    return await visit.hub.readings.people.person(visit.viewer, PersonId(visit.ids["person"]))


async def _agreed(visit: Visit) -> Between:
    """What both sides hold to now."""
    return await visit.hub.enquiring.agreed(visit.viewer.partnership, await visit.snapshot.know(between()))


def _options(agreed: Between, *, with_records: bool = False) -> Mapping[str, Options]:
    """Who can be asked, to which ends, and what could go along."""
    known = [one for one in agreed.values() if "register" in one.categories or not with_records]
    partners = sorted({one.partner for one in known}, key=partnership_words)
    purposes = {each for one in known for each in one.purposes}
    categories = {each for one in known for each in one.categories}
    return {
        "partner": [(one, partnership_words(one)) for one in partners],
        "purpose": [(one, label("purpose", one)) for one in get_args(Purpose) if one in purposes],
        "categories": [(one, label("record-category", one)) for one in get_args(SharedCategory) if one in categories],
    }


def _only(options: Mapping[str, Options]) -> dict[str, Any]:
    """The one partnership or purpose that there is, chosen already."""
    return {name: given[0][0] for name, given in options.items() if name != "categories" and len(given) == 1}


async def ask(visit: Visit) -> Answer:
    """Who can be asked whether they know the person, under which rule, and what was asked before."""
    return await _ask_page(visit)


async def asked(visit: Visit) -> Answer:
    """They are asked; the answer stands on the page that follows."""
    row = (await _person(visit)).shown.row
    filled = forms.fill(EnquiryBody, visit.sent, options=_options(await _agreed(visit)))
    if not isinstance(filled.body, EnquiryBody):
        return await _ask_page(visit, Form(filled.fields, filled.errors))
    await visit.snapshot.let_go()
    found = await visit.tried(enquire(visit.hub, visit.viewer, row, filled.body, visit.key_of_act("ask-elsewhere")))
    if isinstance(found, Problem):
        return await _ask_page(visit, Form(filled.fields, problem=found))
    name = partnership_words(found.partner)
    return visit.go(f"{_path(visit)}/elsewhere", done=gettext("%(name)s has answered.") % {"name": name})


async def _ask_page(visit: Visit, form: Form | None = None) -> Answer:
    page = await _person(visit)
    agreed = await _agreed(visit)
    options = _options(agreed)
    return await visit.page(
        "person/elsewhere.html",
        form=form or Form(forms.fields_of(EnquiryBody, options=options, known=_only(options))),
        subject=page.shown,
        path=_path(visit),
        agreements=sorted(agreed.values(), key=lambda one: one.name),
        asked=await visit.hub.readings.other_partnerships.enquiries(visit.viewer, page.shown.row.person),
        words=act("ask_elsewhere"),
    )


async def offer(visit: Visit) -> Answer:
    """To whom a person can be handed over, and the offers that were made."""
    return await _offer_page(visit)


async def offered(visit: Visit) -> Answer:
    """It is offered."""
    row = (await _person(visit)).shown.row
    filled = forms.fill(TransferBody, visit.sent, options=_options(await _agreed(visit), with_records=True))
    if not isinstance(filled.body, TransferBody):
        return await _offer_page(visit, Form(filled.fields, filled.errors))
    await visit.snapshot.let_go()
    done = await visit.tried(hand_over(visit.hub, visit.viewer, row, filled.body, visit.key_of_act("offer-transfer")))
    if isinstance(done, Problem):
        return await _offer_page(visit, Form(filled.fields, problem=done))
    _, decided = done
    words = gettext("The person is offered. Who it is, is told to whoever accepts.")
    return visit.go(f"{_path(visit)}/transfer", decided=decided, done=words)


async def withdrawn(visit: Visit) -> Answer:
    """An offer is taken back."""
    await _person(visit)
    await visit.snapshot.let_go()
    done = await visit.tried(visit.hub.transferring.withdraw(visit.viewer, TransferId(visit.ids["transfer"])))
    if isinstance(done, Problem):
        return await _offer_page(visit, problem=done)
    return visit.go(f"{_path(visit)}/transfer", decided=done, done=gettext("The offer is taken back."))


async def _offer_page(visit: Visit, form: Form | None = None, problem: Problem | None = None) -> Answer:
    page = await _person(visit)
    agreed = await _agreed(visit)
    options = _options(agreed, with_records=True)
    known = _only(options) | {"categories": ("register",)}
    blank = Form(forms.fields_of(TransferBody, options=options, known=known), problem=problem)
    return await visit.page(
        "person/transfer.html",
        form=form or blank,
        subject=page.shown,
        path=_path(visit),
        possible=bool(options["partner"]),
        transfers=await visit.hub.readings.other_partnerships.transfers(visit.viewer, page.shown.row.person),
        words=act("offer_transfer"),
    )


async def history(visit: Visit) -> Answer:
    """What came along with a person from another partnership."""
    person = PersonId(visit.ids["person"])
    page = await visit.hub.readings.people.person(visit.viewer, person)
    moments = await visit.hub.readings.other_partnerships.history(visit.viewer, person)
    return await visit.page(
        "person/history.html",
        subject=page.shown,
        path=_path(visit),
        lines=[(one, *came_along(one)) for one in moments],
    )


SCREENS: Final[tuple[AnyScreen, ...]] = (
    screen("/people/{person}/elsewhere", ask, act=asked),
    screen("/people/{person}/transfer", offer, act=offered),
    screen("/people/{person}/transfer/{transfer}/withdraw", act=withdrawn),
    screen("/people/{person}/history", history),
)
