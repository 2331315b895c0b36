"""Every reading, by what it is of: what a viewer may see, decided by the policy and entered in the access ledger."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Self, get_type_hints

from application.access import Account
from application.readings.access_packs import AccessPacks
from application.readings.administration import Administration
from application.readings.caseload import Caseloads
from application.readings.consents import Consents
from application.readings.decisions import Decisions
from application.readings.duplicates import Duplicates
from application.readings.engagement import Engagement
from application.readings.governance import Governance
from application.readings.ground import Ground
from application.readings.hub_days import HubDays
from application.readings.keeping import Keeping
from application.readings.looking_back import LookingBack
from application.readings.merges import Merges
from application.readings.notifications import Notifications
from application.readings.other_partnerships import OtherPartnerships
from application.readings.oversight import Oversight
from application.readings.panels import Panels
from application.readings.people import People
from application.readings.plans import Plans
from application.readings.referrals import Referrals
from application.readings.registers import Registers
from application.readings.reports import Reports
from application.readings.rights import RightsOfPeople
from application.readings.scrutiny_room import ScrutinyRoom
from application.readings.searching import Searching
from application.readings.timelines import Timelines
from application.readings.trawling import Trawling
from application.snapshot import Snapshot


class Readings:
    """The readings of one installation, of one snapshot and account where they are `of` one."""

    people: People
    timelines: Timelines
    engagement: Engagement
    referrals: Referrals
    notifications: Notifications
    plans: Plans
    consents: Consents
    caseload: Caseloads
    hub_days: HubDays
    administration: Administration
    governance: Governance
    oversight: Oversight
    looking_back: LookingBack
    reports: Reports
    decisions: Decisions
    searching: Searching
    trawling: Trawling
    duplicates: Duplicates
    merges: Merges
    registers: Registers
    rights: RightsOfPeople
    access_packs: AccessPacks
    keeping: Keeping
    panels: Panels
    scrutiny_room: ScrutinyRoom
    other_partnerships: OtherPartnerships

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        for name, subject in SUBJECTS.items():
            setattr(self, name, subject(ground))

    def of(self, snapshot: Snapshot) -> Self:
        """The same readings, all of them of one snapshot and entered into its account."""
        return type(self)(self._ground.of(snapshot))

    def entered_in(self, account: Account) -> Self:
        """The same readings, entered into an account."""
        return type(self)(self._ground.entered_in(account))


SUBJECTS: Final[Mapping[str, Callable[[Ground], Any]]] = get_type_hints(Readings)


def subject_of(reading: Callable[..., Any]) -> str | None:
    """Among which readings a function is found; None where it is none of them."""
    return next((name for name, one in SUBJECTS.items() if vars(one).get(reading.__name__) is reading), None)
