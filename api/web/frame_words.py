"""What the frame of every page says: the parts of the site, the partnerships, and the demo's workers."""

from typing import Final

from api.web.translating import N_, gettext
from application.published.partnerships import PARTNERSHIPS
from domain.ids import PartnershipId, WorkerId

DEMO_WORKER: Final = "demo-"
THE_SYSTEM: Final = WorkerId("follow-up")
"""As whom what time does, and what was ordered, is recorded."""

_SECTIONS: Final = {
    "home": N_("Home"),
    "encounter": N_("Encounter"),
    "referrals": N_("Referrals"),
    "hub-days": N_("Hub days"),
    "work": N_("Our work"),
    "reports": N_("Reports"),
    "scrutiny": N_("Scrutiny"),
    "rights": N_("Rights"),
    "administration": N_("Administration"),
    "operations": N_("Operations"),
}
_DEMO: Final = {
    "coordinator": (
        N_("Hub coordinator"),
        N_("Run the next hub day: check people in, refer them on the spot, close the session."),
        "/hub-days",
    ),
    "administrator": (
        N_("Administrator"),
        N_("See the agencies, the services they offer and how the system is running."),
        "/administration",
    ),
    "privacy-officer": (
        N_("Data protection officer"),
        N_("Review a record that was opened in an emergency, and see who has looked."),
        "/break-glass",
    ),
    "safeguarding-lead": (
        N_("Safeguarding lead"),
        N_("See where somebody was told of a person against their refusal."),
        "/",
    ),
    "officer": (
        N_("Police officer"),
        N_("Record a street encounter on a phone, and invite the person to the hub."),
        "/encounters/new",
    ),
    "treatment-worker": (
        N_("Drug and alcohol worker"),
        N_("Answer the referrals that wait for your service."),
        "/referrals",
    ),
    "housing-officer": (N_("Housing officer"), N_("Look at what people need a home for, and answer."), "/referrals"),
    "work-coach": (
        N_("Work coach, Department for Work and Pensions"),
        N_("See who was referred to you about benefits and work."),
        "/referrals",
    ),
    "support-worker": (
        N_("Support worker, housing association"),
        N_("See who was referred to you, and who has a room."),
        "/referrals",
    ),
    "nurse": (
        N_("Nurse"),
        N_("See who needs a doctor. Whom the hub tells you of with their consent, you find by name."),
        "/referrals",
    ),
    "panel-chair": (
        N_("Chair of the scrutiny panel"),
        N_("Look at the cases in the room, give your grade, and read the report that is out."),
        "/panels",
    ),
    "lay-member": (
        N_("Lay member of the scrutiny panel"),
        N_("Look at what was known when somebody was given a ticket, and say what you think of it."),
        "/panels",
    ),
    "second-lay-member": (
        N_("Second lay member of the scrutiny panel"),
        N_("Look at the cases that nobody could choose, and grade them for yourself."),
        "/panels",
    ),
}


def section_words(section: str) -> str:
    """The name of a part of the site."""
    return gettext(_SECTIONS[section])


def partnership_words(partnership: str) -> str:
    """The name of a partnership."""
    return PARTNERSHIPS.get(PartnershipId(partnership), partnership)


def demo_words(worker: str) -> tuple[str, str, str]:
    """Who a worker of the demo is, what to do first as them, and where."""
    name, first, where = _DEMO[worker]
    return gettext(name), gettext(first), where


def worker_words(worker: str) -> str:
    """What a worker is called: one of the demo by what they do, what time does as the system, any other by their id."""
    if worker == THE_SYSTEM:
        return gettext("The system")
    known = _DEMO.get(worker.removeprefix(DEMO_WORKER))
    return gettext(known[0]) if known is not None and worker.startswith(DEMO_WORKER) else worker
