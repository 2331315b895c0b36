"""The person's own page: where they stand and why, what they were offered, who may know what, what they can ask for."""

import msgspec

from api.web import wording
from api.web.paper.known import Known
from api.web.paper.parts import Phone, Sheet, Visit, phones, sheet, visit_of
from api.web.paper.sharing import SharingPaper, sharing_paper
from api.web.paper.standing import StandingPaper, standing_paper


class OwnPaper(msgspec.Struct, frozen=True, kw_only=True):
    """All of it on one page; `standing` is None for who never was on a ladder."""

    sheet: Sheet
    standing: StandingPaper | None
    offered: tuple[str, ...]
    sharing: SharingPaper
    visit: Visit | None
    phones: tuple[Phone, ...]


def own_paper(known: Known) -> OwnPaper:
    """What the viewer may see of it."""
    newest = max(known.episodes, key=lambda one: (one.row.closed_at is None, one.row.opened_at), default=None)
    referrals = sorted((one.row for one in known.referrals if one.row.sent_at), key=lambda one: str(one.sent_at))
    agencies = [one.to_agency for one in referrals]
    return OwnPaper(
        sheet=sheet(known.around, known.page.shown.row.reference),
        standing=standing_paper(known, newest.row.episode) if newest else None,
        offered=tuple(f"{wording.label('need', one.need)} ({known.around.name(one.to_agency)})" for one in referrals),
        sharing=sharing_paper(known),
        visit=visit_of(known),
        phones=phones(known.around, *agencies),
    )
