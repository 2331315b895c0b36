"""Decisions about people's rights: what keeps a record, how long it is kept, and erasing a human with all records."""

from application.deciding import Know, decides
from application.people import the_person
from application.permitting import permit, permit_person
from application.relating import unsettled
from domain.actors import Actor
from domain.facts import Facts, Instant
from domain.governance.scope import SEES_TO_RIGHTS
from domain.governance.sharing import Resource
from domain.ids import PersonId
from domain.people.erased import PersonErased, erased
from domain.people.person import Person, going_on
from domain.refusals import NotPermitted
from domain.rights import erasure, legal_hold, open_matters, retention
from domain.rights.legal_hold import Hold


async def _sees_to(know: Know, by: Actor, person: PersonId) -> None:
    """Whether somebody decides about this person's record. Raises: as `permit`."""
    await permit_person(know, by, "write", "rights", person)
    if by.role not in SEES_TO_RIGHTS | {"system"}:
        raise NotPermitted(role=by.role, category="rights", action="write")


async def _of_rights(know: Know, by: Actor, person: PersonId) -> Person:
    """The human who goes on, for somebody who decides about their record."""
    await _sees_to(know, by, person)
    if await know(erased(person)) is not None:
        raise PersonErased
    return going_on(await the_person(know, person))


async def holds_of(know: Know, records: frozenset[PersonId]) -> tuple[Hold, ...]:
    """The holds on any record of a human, those that were lifted too; the first first."""
    found = [hold for one in sorted(records) for hold in (await know(legal_hold.holds(one))).values()]
    return tuple(sorted(found, key=lambda one: (one.placed_at, one.id)))


async def open_of(know: Know, records: frozenset[PersonId], at: Instant) -> frozenset[str]:
    """What has not ended of a human, under any of their records."""
    found: set[str] = set()
    for one in sorted(records):
        found |= (await know(open_matters.open_matters(one))).at(at)
        if await unsettled(know, one):
            found.add(f"whose:{one}")
    return frozenset(found)


async def retention_of(know: Know, records: frozenset[PersonId]) -> retention.Retention:
    """How long a human's records are kept: by the last thing that happened under any of them."""
    known = retention.Retention()
    for one in sorted(records):
        known |= await know(retention.retention(one))
    return known


@decides(legal_hold.PlaceLegalHold)
async def place_legal_hold(know: Know, command: legal_hold.PlaceLegalHold, by: Actor) -> Facts:
    """Whoever sees to the person's rights keeps the record that goes on."""
    known = await _of_rights(know, by, command.person)
    return legal_hold.place(command, by, known.id, await know(legal_hold.holds(known.id)))


@decides(legal_hold.KeepLegalHold)
async def keep_legal_hold(know: Know, command: legal_hold.KeepLegalHold, by: Actor) -> Facts:
    """A hold is kept under the record it was placed on."""
    await _sees_to(know, by, command.person)
    return legal_hold.keep(command, by, await know(legal_hold.holds(command.person)))


@decides(legal_hold.LiftLegalHold)
async def lift_legal_hold(know: Know, command: legal_hold.LiftLegalHold, by: Actor) -> Facts:
    """A hold is lifted from the record it was placed on."""
    await _sees_to(know, by, command.person)
    return legal_hold.lift(command, by, await know(legal_hold.holds(command.person)))


async def _erasing(know: Know, by: Actor, person: PersonId, at: Instant) -> erasure.Known:
    """A human who may be erased."""
    known = await _of_rights(know, by, person)
    holds = tuple(one for one in await holds_of(know, known.ids) if one.lifted_at is None)
    return erasure.Known(
        person=known.id,
        records=known.ids,
        holds=holds,
        open=await open_of(know, known.ids, at),
        erasures=await know(erasure.erasures_of(known.id)),
    )


@decides(erasure.ProposeErasure)
async def propose_erasure(know: Know, command: erasure.ProposeErasure, by: Actor) -> Facts:
    """It is proposed under the record that goes on, for all that were merged into it."""
    return erasure.propose(command, by, await _erasing(know, by, command.person, know.now))


@decides(erasure.OrderErasure)
async def order_erasure(know: Know, command: erasure.OrderErasure, by: Actor) -> Facts:
    """Judged anew: by holds, records and open matters as they are now."""
    return erasure.order(command, by, await _erasing(know, by, command.person, know.now))


@decides(erasure.DeclineErasure)
async def decline_erasure(know: Know, command: erasure.DeclineErasure, by: Actor) -> Facts:
    """Declining needs nothing but the proposal."""
    await _sees_to(know, by, command.person)
    known = await know(erasure.erasures_of(command.person))
    return erasure.decline(command, by, known)


@decides(erasure.CompleteErasure)
async def complete_erasure(know: Know, command: erasure.CompleteErasure, by: Actor) -> Facts:
    """The system, once the keys of a record are destroyed."""
    await permit(know, by, "write", Resource(category="rights", of_person=False))
    return erasure.complete(command, by, await know(erasure.erasures_of(command.person)))


@decides(retention.RemindOfRetention)
async def remind_of_retention(know: Know, command: retention.RemindOfRetention, by: Actor) -> Facts:
    """Of a record that goes on, while it is not erased."""
    await permit(know, by, "write", Resource(category="rights", of_person=False))
    known = await the_person(know, command.person)
    if known.merged_into is not None or await know(erased(known.id)) is not None:
        return ()
    return retention.remind(command, by, await retention_of(know, known.ids))


@decides(retention.KeepRecord)
async def keep_record(know: Know, command: retention.KeepRecord, by: Actor) -> Facts:
    """Whoever sees to the person's rights keeps the record that goes on."""
    known = await _of_rights(know, by, command.person)
    return retention.keep(command, by, await retention_of(know, known.ids))
