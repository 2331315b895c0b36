"""The hub card: where and when the hub is, what there is, and the reference. It carries no name."""

import msgspec

from api.web import wording
from api.web.paper.known import Known
from api.web.paper.parts import Phone, Sheet, Visit, phones, sheet, visit_of


class HubCard(msgspec.Struct, frozen=True, kw_only=True):
    """A small card to keep in a pocket."""

    sheet: Sheet
    visit: Visit | None
    needs: tuple[str, ...]
    phones: tuple[Phone, ...]


def hub_card(known: Known) -> HubCard:
    """The card for a person: with what the next session has, or else what the partnership has."""
    visit = visit_of(known)
    offered = dict.fromkeys(need for needs in known.around.needs.values() for need in needs)
    everything = tuple(wording.label("need", need) for need in offered)
    return HubCard(
        sheet=sheet(known.around, known.page.shown.row.reference),
        visit=visit,
        needs=(visit.needs if visit else ()) or everything,
        phones=phones(known.around),
    )
