"""What the agencies agreed to share: the agreements, what stops when one ends, and where a reason has to be typed."""

from typing import Final

from api.serving import Answer
from api.web.forms import Form
from api.web.routes import AnyScreen, screen
from api.web.screens.administration import may, part_page
from api.web.visit import Visit
from api.web.wording import act
from application.readings.governance import AgreementShown
from domain.calendar import civil_date
from domain.governance.agreement import EndAgreement, stops
from domain.governance.between import between
from domain.ids import AgreementId
from domain.refusals import NotPermitted

PATH: Final = "/administration/agreements"


async def agreements(visit: Visit) -> Answer:
    """All agreements, those that hold first."""
    known = (await visit.hub.readings.governance.agreements(visit.viewer)).items
    profile = await visit.hub.readings.governance.legal_profile(visit.viewer)
    return await part_page(
        visit,
        "administration_agreements.html",
        "agreements",
        agreements=sorted(known, key=lambda one: not one.live),
        justified=profile.justified,
        limits=(await visit.partnership()).search_limits,
        between=(await visit.hub.readings.governance.partnership_agreements(visit.viewer)).items,
        both=await visit.hub.enquiring.agreed(visit.viewer.partnership, await visit.snapshot.know(between())),
        names=await visit.agency_names(),
        today=civil_date(visit.hub.clock.now()),
        may=await may(visit),
    )


async def agreement(visit: Visit) -> Answer:
    """One agreement: between whom, to what ends, of what, and until when."""
    shown = await visit.hub.readings.governance.agreement(visit.viewer, AgreementId(visit.ids["agreement"]))
    return await part_page(
        visit,
        "administration_agreement.html",
        "agreements",
        shown=shown,
        agreement=shown.agreement,
        names=await visit.agency_names(),
        today=civil_date(visit.hub.clock.now()),
        may=await may(visit),
    )


async def end(visit: Visit) -> Answer:
    """What stops at once if it ends, and the form that ends it."""
    shown = await _ending(visit)
    return await _end_page(visit, shown, visit.form(EndAgreement))


async def ended(visit: Visit) -> Answer:
    """It ends."""
    shown = await _ending(visit)
    done = await visit.give(EndAgreement)
    if isinstance(done, Form):
        return await _end_page(visit, shown, done)
    return visit.go(f"/agreements/{shown.agreement.id}", decided=done, done=act(EndAgreement).heading)


async def _ending(visit: Visit) -> AgreementShown:
    if not await may(visit):
        raise NotPermitted
    return await visit.hub.readings.governance.agreement(visit.viewer, AgreementId(visit.ids["agreement"]))


async def _end_page(visit: Visit, shown: AgreementShown, form: Form) -> Answer:
    known = (await visit.partnership()).agreements
    lost = stops(shown.agreement, known, visit.hub.clock.now()) if shown.live else ()
    return await part_page(
        visit,
        "administration_agreement_end.html",
        "agreements",
        form=form,
        shown=shown,
        agreement=shown.agreement,
        lost=lost,
        names=await visit.agency_names(),
        words=act(EndAgreement),
    )


SCREENS: Final[tuple[AnyScreen, ...]] = (
    screen(PATH, agreements),
    screen("/agreements/{agreement}", agreement),
    screen("/agreements/{agreement}/end", end, "back", act=ended),
)
