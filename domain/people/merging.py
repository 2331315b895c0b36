"""Saying that two records are one human: two people decide, and it can always be undone."""

from typing import Annotated

from domain.facts import Command, Fact, IdentityText, Personal, Slug, Text
from domain.ids import AgencyId, MergeId, PersonId, WorkerId


class MergeProposed(Fact, type="merge-proposed", version=1, tags=("person", "person:{other}", "merge")):
    """Somebody thinks that two records are one human: `other` would go on under `person`."""

    merge: MergeId
    person: PersonId
    other: PersonId
    by_agency: AgencyId
    by_worker: WorkerId
    reason: IdentityText = None


class MergeRefused(Fact, type="merge-refused", version=1, tags=("person", "person:{other}", "merge")):
    """A second worker thinks that they are two humans."""

    merge: MergeId
    person: PersonId
    other: PersonId
    by_agency: AgencyId


class ProposeMerge(Command):
    """Propose that two records are one human; `other` would go on under `person`."""

    merge: Annotated[MergeId, Slug]
    person: PersonId
    other: PersonId
    reason: Annotated[Text, Personal("identity")]


class DecideMerge(Command):
    """Agree to a proposed merge, or refuse it. Never by the worker who proposed it."""

    merge: MergeId
    agree: bool


class UnmergePersons(Command):
    """Undo a merge: they are two humans after all."""

    merge: MergeId
    reason: Annotated[Text, Personal("identity")]
