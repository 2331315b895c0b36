"""A scrutiny panel: people from outside the agencies who look at decisions that were taken, and change none of them.

Its chair is independent, its members are lay people; each holds the post of a panel member, and therefore no other. How
much of a case they are shown, and by which grades they judge it, is the panel's own and told beforehand.
"""

from typing import Annotated, Final, Literal

import msgspec

from domain.facts import Command, Fact, Facts, Line, Slug, amended
from domain.ids import PanelId, WorkerId
from domain.refusals import AlreadyExists, NotPermitted, Unreadable, found

Redaction = Literal["coded", "worded"]
"""What a pack shows: codes, roles, districts and days before the decision; or also the words that were written of it,
cleared of names, places and numbers."""


class Grade(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A grade of a panel's scale, best first."""

    code: Annotated[str, Slug]
    label: Line


FOUR_WAY: Final = (
    Grade("appropriate", "Appropriate"),
    Grade("with-observations", "Appropriate with observations"),
    Grade("inappropriate", "Inappropriate"),
    Grade("no-conclusion", "The panel could not reach a conclusion"),
)
"""As out-of-court resolution panels grade."""
CAMBRIDGESHIRE: Final = (
    Grade("green-1", "Green 1"),
    Grade("green-2", "Green 2"),
    Grade("green-3", "Green 3"),
    Grade("amber", "Amber"),
    Grade("red", "Red"),
)

Scale = Annotated[tuple[Grade, ...], msgspec.Meta(min_length=2, max_length=12)]
Members = Annotated[frozenset[WorkerId], msgspec.Meta(min_length=2, max_length=30)]


class PanelConvened(Fact, type="panel-convened", version=1):
    """The panel looks at decisions from now on. The chair is one of the members."""

    panel: PanelId
    name: str
    chair: WorkerId
    members: frozenset[WorkerId]
    redaction: Redaction
    grades: tuple[Grade, ...]


class PanelChanged(Fact, type="panel-changed", version=1):
    """Others sit on the panel from now on."""

    panel: PanelId
    chair: WorkerId
    members: frozenset[WorkerId]
    reason: str


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """A panel as it sits."""

    id: PanelId
    name: str
    chair: WorkerId
    members: frozenset[WorkerId]
    redaction: Redaction
    grades: tuple[Grade, ...]


Panels = dict[PanelId, Panel]


def evolve(state: Panels, fact: Fact) -> Panels:
    """The panels as they sit."""
    match fact:
        case PanelConvened():
            one = Panel(
                id=fact.panel,
                name=fact.name,
                chair=fact.chair,
                members=fact.members,
                redaction=fact.redaction,
                grades=fact.grades,
            )
            return {**state, fact.panel: one}
        case PanelChanged():
            return amended(state, fact.panel, chair=fact.chair, members=fact.members)
        case _:
            return state


class ConvenePanel(Command):
    """Convene a panel: who sits on it, how much of a case it is shown, and by which grades it judges."""

    panel: Annotated[PanelId, Slug]
    name: Line
    chair: WorkerId
    members: Members
    redaction: Redaction = "coded"
    grades: Scale = FOUR_WAY


class ChangePanel(Command):
    """Say who sits on a panel from now on, and why."""

    panel: PanelId
    chair: WorkerId
    members: Members
    reason: Line


class NotIndependent(Unreadable):
    """Somebody named does not hold the post of a panel member."""

    code = "not-independent"
    rule = "A panel's members come from outside the agencies: each holds the post of a panel member, and no other."
    permitted_by = "Give them the post of a panel member first, or name somebody else."


class ScaleUnclear(Unreadable):
    """Two grades have one code."""

    code = "scale-unclear"
    rule = "Each grade of a scale has a code of its own."
    permitted_by = "Give each grade another code."


class ForTheChair(NotPermitted):
    """This is the chair's to do."""

    code = "for-the-chair"
    rule = "The panel's chair commits, draws, opens the room and concludes."
    permitted_by = "Ask the chair of the panel."


class ForMembers(NotPermitted):
    """Only who sits on the panel does this."""

    code = "for-members"
    rule = "Who sits on the panel looks at its cases and grades them; nobody else."
    permitted_by = "Ask a member of the panel."


def convene(command: ConvenePanel, known: Panels, lay: frozenset[WorkerId]) -> Facts:
    """An id names one panel for good; the same again adds nothing. `lay` are those in post as panel members."""
    _refuse_dependent(command.chair, command.members, lay)
    if len({one.code for one in command.grades}) < len(command.grades):
        raise ScaleUnclear
    fact = PanelConvened(
        at=command.at,
        panel=command.panel,
        name=command.name,
        chair=command.chair,
        members=command.members | {command.chair},
        redaction=command.redaction,
        grades=command.grades,
    )
    if command.panel in known:
        if evolve({}, fact)[command.panel] == known[command.panel]:
            return ()
        raise AlreadyExists(panel=command.panel)
    return (fact,)


def change(command: ChangePanel, known: Panels, lay: frozenset[WorkerId]) -> Facts:
    """Other people, the same panel: its scale and what it is shown stay as they were told."""
    before = found(known.get(command.panel))
    _refuse_dependent(command.chair, command.members, lay)
    fact = PanelChanged(
        at=command.at,
        panel=command.panel,
        chair=command.chair,
        members=command.members | {command.chair},
        reason=command.reason,
    )
    return () if evolve(known, fact)[command.panel] == before else (fact,)


def the_chair(known: Panel, worker: WorkerId) -> Panel:
    """The panel, for its chair. Raises: ForTheChair."""
    if worker != known.chair:
        raise ForTheChair
    return known


def a_member(known: Panel, worker: WorkerId) -> Panel:
    """The panel, for who sits on it. Raises: ForMembers."""
    if worker not in known.members:
        raise ForMembers
    return known


def _refuse_dependent(chair: WorkerId, members: frozenset[WorkerId], lay: frozenset[WorkerId]) -> None:
    strangers = (members | {chair}) - lay
    if strangers:
        raise NotIndependent(workers=sorted(strangers))
