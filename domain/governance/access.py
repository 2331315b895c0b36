"""Who looked at whom, to what end and under which rule: what the access ledger of a partnership holds (ADR 0022).

Consultation, disclosure and combination are each logged (Data Protection Act 2018 s.62): one entry for each answer that
carried personal data, and one for each that was denied. When, who, of which agency, in which role and to what end stand
in the entry's envelope. An entry names people by their ids alone: nothing personal stands open in it.
"""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

import msgspec

from domain.actors import Role
from domain.codes import AgencyKind
from domain.facts import Fact, Personal, PersonalClass, Sealed
from domain.governance.enquiry import EnquiryAnswer
from domain.governance.scope import PROTECTS_DATA, Category
from domain.ids import AgreementId, EnquiryId, PartnershipId, PersonId

Use = Literal["lawfulness", "self-monitoring", "discipline", "integrity", "criminal-proceedings"]
"""What the ledger may be read for, and nothing else (Data Protection Act 2018 s.62(4)): whether processing was lawful,
self-monitoring and discipline within an agency, integrity and security, criminal proceedings. It is no measure of work.
"""

Denial = Literal["unknown", "not-permitted"]
"""As it was answered: `unknown` is what there is not and what does not concern the agency, which are not told apart."""

PEOPLE_MAX: Final = 2_000
"""An entry names no more people than this; what shows more of them has several entries, recorded together."""


class Look(Fact):
    """What every entry says: at which address or by which command, of whom, and what of them.

    `rules` are those of the sharing policy that permitted it, `opened` the classes of personal fields that were opened,
    `masked` the fields that were there and left out. `spooled`: the ledger was down, and it was kept on a disk.
    """

    route: str
    request: str
    persons: tuple[PersonId, ...] = ()
    categories: tuple[Category, ...] = ()
    rules: tuple[str, ...] = ()
    opened: tuple[PersonalClass, ...] = ()
    masked: tuple[str, ...] = ()
    spooled: bool = False
    whose: PersonId | None = None
    justification: Annotated[str | Sealed | None, Personal("identity", of="whose")] = None


OF_PEOPLE: Final = ("person:{persons}",)


class Consulted(Look, type="consulted", version=1, tags=OF_PEOPLE):
    """Records were read."""


class Searched(Look, type="searched", version=1, tags=OF_PEOPLE):
    """People were looked for; those named were shown. By which kinds of keys, never what was typed."""

    keys: tuple[str, ...] = ()


class Exported(Look, type="exported", version=1, tags=OF_PEOPLE):
    """Records were taken out: a file, a sheet, a printed document."""

    document: str


class Disclosed(Look, type="disclosed", version=1, tags=OF_PEOPLE):
    """Records were made ready for somebody outside: a letter. A disclosure log also says to whom (s.62(2)(c)).

    `recipient` is no `AgencyId`: nobody concerns an agency for being told.
    """

    document: str
    recipient: str


class AccessDenied(Look, type="access-denied", version=1, tags=OF_PEOPLE):
    """It was asked for and not given. `asked` are the ids in the address, be there anything under them or not."""

    denial: Denial
    asked: tuple[str, ...] = ()


class LedgerRead(Look, type="ledger-read", version=1, tags=OF_PEOPLE):
    """Somebody read who has looked: reading the ledger is a look, too."""

    use: Use
    copy_for_person: bool = False


class AskedElsewhere(Look, type="asked-elsewhere", version=1, tags=OF_PEOPLE):
    """Another partnership was asked whether it knows somebody: what the question says of them left this one."""

    enquiry: EnquiryId
    agreement: AgreementId
    partner: PartnershipId


class AnsweredElsewhere(Look, type="answered-elsewhere", version=1, tags=OF_PEOPLE):
    """Another partnership asked, and was told whether somebody is known: those whom the answer is about.

    `from_agency` and `from_worker` are theirs.
    """

    enquiry: EnquiryId
    agreement: AgreementId
    partner: PartnershipId
    from_agency: str
    from_worker: str
    answer: EnquiryAnswer


LOOKS: Final[tuple[type[Look], ...]] = (
    Consulted,
    Searched,
    Exported,
    Disclosed,
    AccessDenied,
    LedgerRead,
    AskedElsewhere,
    AnsweredElsewhere,
)

PURPOSE_WORDS: Final[Mapping[str, str]] = {
    "prevention": "To prevent crime and disorder",
    "support": "To support you",
    "duty-to-refer": "To tell a housing authority that you need a home",
    "safeguarding": "To keep you or somebody else safe",
    "oversight": "To check how the partnership works",
    "administration": "To run the partnership",
    "data-protection": "To look after your data and your rights",
}
"""Why somebody looked, as the person reads it."""


class Audience(msgspec.Struct, frozen=True):
    """Whose looks somebody may read: everybody's, those of one's own agency, or one's own alone."""

    of_all: bool = False
    of_agency: bool = False


def audience(role: Role, kind: AgencyKind | None) -> Audience:
    """Each controller answers for its own workers, the body of the partnership for all; a worker sees her own looks.

    Role by role: data protection officers, privacy officers and Caldicott guardians look after the data; nobody else's
    task is to know who looked.
    """
    if role not in PROTECTS_DATA:
        return Audience()
    return Audience(of_all=kind == "partnership", of_agency=True)


def people_of(given: tuple[PersonId, ...]) -> tuple[tuple[PersonId, ...], ...]:
    """The people of one answer, in as many parts as entries are needed: one at least."""
    return tuple(given[at : at + PEOPLE_MAX] for at in range(0, max(1, len(given)), PEOPLE_MAX))
