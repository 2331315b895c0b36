"""An account is who somebody is: a worker is one account, the log says what proves it, and what ended has ended."""

import msgspec
import pytest

from application.accounts import installation
from domain.actors import Actor
from domain.facts import Fact
from domain.governance.account import (
    AccountClosed,
    AccountIsClosed,
    AccountLinked,
    AccountOpened,
    AccountUnlinked,
    AddCredential,
    CloseAccount,
    CredentialAdded,
    CredentialKind,
    CredentialRemoved,
    LastWayIn,
    LeavePartnership,
    LinkAccount,
    OpenAccount,
    RemoveCredential,
    ResetAccount,
    WorkerHasAccount,
    opens,
)
from domain.ids import AccountId, CredentialId, PartnershipId, WorkerId
from domain.refusals import Conflict, NotPermitted, Unknown
from tests.scenario import given, london

NOON = london("2026-03-02T12:00")
FENLAND, WISBECH = PartnershipId("fenland"), PartnershipId("wisbech")
JO, OTHER = AccountId("jo"), AccountId("other")
W1, W2 = WorkerId("w-1"), WorkerId("w-2")
BY = installation()

OPENED = AccountOpened(at=NOON, account=JO, kind="person")
IN_FENLAND = AccountLinked(at=NOON, account=JO, partnership=FENLAND, worker=W1)
IN_WISBECH = AccountLinked(at=NOON, account=JO, partnership=WISBECH, worker=W2)
LEFT_FENLAND = AccountUnlinked(at=NOON, account=JO, partnership=FENLAND, worker=W1)
LEFT_WISBECH = AccountUnlinked(at=NOON, account=JO, partnership=WISBECH, worker=W2)
CLOSED = AccountClosed(at=NOON, account=JO)


def opening(account: AccountId = JO) -> OpenAccount:
    return OpenAccount(at=NOON, account=account, kind="person", partnership=FENLAND, worker=W1)


def added(kind: CredentialKind, number: int = 1) -> CredentialAdded:
    return CredentialAdded(at=NOON, account=JO, credential=CredentialId(f"{kind}-{number}"), kind=kind)


def removed(kind: CredentialKind, number: int = 1) -> CredentialRemoved:
    return CredentialRemoved(at=NOON, account=JO, credential=CredentialId(f"{kind}-{number}"))


def adding(kind: CredentialKind, number: int = 1) -> AddCredential:
    return AddCredential(at=NOON, account=JO, credential=CredentialId(f"{kind}-{number}"), kind=kind)


def test_a_worker_is_one_account() -> None:
    given().when(opening(), BY).then(OPENED, IN_FENLAND)
    given(OPENED, IN_FENLAND).when(opening(OTHER), BY).then_refused(WorkerHasAccount)
    given(OPENED, IN_FENLAND, LEFT_FENLAND).when(opening(OTHER), BY).then_adds(AccountOpened, AccountLinked)
    given(OPENED).when(opening(), BY).then_refused(Conflict)


def test_an_account_may_be_a_worker_of_several_partnerships_and_one_in_each() -> None:
    story = given(OPENED, IN_FENLAND)
    there = LinkAccount(at=NOON, account=JO, partnership=WISBECH, worker=W2)
    story.when(there, BY).then(IN_WISBECH)
    moved = LinkAccount(at=NOON, account=JO, partnership=FENLAND, worker=W2)
    story.when(moved, BY).then(LEFT_FENLAND, AccountLinked(at=NOON, account=JO, partnership=FENLAND, worker=W2))
    taken = AccountLinked(at=NOON, account=OTHER, partnership=FENLAND, worker=W2)
    story.and_given(taken).when(moved, BY).then_refused(WorkerHasAccount)
    given().when(there, BY).then_refused(Unknown)


def test_who_leaves_one_partnership_stays_in_the_others_and_with_the_last_the_account_is_closed() -> None:
    leaving = LeavePartnership(at=NOON, account=JO, partnership=FENLAND)
    given(OPENED, IN_FENLAND, IN_WISBECH).when(leaving, BY).then(LEFT_FENLAND)
    given(OPENED, IN_FENLAND).when(leaving, BY).then(LEFT_FENLAND, CLOSED)


def test_a_closed_account_is_nobody_and_stays_so() -> None:
    given(OPENED, IN_FENLAND, IN_WISBECH).when(CloseAccount(at=NOON, account=JO), BY).then(
        LEFT_FENLAND, LEFT_WISBECH, CLOSED
    )
    story = given(OPENED, IN_FENLAND, LEFT_FENLAND, CLOSED)
    story.when(adding("password"), BY).then_refused(AccountIsClosed)
    story.when(LinkAccount(at=NOON, account=JO, partnership=FENLAND, worker=W1), BY).then_refused(AccountIsClosed)
    story.when(ResetAccount(at=NOON, account=JO), BY).then_refused(AccountIsClosed)


def test_a_new_password_takes_the_place_of_the_old_and_a_passkey_stands_beside_others() -> None:
    story = given(OPENED, added("password"), added("passkey"))
    story.when(adding("password", 2), BY).then(removed("password"), added("password", 2))
    story.when(adding("passkey", 2), BY).then(added("passkey", 2))
    story.when(adding("passkey"), BY).then_nothing()


def test_nobody_locks_themselves_out() -> None:
    story = given(OPENED, added("password"), added("authenticator"))
    without = RemoveCredential(at=NOON, account=JO, credential=CredentialId("authenticator-1"))
    story.when(without, BY).then_refused(LastWayIn)
    story.and_given(added("passkey")).when(without, BY).then(removed("authenticator"))


@pytest.mark.parametrize(
    ("kinds", "enough"),
    [
        ((), False),
        (("password",), False),
        (("password", "recovery-codes"), False),
        (("password", "authenticator"), True),
        (("passkey",), True),
        (("other-sign-in",), True),
    ],
)
def test_a_password_alone_opens_nothing(kinds: tuple[CredentialKind, ...], *, enough: bool) -> None:
    assert opens(frozenset(kinds)) is enough


def test_a_reset_takes_away_all_that_proves_who_it_is() -> None:
    story = given(OPENED, added("password"), added("passkey"))
    story.when(ResetAccount(at=NOON, account=JO), BY).then(removed("password"), removed("passkey"))


@pytest.mark.parametrize("command", [opening(), adding("password"), CloseAccount(at=NOON, account=JO)])
def test_accounts_are_decided_in_the_directory_alone(command: OpenAccount | AddCredential | CloseAccount) -> None:
    somebody: Actor = msgspec.structs.replace(BY, partnership=FENLAND)
    given(OPENED, IN_FENLAND).when(command, somebody).then_refused(NotPermitted)


@pytest.mark.parametrize("fact", [OPENED, IN_FENLAND, LEFT_FENLAND, CLOSED, added("password"), removed("password")])
def test_no_fact_holds_a_name_or_a_secret(fact: Fact) -> None:
    known = {"account", "kind", "partnership", "worker", "credential", "at"}
    assert set(fact.__struct_fields__) <= known
