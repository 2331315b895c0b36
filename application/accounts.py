"""Who may sign in: accounts are opened, linked to workers, reset and ended by those who administer a partnership.

What an account is stands in the directory log. Its secrets, and which of its sessions hold, stand in stores beside it
and count only as far as the log agrees. Whatever begins or ends does so there first and is recorded then: whatever
dies between the two leaves an account that opens nothing.
"""

import datetime as dt
import secrets as randomness
from collections.abc import Collection, Sequence
from typing import Final, Protocol

import msgspec

from application.deciding import Decider, Know, Pending, decides
from application.identity import SECRET_BYTES, digest, written
from application.permitting import permit
from application.ports import Clock, log_of
from application.posting import see_in_post
from domain.actors import Actor, Role
from domain.facts import Command, Facts, Instant
from domain.governance import account as accounts
from domain.governance.account import (
    DIRECTORY,
    Account,
    AccountKind,
    AccountOfOthers,
    CredentialKind,
    Link,
    PartnershipReserved,
)
from domain.governance.sharing import Resource
from domain.ids import AccountId, AgencyId, CredentialId, PartnershipId, TeamId, WorkerId
from domain.refusals import NotPermitted, Unknown, found

RUNNING: Final = Resource(category="operations", of_person=False)
INVITATION_HOURS: Final = 72
INVITATION: Final = "invitation"


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """As whom an account signs in somewhere. Sessions of an earlier `generation` hold no more."""

    account: AccountId
    actor: Actor
    generation: int

    @property
    def link(self) -> Link:
        """The worker that it is."""
        return Link(self.actor.partnership, self.actor.worker)


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of what proves who an account is: a hash, or something sealed. `used` only ever grows."""

    id: CredentialId
    account: AccountId
    kind: CredentialKind
    secret: bytes
    made: Instant
    finder: bytes | None = None
    used: int = 0
    used_at: Instant | None = None


class AccountStore(Protocol):
    """What the log must not hold. Raises LogUnavailable."""

    async def standings(self, account: AccountId) -> Sequence[Standing]:
        """As whom it signs in, wherever it still does."""
        ...

    async def in_partnership(self, partnership: PartnershipId) -> Sequence[Standing]:
        """The accounts that sign in to a partnership."""
        ...

    async def stand(self, account: AccountId, actor: Actor) -> None:
        """From now on it signs in as this worker."""
        ...

    async def end(self, account: AccountId, partnership: PartnershipId | None = None) -> None:
        """It signs in to this partnership no more, or nowhere. Its sessions and tokens there end with this."""
        ...

    async def end_sessions(self, account: AccountId) -> None:
        """Every session and token of it ends with this."""
        ...

    async def credentials(self, account: AccountId) -> Sequence[Credential]:
        """By what it proves who it is."""
        ...

    async def found(self, finder: bytes) -> Credential | None:
        """The credential that is found by this."""
        ...

    async def keep(self, credential: Credential, instead: Collection[CredentialId] = ()) -> bool:
        """Add one in place of others; False if another one is found by the same."""
        ...

    async def drop(self, account: AccountId, credential: CredentialId | None = None) -> None:
        """Remove one of its credentials, or all of them."""
        ...

    async def use(self, credential: CredentialId, used: int, at: dt.datetime) -> bool:
        """It was used with this number; False if it was used with that one before, or a later one."""
        ...

    async def spend(self, credential: CredentialId, before: bytes, after: bytes, at: dt.datetime) -> bool:
        """Its secret is another one now; False if somebody else was quicker."""
        ...


class OneTime(Protocol):
    """What is good for one use. Raises LogUnavailable."""

    async def put(
        self, digest: bytes, kind: str, box: bytes, expires: dt.datetime, account: AccountId | None = None
    ) -> bool:
        """Keep it until then; False if it was there before."""
        ...

    async def look(self, digest: bytes, kind: str, at: dt.datetime) -> bytes | None:
        """What goes with it, if it may still be used."""
        ...

    async def take(self, digest: bytes, kind: str, at: dt.datetime) -> bytes | None:
        """What goes with it, once."""
        ...

    async def forget(self, account: AccountId) -> None:
        """All that an account has of it."""
        ...


class Secrets(Protocol):
    """Seals and hashes under keys that are not in the database."""

    def keyed(self, label: str, *parts: str | bytes) -> bytes:
        """A keyed hash of 32 bytes: the same for the same parts, nothing without the key."""
        ...

    def seal(self, label: str, content: bytes) -> bytes:
        """What only `open` with the same label gives back."""
        ...

    def open(self, label: str, box: bytes) -> bytes | None:
        """What was sealed; None where nothing was, or for something else."""
        ...


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """Whoever opens the link first becomes the account. The code is shown this once."""

    account: AccountId
    code: str
    expires: Instant


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """An account, as those see it who administer one of its partnerships."""

    account: AccountId
    kind: AccountKind
    worker: WorkerId
    agency: AgencyId
    role: Role
    team: TeamId | None
    credentials: tuple[CredentialKind, ...]


class Accounts:
    """The accounts of an installation."""

    def __init__(self, decider: Decider, store: AccountStore, once: OneTime, secrets: Secrets, clock: Clock) -> None:
        self.store = store
        self.once = once
        self.secrets = secrets
        self.clock = clock
        self._decider = decider

    async def known(self, account: AccountId) -> Account | None:
        """An account as it is now."""
        return (await self._decider.folds.fold(log_of(DIRECTORY), accounts.account(account)))[0]

    async def standings(self, account: Account) -> tuple[Standing, ...]:
        """As whom it signs in: what the store says and the log agrees to."""
        if account.closed:
            return ()
        return tuple(one for one in await self.store.standings(account.id) if one.link in account.links)

    async def members(self, by: Actor) -> tuple[Member, ...]:
        """The accounts of the partnership. Raises: NotPermitted."""
        await self._permit(by)
        members: list[Member] = []
        for one in await self.store.in_partnership(by.partnership):
            known = await self.known(one.account)
            if known is None or one.link not in known.links:
                continue
            actor = one.actor
            members.append(
                Member(
                    account=one.account,
                    kind=known.kind,
                    worker=actor.worker,
                    agency=actor.agency,
                    role=actor.role,
                    team=actor.team,
                    credentials=tuple(sorted(frozenset(known.credentials.values()))),
                )
            )
        return tuple(sorted(members, key=lambda one: one.worker))

    async def invite(self, by: Actor, actor: Actor, kind: AccountKind = "person") -> Invitation:
        """Open an account for a worker of one's partnership; who has the code may become it.

        Raises: NotPermitted; WorkerHasAccount; PartnershipReserved; Unknown where there is no such agency.
        """
        await self._permit_as(by, actor)
        await self._see_in_post(by, actor)
        account = AccountId(randomness.token_hex(16))
        opening = accounts.OpenAccount(
            at=self.clock.now(), account=account, kind=kind, partnership=actor.partnership, worker=actor.worker
        )
        await self._would(opening, by)
        await self.store.stand(account, actor)
        await self._decide(opening, by)
        return await self._invitation(account)

    async def _see_in_post(self, by: Actor, actor: Actor) -> None:
        """Whoever runs the installation gives the post together with the account; others give it for itself."""
        if by.role == "system":
            await see_in_post(self._decider, actor, self.clock)

    async def link(self, by: Actor, account: AccountId, actor: Actor) -> None:
        """Let an account be a worker of one's partnership, too; or another one than before.

        Raises: NotPermitted; Unknown; AccountIsClosed; WorkerHasAccount; PartnershipReserved.
        """
        await self._permit_as(by, actor)
        await self._see_in_post(by, actor)
        known = found(await self.known(account))
        linking = accounts.LinkAccount(
            at=self.clock.now(), account=account, partnership=actor.partnership, worker=actor.worker
        )
        await self._would(linking, by)
        if any(one.partnership == actor.partnership and one.worker != actor.worker for one in known.links):
            await self.store.end(account, actor.partnership)
        await self.store.stand(account, actor)
        await self._decide(linking, by)

    async def leave(self, by: Actor, account: AccountId) -> None:
        """End what it is in one's partnership, at once; one that is nothing elsewhere is closed.

        Raises: NotPermitted; Unknown.
        """
        await self._permit(by)
        known = await self._of(by.partnership, account)
        await self.store.end(account, by.partnership)
        if all(one.partnership == by.partnership for one in known.links):
            await self._wipe(account)
        await self._decide(
            accounts.LeavePartnership(at=self.clock.now(), account=account, partnership=by.partnership), by
        )

    async def close(self, by: Actor, account: AccountId) -> None:
        """Close it everywhere, at once: for those who run the installation. Raises: NotPermitted; Unknown."""
        if by.role != "system":
            raise NotPermitted(role=by.role)
        found(await self.known(account))
        await self.store.end(account)
        await self._wipe(account)
        await self._decide(accounts.CloseAccount(at=self.clock.now(), account=account), by)

    async def reset(self, by: Actor, account: AccountId) -> Invitation:
        """Take away all that proves who it is, end its sessions, and invite anew.

        Raises: NotPermitted; Unknown; AccountIsClosed; AccountOfOthers, for it would be a way into elsewhere.
        """
        await self._permit(by)
        known = accounts.open_one(
            await self.known(account) if by.role == "system" else await self._of(by.partnership, account)
        )
        if by.role != "system" and any(one.partnership != by.partnership for one in known.links):
            raise AccountOfOthers(account=account)
        await self.store.end_sessions(account)
        await self._wipe(account)
        await self._decide(accounts.ResetAccount(at=self.clock.now(), account=account), by)
        return await self._invitation(account)

    async def invited(self, code: str, *, take: bool = False) -> Account | None:
        """Whose invitation this is, if it still holds; where `take`, it holds no more."""
        use = self.once.take if take else self.once.look
        box = await use(digest(code), INVITATION, self.clock.now())
        opened = None if box is None else self.secrets.open(INVITATION, box)
        known = None if opened is None else await self.known(AccountId(opened.decode()))
        return None if known is None or known.closed else known

    async def add(self, credential: Credential) -> bool:
        """Add what proves who an account is; False if somebody else has it.

        Raises: Unknown; AccountIsClosed.
        """
        known = accounts.open_one(await self.known(credential.account))
        instead = [
            one
            for one, kind in known.credentials.items()
            if kind == credential.kind and kind not in accounts.SEVERAL and one != credential.id
        ]
        if not await self.store.keep(credential, instead):
            return False
        await self._decide(
            accounts.AddCredential(
                at=self.clock.now(), account=known.id, credential=credential.id, kind=credential.kind
            ),
            _itself(known.id),
        )
        return True

    async def remove(self, account: AccountId, credential: CredentialId) -> None:
        """Take away one of its credentials. Raises: Unknown; AccountIsClosed; LastWayIn."""
        await self._decide(
            accounts.RemoveCredential(at=self.clock.now(), account=account, credential=credential), _itself(account)
        )
        await self.store.drop(account, credential)

    async def _invitation(self, account: AccountId) -> Invitation:
        code = written(randomness.token_bytes(SECRET_BYTES))
        expires = self.clock.now() + dt.timedelta(hours=INVITATION_HOURS)
        box = self.secrets.seal(INVITATION, account.encode())
        await self.once.forget(account)
        await self.once.put(digest(code), INVITATION, box, expires, account)
        return Invitation(account=account, code=code, expires=expires)

    async def _wipe(self, account: AccountId) -> None:
        await self.once.forget(account)
        await self.store.drop(account)

    async def _permit(self, by: Actor) -> None:
        """Conditions cannot span logs: the permission is that of this moment, folded at the head of the partnership."""
        await permit(self._decider.know(by.partnership), by, "write", RUNNING)

    async def _permit_as(self, by: Actor, actor: Actor) -> None:
        if actor.partnership == DIRECTORY:
            raise PartnershipReserved
        await self._permit(by)
        if actor.partnership != by.partnership or (actor.role == "system" and by.role != "system"):
            raise NotPermitted(role=by.role)

    async def _of(self, partnership: PartnershipId, account: AccountId) -> Account:
        known = await self.known(account)
        if known is None or all(one.partnership != partnership for one in known.links):
            raise Unknown
        return known

    async def _would(self, command: Command, by: Actor) -> None:
        """Raise what `_decide` would now refuse with, before anything is done in the stores."""
        await self._decider.rehearse((command,), msgspec.structs.replace(by, partnership=DIRECTORY), Pending())

    async def _decide(self, command: Command, by: Actor) -> None:
        await self._decider.decide(command, msgspec.structs.replace(by, partnership=DIRECTORY))


def new_credential(kind: CredentialKind, account: AccountId, secret: bytes, at: dt.datetime) -> Credential:
    """A credential with an id of its own."""
    return Credential(
        id=CredentialId(f"{kind}-{randomness.token_hex(8)}"), account=account, kind=kind, secret=secret, made=at
    )


def _itself(account: AccountId) -> Actor:
    """Somebody who acts on their own account, in no role of any agency."""
    return Actor(worker=WorkerId(account), agency=AgencyId("self"), role="system", partnership=DIRECTORY)


def installation(partnership: PartnershipId = DIRECTORY) -> Actor:
    """Whoever runs the installation, and holds its keys anyway."""
    return Actor(worker=WorkerId("installation"), agency=AgencyId("hub"), role="system", partnership=partnership)


def _in_the_directory(by: Actor) -> None:
    """What an account is, is decided in the directory, by those above who asked for permission first."""
    if by.partnership != DIRECTORY:
        raise NotPermitted(role=by.role)


@decides(accounts.OpenAccount)
async def open_account(know: Know, command: accounts.OpenAccount, by: Actor) -> Facts:
    """A worker is one account."""
    _in_the_directory(by)
    at_work = await know(accounts.account_of(Link(command.partnership, command.worker)))
    return accounts.open_account(command, await know(accounts.account(command.account)), at_work)


@decides(accounts.LinkAccount)
async def link_account(know: Know, command: accounts.LinkAccount, by: Actor) -> Facts:
    """An account may be a worker of several partnerships."""
    _in_the_directory(by)
    at_work = await know(accounts.account_of(Link(command.partnership, command.worker)))
    return accounts.link_account(command, await know(accounts.account(command.account)), at_work)


@decides(accounts.LeavePartnership)
async def leave_partnership(know: Know, command: accounts.LeavePartnership, by: Actor) -> Facts:
    """Leavers leave one partnership, and are closed with the last."""
    _in_the_directory(by)
    return accounts.leave_partnership(command, await know(accounts.account(command.account)))


@decides(accounts.CloseAccount)
async def close_account(know: Know, command: accounts.CloseAccount, by: Actor) -> Facts:
    """A closed account is nobody."""
    _in_the_directory(by)
    return accounts.close_account(command, await know(accounts.account(command.account)))


@decides(accounts.AddCredential)
async def add_credential(know: Know, command: accounts.AddCredential, by: Actor) -> Facts:
    """Who is somebody may prove it in another way, too."""
    _in_the_directory(by)
    return accounts.add_credential(command, await know(accounts.account(command.account)))


@decides(accounts.RemoveCredential)
async def remove_credential(know: Know, command: accounts.RemoveCredential, by: Actor) -> Facts:
    """Nobody locks themselves out."""
    _in_the_directory(by)
    return accounts.remove_credential(command, await know(accounts.account(command.account)))


@decides(accounts.ResetAccount)
async def reset_account(know: Know, command: accounts.ResetAccount, by: Actor) -> Facts:
    """They begin anew."""
    _in_the_directory(by)
    return accounts.reset_account(command, await know(accounts.account(command.account)))
