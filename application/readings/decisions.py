"""What did they know: for a decision about somebody, exactly what it was made on, and who could see it then.

The rules of a decision use more than its worker may see: that a service is full, that somebody is kept apart. So a line
says of each whether the worker could see it when they decided, by the sharing policy on what held then. All of it is
cut to what the viewer may see now; the rest is counted.
"""

from collections import Counter

import msgspec

from application.ports import Decision, log_of
from application.readings.asked import Asked
from application.readings.ground import Ground
from application.readings.moments import Moment, opened_lines, permitted_lines
from application.readings.paging import OF_ONE_PERSON
from application.redeciding import Redecided, Redeciding, actor_of
from application.views.timeline import TimelineRow, persons_of
from domain.actors import Actor, Role
from domain.facts import Fact, Instant
from domain.governance import sharing
from domain.governance.partnership import partnership
from domain.governance.sharing import Resource, Standing
from domain.ids import AgencyId, PersonId, WorkerId
from domain.people import consent
from domain.refusals import Unknown, found


class KnownThen(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that was known, and whether whoever decided could see it then."""

    moment: Moment
    seen_then: bool


class DecisionShown(msgspec.Struct, frozen=True, kw_only=True):
    """A decision about somebody, and what it was made on.

    `added` are the lines that it added, `known` those about this person that it was made on, in the order in which
    things happened. `withheld` counts those of them that the viewer may not see. `about_others` counts facts about
    other people, who are not named here; `about_nobody` those about agencies, services and rules, by type.
    """

    position: int
    command: str
    decided_at: Instant
    worker: WorkerId
    agency: AgencyId
    role: Role
    policy: str
    code: str
    added: tuple[Moment, ...]
    known: tuple[KnownThen, ...]
    withheld: int
    about_others: int
    about_nobody: dict[str, int]
    again: Redecided


class Decisions(msgspec.Struct, frozen=True):
    """Lays out decisions."""

    ground: Ground

    async def decision(
        self, viewer: Actor, person: PersonId, position: str, *, after: int | None = None
    ) -> DecisionShown:
        """The decision that added the line of a person's timeline that stands at a position of the log.

        Raises: NotPermitted; Unknown for a line that the viewer may not see, or that is not this person's.
        """
        at = int(position) if position.isascii() and position.isdecimal() else 0
        async with self.ground.of_person(viewer, "register", person, after, None) as asked:
            await asked.permit(asked.entry)
            lines, _ = await permitted_lines(asked, None, None, OF_ONE_PERSON, newest_first=False)
            if all(row.position != at for row, _ in lines):
                raise Unknown
            case = log_of(viewer.partnership)
            redeciding = Redeciding(self.ground.log, self.ground.codec, self.ground.unsealer, case)
            decision = found(await redeciding.at(at))
            added = await redeciding.added(decision)
            known = await redeciding.known(decision)
            of_added = [one for one in lines if one[0].position in added]
            of_known = [one for one in lines if one[0].position in known]
            seen = await self._seen_then(redeciding, decision, asked, [row for row, _ in of_known])
            again = found(await redeciding.one(at))
            ours = sum(1 for fact in known.values() if set(persons_of(type(fact))(fact)) & set(asked.people))
            return DecisionShown(
                position=decision.envelope.position,
                command=decision.command,
                decided_at=decision.envelope.recorded,
                worker=decision.envelope.actor,
                agency=decision.envelope.agency,
                role=decision.envelope.role,
                policy=decision.policy,
                code=decision.code,
                added=tuple(opened_lines(self.ground.unsealer, asked, of_added)),
                known=tuple(
                    KnownThen(moment=moment, seen_then=visible)
                    for moment, visible in zip(opened_lines(self.ground.unsealer, asked, of_known), seen, strict=True)
                ),
                withheld=max(0, ours - len(of_known)),
                about_others=sum(1 for fact in known.values() if _of_others(fact, asked.people)),
                about_nobody=dict(Counter(one.fact_type for one in known.values() if not persons_of(type(one))(one))),
                again=again,
            )

    async def _seen_then(
        self, redeciding: Redeciding, decision: Decision, asked: Asked, rows: list[TimelineRow]
    ) -> list[bool]:
        """Of each line, whether whoever decided could see it then, in any of the person's records."""
        by = actor_of(decision.envelope)
        then = Standing(by, await redeciding.then(decision, partnership()), decision.envelope.recorded)
        sights = [
            (
                await redeciding.then(decision, sharing.relationship(person)),
                (await redeciding.then(decision, consent.bases(person))).standing_of(by.agency, then.at),
            )
            for person in asked.people
        ]

        def could_see(row: TimelineRow) -> bool:
            authors = frozenset({row.agency})
            for relationship, basis in sights:
                resource = Resource(
                    category=row.category,
                    relationship=relationship,
                    parties=row.parties,
                    authors=authors,
                    basis=basis,
                )
                permission = sharing.decide(then, "read", resource)
                if permission.permitted and not permission.by_name:
                    return True
            return False

        return [could_see(row) for row in rows]


def _of_others(fact: Fact, people: tuple[PersonId, ...]) -> bool:
    about = set(persons_of(type(fact))(fact))
    return bool(about) and not about & set(people)
