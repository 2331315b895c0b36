"""A worker is given a post by the installation itself: for a token that somebody makes, and for the demo."""

from application.deciding import Decider
from application.ports import Clock
from domain.actors import Actor
from domain.governance.partnership import partnership
from domain.governance.staff import PostWorker
from domain.ids import AgencyId, WorkerId
from domain.refusals import Unknown


class AgencyUnknown(Unknown):
    """The partnership has no such agency."""

    code = "agency-unknown"
    rule = "A worker holds a post at an agency of the partnership."
    permitted_by = "Register the agency first."

    def __init__(self, agency: AgencyId) -> None:
        super().__init__(agency=agency)
        self.agency = agency


async def see_in_post(decider: Decider, actor: Actor, clock: Clock) -> None:
    """Give somebody the post that they act in, if they do not hold it. The system needs none.

    Raises: AgencyUnknown; Refusal.
    """
    if actor.role == "system" or actor.by_command_line:
        return
    known = await decider.know(actor.partnership)(partnership())
    if known.in_post(actor):
        return
    if actor.agency not in known.agencies:
        raise AgencyUnknown(actor.agency)
    system = Actor(
        worker=WorkerId("setup"),
        agency=AgencyId("setup"),
        role="system",
        partnership=actor.partnership,
        by_command_line=True,
    )
    command = PostWorker(at=clock.now(), worker=actor.worker, agency=actor.agency, role=actor.role, team=actor.team)
    await decider.decide(command, system)


async def acting(decider: Decider, actor: Actor) -> Actor:
    """Who somebody is by the post they hold: as it was last known here, since whatever they do asks the head."""
    if actor.role == "system":
        return actor
    return (await decider.remembered(actor.partnership, partnership())).acting(actor)
