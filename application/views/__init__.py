"""Everything that is folded for looking at."""

from typing import Final

from application.ports import Recorded
from application.views.actions_due import ACTIONS_DUE
from application.views.consents import BASES, CONSENTS
from application.views.counted import ARRIVALS_COUNTED, REFERRALS_COUNTED
from application.views.duty import NOTIFICATIONS
from application.views.episodes import ENCOUNTERS, EPISODES, INSTRUMENTS, RESTRICTIONS
from application.views.hub_day import ARRIVALS, SESSIONS
from application.views.inbox import REFERRALS
from application.views.luscombe_report import ANONYMOUS, LUSCOMBE
from application.views.oversight import BREAK_GLASSES, DISCLOSURES
from application.views.pairs import PAIRS
from application.views.people import MERGES, PEOPLE
from application.views.plans import PLANS
from application.views.retention import RETENTION
from application.views.services import AGENCIES, LADDERS, POWERS, SERVICES
from application.views.timeline import TIMELINE
from application.views.view import AnyView, Place, Rows, View, Views

__all__ = ["VIEWS", "AnyView", "Place", "Rows", "View", "Views", "project"]

VIEWS: Final = Views(
    PEOPLE,
    MERGES,
    PAIRS,
    TIMELINE,
    CONSENTS,
    BASES,
    REFERRALS,
    NOTIFICATIONS,
    PLANS,
    ACTIONS_DUE,
    SESSIONS,
    ARRIVALS,
    ENCOUNTERS,
    EPISODES,
    INSTRUMENTS,
    RESTRICTIONS,
    SERVICES,
    AGENCIES,
    LADDERS,
    POWERS,
    LUSCOMBE,
    ANONYMOUS,
    REFERRALS_COUNTED,
    ARRIVALS_COUNTED,
    BREAK_GLASSES,
    DISCLOSURES,
    RETENTION,
)


def project(rows: Rows, recorded: Recorded) -> None:
    """Bring the rows of all views forward by a fact."""
    VIEWS.project(rows, recorded)
