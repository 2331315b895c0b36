"""Accounts: who may sign in, as which worker of which partnership, and by what they prove who they are.

They live in one log for the whole installation, the directory. It says neither names nor secrets. An account says *who*
somebody is, and what they may do is decided in each partnership.
"""

from typing import Annotated, Final, Literal

import msgspec

from domain.facts import Command, Fact, Facts, Knowledge, Slug, knowing
from domain.ids import AccountId, CredentialId, PartnershipId, WorkerId
from domain.refusals import Conflict, Guarded, NotPermitted, found

DIRECTORY: Final = PartnershipId("directory")
"""The log of accounts takes the place of a partnership, so no partnership may have its name."""

AccountKind = Literal["person", "machine"]
CredentialKind = Literal["password", "authenticator", "passkey", "recovery-codes", "other-sign-in", "keys"]
"""What somebody knows, what they have, what is kept for a bad day; the sign-in of their agency; a machine's keys."""

SEVERAL: Final[frozenset[CredentialKind]] = frozenset({"passkey", "other-sign-in"})
"""Kinds of which an account may have several; a new one of any other kind takes the place of the one before."""


class AccountOpened(Fact, type="account-opened", version=1, tags=("account",)):
    """Somebody, or some machine, may from now on have an account here."""

    account: AccountId
    kind: AccountKind


class AccountLinked(
    Fact, type="account-linked", version=1, tags=("account", "partnership", "account-of:{partnership}|{worker}")
):
    """The account is this worker of this partnership."""

    account: AccountId
    partnership: PartnershipId
    worker: WorkerId


class AccountUnlinked(
    Fact, type="account-unlinked", version=1, tags=("account", "partnership", "account-of:{partnership}|{worker}")
):
    """The account is this worker no more: whoever left, or moved."""

    account: AccountId
    partnership: PartnershipId
    worker: WorkerId


class AccountClosed(Fact, type="account-closed", version=1, tags=("account",)):
    """The account opens nothing any more, and never will."""

    account: AccountId


class CredentialAdded(Fact, type="credential-added", version=1, tags=("account",)):
    """From now on this proves who it is."""

    account: AccountId
    credential: CredentialId
    kind: CredentialKind


class CredentialRemoved(Fact, type="credential-removed", version=1, tags=("account",)):
    """This proves nothing any more: lost, replaced, or taken away."""

    account: AccountId
    credential: CredentialId


class Link(msgspec.Struct, frozen=True, order=True):
    """As whom an account signs in where."""

    partnership: PartnershipId
    worker: WorkerId


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an account."""

    id: AccountId
    kind: AccountKind
    links: frozenset[Link] = frozenset()
    credentials: dict[CredentialId, CredentialKind] = {}
    closed: bool = False


def evolve_account(state: Account | None, fact: Fact) -> Account | None:
    """One account."""
    match fact:
        case AccountOpened():
            return Account(id=fact.account, kind=fact.kind)
        case _ if state is None:
            return None
        case AccountLinked():
            return msgspec.structs.replace(state, links=state.links | {Link(fact.partnership, fact.worker)})
        case AccountUnlinked():
            return msgspec.structs.replace(state, links=state.links - {Link(fact.partnership, fact.worker)})
        case AccountClosed():
            return msgspec.structs.replace(state, closed=True)
        case CredentialAdded():
            return msgspec.structs.replace(state, credentials={**state.credentials, fact.credential: fact.kind})
        case CredentialRemoved():
            kept = {one: kind for one, kind in state.credentials.items() if one != fact.credential}
            return msgspec.structs.replace(state, credentials=kept)
        case _:
            return state


FACTS: Final = (
    AccountOpened,
    AccountLinked,
    AccountUnlinked,
    AccountClosed,
    CredentialAdded,
    CredentialRemoved,
)
initial: Final[Account | None] = None


def account(one: AccountId) -> Knowledge[Account | None]:
    """An account, or None."""
    return knowing(initial, evolve_account, FACTS, f"account:{one}")


Members = dict[WorkerId, AccountId]


def evolve_members(state: Members, fact: Fact) -> Members:
    """The account of each worker."""
    match fact:
        case AccountLinked():
            return {**state, fact.worker: fact.account}
        case AccountUnlinked():
            return {worker: account for worker, account in state.items() if worker != fact.worker}
        case _:
            return state


LINKS: Final = (AccountLinked, AccountUnlinked)


def members(partnership: PartnershipId) -> Knowledge[Members]:
    """The accounts of a partnership, by worker."""
    return knowing({}, evolve_members, LINKS, f"partnership:{partnership}")


def account_of(link: Link) -> Knowledge[Members]:
    """The account that is a worker, if one is."""
    return knowing({}, evolve_members, LINKS, f"account-of:{link.partnership}|{link.worker}")


class OpenAccount(Command):
    """Open an account for a worker of a partnership."""

    account: AccountId
    kind: AccountKind
    partnership: PartnershipId
    worker: Annotated[WorkerId, Slug]


class LinkAccount(Command):
    """Let an account that there is be a worker of another partnership, too."""

    account: AccountId
    partnership: PartnershipId
    worker: Annotated[WorkerId, Slug]


class LeavePartnership(Command):
    """End what an account is in a partnership; one that is nothing anywhere else is closed."""

    account: AccountId
    partnership: PartnershipId


class CloseAccount(Command):
    """Close an account for good."""

    account: AccountId


class AddCredential(Command):
    """Add what proves who it is; in place of the one of the same kind, where there may be but one."""

    account: AccountId
    credential: CredentialId
    kind: CredentialKind


class RemoveCredential(Command):
    """Take away what proves who it is."""

    account: AccountId
    credential: CredentialId


class ResetAccount(Command):
    """Take away all that proves who it is: they begin anew with an invitation."""

    account: AccountId


class WorkerHasAccount(Conflict):
    """The worker has an account already."""

    code = "worker-has-account"
    rule = "A worker of a partnership is one account, and never two people (ours)."
    permitted_by = "Give another name to the worker, or end the account first."


class AccountIsClosed(Conflict):
    """The account is closed."""

    code = "account-closed"
    rule = "A closed account stays closed (ours)."
    permitted_by = "Open another one."


class LastWayIn(Guarded):
    """Nothing would be left to sign in with."""

    code = "last-way-in"
    rule = "Whoever has an account keeps a way to sign in: a passkey, or a password with an authenticator (ours)."
    permitted_by = "Add another one first, or ask an administrator for a new invitation."


class AccountOfOthers(NotPermitted):
    """The account is also that of a worker elsewhere."""

    code = "account-of-others"
    rule = "Who administers one partnership gives nobody a way into another (ours)."
    permitted_by = "Ask whoever runs the installation: hub user reset."


class PartnershipReserved(Guarded):
    """The name stands for the log of accounts."""

    code = "partnership-reserved"
    rule = "No partnership is called `directory`: that log holds the accounts (ours)."


def open_account(command: OpenAccount, known: Account | None, at_work: Members) -> Facts:
    """A worker is one account; the same again adds nothing."""
    link = Link(command.partnership, command.worker)
    if known is not None and link in known.links:
        return ()
    if known is not None:
        raise Conflict(account=command.account)
    _refuse_second(at_work, command.worker)
    return (
        AccountOpened(at=command.at, account=command.account, kind=command.kind),
        AccountLinked(at=command.at, account=command.account, partnership=command.partnership, worker=command.worker),
    )


def link_account(command: LinkAccount, known: Account | None, at_work: Members) -> Facts:
    """A worker is one account; an account is one worker of a partnership."""
    here = open_one(known)
    link = Link(command.partnership, command.worker)
    if link in here.links:
        return ()
    _refuse_second(at_work, command.worker)
    left = tuple(
        AccountUnlinked(at=command.at, account=here.id, partnership=one.partnership, worker=one.worker)
        for one in sorted(here.links)
        if one.partnership == command.partnership
    )
    return (
        *left,
        AccountLinked(at=command.at, account=here.id, partnership=link.partnership, worker=link.worker),
    )


def leave_partnership(command: LeavePartnership, known: Account | None) -> Facts:
    """Whoever is nothing anywhere any more has no account."""
    here = found(known)
    gone = [one for one in sorted(here.links) if one.partnership == command.partnership]
    left = tuple(
        AccountUnlinked(at=command.at, account=here.id, partnership=one.partnership, worker=one.worker) for one in gone
    )
    if here.closed or here.links - frozenset(gone):
        return left
    return (*left, AccountClosed(at=command.at, account=here.id))


def close_account(command: CloseAccount, known: Account | None) -> Facts:
    """It is nobody any more, anywhere; closed again adds nothing."""
    here = found(known)
    if here.closed:
        return ()
    left = tuple(
        AccountUnlinked(at=command.at, account=here.id, partnership=one.partnership, worker=one.worker)
        for one in sorted(here.links)
    )
    return (*left, AccountClosed(at=command.at, account=here.id))


def add_credential(command: AddCredential, known: Account | None) -> Facts:
    """Of most kinds there is one: a new one takes the place of the one before. The same again adds nothing."""
    here = open_one(known)
    if command.credential in here.credentials:
        return ()
    replaced = (
        ()
        if command.kind in SEVERAL
        else tuple(
            CredentialRemoved(at=command.at, account=here.id, credential=one)
            for one, kind in here.credentials.items()
            if kind == command.kind
        )
    )
    return (
        *replaced,
        CredentialAdded(at=command.at, account=here.id, credential=command.credential, kind=command.kind),
    )


def remove_credential(command: RemoveCredential, known: Account | None) -> Facts:
    """Nobody locks themselves out; what is not there is gone already."""
    here = open_one(known)
    if command.credential not in here.credentials:
        return ()
    left = frozenset(kind for one, kind in here.credentials.items() if one != command.credential)
    if not opens(left):
        raise LastWayIn
    return (CredentialRemoved(at=command.at, account=here.id, credential=command.credential),)


def opens(kinds: frozenset[CredentialKind]) -> bool:
    """Whether somebody signs in with these: with a passkey, with a password and a second proof, or elsewhere."""
    return bool(kinds & {"passkey", "other-sign-in", "keys"}) or {"password", "authenticator"} <= kinds


def reset_account(command: ResetAccount, known: Account | None) -> Facts:
    """Nothing proves any more who it is."""
    here = open_one(known)
    return tuple(CredentialRemoved(at=command.at, account=here.id, credential=one) for one in here.credentials)


def open_one(known: Account | None) -> Account:
    """An account that is not closed. Raises: Unknown; AccountIsClosed."""
    here = found(known)
    if here.closed:
        raise AccountIsClosed(account=here.id)
    return here


def _refuse_second(at_work: Members, worker: WorkerId) -> None:
    if worker in at_work:
        raise WorkerHasAccount(worker=worker)
