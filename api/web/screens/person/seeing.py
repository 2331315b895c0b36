"""Who can see a record and why, what a withdrawal would change, and who outside was told, or was not."""

from typing import Final
from urllib.parse import quote

from api.serving import Answer
from api.web.forms import Form
from api.web.routes import AnyScreen, screen
from api.web.screens.person.overview import whom_to_ask
from api.web.sign_in import local
from api.web.visit import BACK, Visit
from api.web.wording import act
from application.readings.people import PersonPage
from domain.ids import ConsentId, PersonId
from domain.people.consenting import WithdrawConsent
from domain.refusals import NotPermitted, Unknown


async def _seen(visit: Visit) -> PersonPage | None:
    """The person, as far as the viewer may see them at all."""
    try:
        return await visit.hub.readings.people.person(visit.viewer, PersonId(visit.ids["person"]))
    except (Unknown, NotPermitted):
        return None


def _path(visit: Visit) -> str:
    return f"/people/{quote(visit.ids['person'], safe='')}"


async def why(visit: Visit) -> Answer:
    """For each part of a record whether the viewer sees what others recorded, by which rules and agreements."""
    found = await visit.hub.readings.oversight.why(visit.viewer, PersonId(visit.ids["person"]))
    seen = await _seen(visit)
    return await visit.page(
        "person/why.html",
        why=found,
        path=_path(visit),
        opened=seen is not None,
        subject=seen.shown if seen else None,
        hidden=whom_to_ask((seen.shown,)) if seen else (),
        agencies=await visit.agencies(),
        back=f"{_path(visit)}/sharing" if seen else "/people/search",
        searches=await visit.may("search", "register"),
    )


async def disclosures(visit: Visit) -> Answer:
    """What the viewer's agency decided to tell somebody outside, or not to, the latest first."""
    found = await visit.hub.readings.oversight.disclosures(visit.viewer, PersonId(visit.ids["person"]))
    seen = await _seen(visit)
    return await visit.page(
        "person/disclosures.html",
        disclosures=found[::-1],
        path=_path(visit),
        subject=seen.shown if seen else None,
        names=await visit.agency_names(),
        decides=seen is not None and await visit.may("write", "disclosure"),
    )


async def withdraw(visit: Visit) -> Answer:
    """What would follow from a withdrawal, and the form that records it."""
    return await _withdraw_page(visit, visit.form(WithdrawConsent))


async def withdrawn(visit: Visit) -> Answer:
    """It is recorded."""
    done = await visit.give(WithdrawConsent)
    if isinstance(done, Form):
        return await _withdraw_page(visit, done)
    return visit.go(_back(visit), decided=done, done=act(WithdrawConsent).heading)


def _back(visit: Visit) -> str:
    return local(visit.query.get(BACK) or visit.sent.one(BACK) or f"{_path(visit)}/sharing")


async def _withdraw_page(visit: Visit, form: Form) -> Answer:
    effect = await visit.hub.readings.consents.withdrawal(visit.viewer, ConsentId(visit.ids["consent"]))
    if effect.person != visit.ids["person"]:
        raise Unknown
    seen = await _seen(visit)
    return await visit.page(
        "person/withdraw.html",
        form=form,
        effect=effect,
        names=await visit.agency_names(),
        words=act(WithdrawConsent),
        action=visit.call.path,
        back=_back(visit),
        subject=seen.shown if seen else None,
    )


SCREENS: Final[tuple[AnyScreen, ...]] = (
    screen("/people/{person}/why", why),
    screen("/people/{person}/disclosures", disclosures),
    screen("/people/{person}/consents/{consent}/withdraw", withdraw, BACK, act=withdrawn),
)
