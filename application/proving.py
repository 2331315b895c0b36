"""How somebody proves who they are: step by step, each try counted before it is looked at.

Whoever gives a name that nobody has gets the same answers after the same work as whoever gives a wrong password.
A step that was taken is carried by the browser, sealed; it names the generations of the account's sessions, so that
what is ended between two steps stays ended.
"""

import datetime as dt
import re
import secrets as randomness
from collections.abc import Collection, Mapping, Sequence
from ipaddress import ip_address, ip_network
from typing import Final, Protocol

import msgspec

from application import one_time_codes
from application.accounts import Accounts, Credential, Standing, new_credential
from application.identity import SECRET_BYTES, Token, TokenId, digest, written
from application.others import Provider
from application.ports import LogBusy
from domain.facts import Instant
from domain.governance.account import Account, CredentialKind, open_one
from domain.ids import AccountId

WINDOW: Final = dt.timedelta(minutes=15)
NAME_TRIES: Final = 10
CODE_TRIES: Final = 5
NETWORK_TRIES: Final = 100
STEP_MINUTES: Final = 10
SESSION_HOURS: Final = 12
STEP: Final = "step"
PASSWORD_MIN: Final = 12
PASSWORD_MAX: Final = 200
LOOKED_AT: Final = 100
GUESSED_IN_YEARS: Final = 3
"""zxcvbn's score of what holds against somebody who has the hash, for years: over 10^8 guesses."""
OF_THE_PLACE: Final = ("support", "hub", "supporthub", "luscombe", "operation", "police", "council", "partnership")
"""Words that whoever guesses here tries first."""
NAME_MIN: Final = 3
NAME_MAX: Final = 200
NOBODY: Final = AccountId("nobody")

IPV6_NETWORK: Final = 64
"""One household or office has as many addresses as it likes in such a network."""


class Passwords(Protocol):
    """Hashes passwords, slowly on purpose."""

    @property
    def busy(self) -> bool:
        """Whether too many wait for their turn."""
        ...

    async def hashed(self, password: str) -> bytes:
        """What is kept of it."""
        ...

    async def right(self, password: str, kept: bytes | None) -> bool:
        """Whether it is the one that was kept; where none was, the same work and no."""
        ...


class Tries(Protocol):
    """Counts tries, for all processes together. Raises LogUnavailable."""

    async def count(self, keys: Collection[bytes], began: dt.datetime) -> Mapping[bytes, int]:
        """One more of each in the window that began then; how many there are now."""
        ...

    async def give_back(self, keys: Collection[bytes], began: dt.datetime) -> None:
        """It was right: it does not count."""
        ...


class TooManyTries(Exception):  # noqa: N818 - an outcome
    """So many were wrong that no more is looked at until the window is over; whether there is such a name or not."""

    def __init__(self, seconds: float) -> None:
        super().__init__("too many tries")
        self.seconds = seconds


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody has proved so far, until when that is believed."""

    account: AccountId
    proofs: frozenset[CredentialKind]
    generations: dict[str, int]
    until: Instant

    @property
    def enough(self) -> bool:
        """Whether it opens a session: a password alone does not."""
        return bool(
            self.proofs & {"passkey", "other-sign-in"}
            or ("password" in self.proofs and self.proofs & {"authenticator", "recovery-codes"})
        )


Counted = tuple[Sequence[bytes], dt.datetime]
"""What was counted in which window."""

_step = msgspec.json.Decoder(Step)


class Proving:
    """Proves who somebody is, and begins their session."""

    def __init__(self, accounts: Accounts, passwords: Passwords, tries: Tries) -> None:
        self._accounts = accounts
        self._passwords = passwords
        self._tries = tries
        self._secrets = accounts.secrets
        self._clock = accounts.clock

    def sealed(self, step: Step) -> str:
        """A step as the browser carries it."""
        return self._secrets.seal(STEP, msgspec.json.encode(step)).hex()

    def opened(self, text: str) -> Step | None:
        """A step that the browser carried, if it still holds."""
        try:
            content = self._secrets.open(STEP, bytes.fromhex(text))
        except ValueError:
            return None
        step = None if content is None else _step.decode(content)
        return step if step is not None and self._clock.now() < step.until else None

    async def by_password(self, name: str, password: str, network: str) -> Step | None:
        """The first step, or None; which of the two was wrong is not said.

        Raises: TooManyTries; LogBusy; LogUnavailable.
        """
        if self._passwords.busy:
            raise LogBusy
        counted = await self._count(network, NAME_TRIES, "name", plain_name(name))
        credential = await self._accounts.store.found(self.finder("password", plain_name(name)))
        right = await self._passwords.right(password[:PASSWORD_MAX], None if credential is None else credential.secret)
        step = await self._step(NOBODY if credential is None else credential.account, credential)
        if not right or step is None:
            return None
        await self._tries.give_back(*counted)
        return step

    async def by_code(self, step: Step, typed: str, network: str) -> Step | None:
        """The second step: a code of the authenticator, or a recovery code. Either is good once.

        Raises: TooManyTries; LogUnavailable.
        """
        counted = await self._count(network, CODE_TRIES, "code", step.account)
        known = await self._accounts.known(step.account)
        if known is None or known.closed:
            return None
        for one in await self._accounts.store.credentials(step.account):
            if one.id in known.credentials and await self._is_code_of(one, typed):
                await self._tries.give_back(*counted)
                return msgspec.structs.replace(step, proofs=step.proofs | {one.kind})
        return None

    async def by_finder(self, kind: CredentialKind, what: str) -> tuple[Step, Credential] | None:
        """What another has proved of somebody: a passkey, or the sign-in of their agency."""
        credential = await self._accounts.store.found(self.finder(kind, what))
        step = await self._step(NOBODY if credential is None else credential.account, credential)
        return None if step is None or credential is None or credential.kind != kind else (step, credential)

    async def stated(self, provider: Provider, subject: str) -> Step | None:
        """Whom a provider says somebody is; None for whom nobody here knows."""
        found = await self.by_finder("other-sign-in", _elsewhere(provider, subject))
        return None if found is None else found[0]

    async def set_other_sign_in(self, account: AccountId, provider: Provider, subject: str) -> bool:
        """From now on that provider's word is enough; False if it is somebody else whom it knows so."""
        made = new_credential("other-sign-in", account, provider.name.encode(), self._clock.now())
        finder = self.finder("other-sign-in", _elsewhere(provider, subject))
        return await self._accounts.add(msgspec.structs.replace(made, finder=finder))

    async def choices(self, step: Step) -> tuple[Standing, ...]:
        """As whom somebody may go on who has proved enough; nothing that was ended meanwhile."""
        known = await self._accounts.known(step.account)
        if known is None or not step.enough:
            return ()
        standings = await self._accounts.standings(known)
        return tuple(one for one in standings if step.generations.get(_named(one)) == one.generation)

    def session(self, standing: Standing, label: str) -> tuple[str, Token, bytes]:
        """A session of somebody, the text that opens it, and what is kept of that."""
        text = written(randomness.token_bytes(SECRET_BYTES))
        now = self._clock.now()
        token = Token(
            id=TokenId(f"s-{randomness.token_hex(6)}"),
            actor=standing.actor,
            label=label,
            made=now,
            expires=now + dt.timedelta(hours=SESSION_HOURS),
            account=standing.account,
            generation=standing.generation,
        )
        return text, token, digest(text)

    async def counted(self, network: str, kind: str, whose: str) -> Counted:
        """Count a try of a machine, before its signature is looked at. Raises TooManyTries."""
        return await self._count(network, NETWORK_TRIES, kind, whose)

    async def right(self, counted: Counted) -> None:
        """It was right: it does not count."""
        await self._tries.give_back(*counted)

    async def set_password(self, account: AccountId, name: str, password: str) -> bool:
        """Give an account a name and a password; False if somebody else has that name. Raises LogBusy."""
        if self._passwords.busy:
            raise LogBusy
        hashed = await self._passwords.hashed(password)
        made = new_credential("password", account, hashed, self._clock.now())
        return await self._accounts.add(msgspec.structs.replace(made, finder=self.finder("password", plain_name(name))))

    async def set_authenticator(self, account: AccountId, secret: bytes, typed: str) -> bool:
        """Set up an authenticator by a code of it; False if it is none."""
        step = one_time_codes.step_of(secret, one_time_codes.plain(typed), self._clock.now())
        if step is None:
            return False
        box = self._secrets.seal(f"authenticator\0{account}", secret)
        made = new_credential("authenticator", account, box, self._clock.now())
        return await self._accounts.add(msgspec.structs.replace(made, used=step))

    async def set_recovery_codes(self, account: AccountId) -> tuple[str, ...]:
        """New recovery codes, which are shown this once."""
        codes = one_time_codes.new_recovery_codes()
        kept = one_time_codes.kept(codes, lambda code: self._secrets.keyed("recovery", account, code))
        await self._accounts.add(new_credential("recovery-codes", account, kept, self._clock.now()))
        return codes

    def finder(self, kind: CredentialKind, what: str) -> bytes:
        """By what a credential is found."""
        return self._secrets.keyed(f"finder-{kind}", what)

    async def set_up(self, account: AccountId) -> Step:
        """What somebody has proved who has just set up a password and an authenticator."""
        known = open_one(await self._accounts.known(account))
        return await self._step_of(known, ("password", "authenticator"))

    async def _is_code_of(self, one: Credential, typed: str) -> bool:
        store, now = self._accounts.store, self._clock.now()
        match one.kind:
            case "authenticator":
                secret = self._secrets.open(f"authenticator\0{one.account}", one.secret)
                step = None if secret is None else one_time_codes.step_of(secret, one_time_codes.plain(typed), now)
                return step is not None and await store.use(one.id, step, now)
            case "recovery-codes":
                left = one_time_codes.spent(
                    one.secret, typed, lambda code: self._secrets.keyed("recovery", one.account, code)
                )
                return left is not None and await store.spend(one.id, one.secret, left, now)
            case _:
                return False

    async def _step(self, account: AccountId, credential: Credential | None) -> Step | None:
        """The same statements, whoever it is; None for nobody, and where the log knows no such credential."""
        known = await self._accounts.known(account)
        step = await self._step_of(
            known or Account(id=account, kind="person"), frozenset() if credential is None else {credential.kind}
        )
        if known is None or known.closed or credential is None or credential.id not in known.credentials:
            return None
        return step

    async def _step_of(self, known: Account, proofs: Collection[CredentialKind]) -> Step:
        standings = await self._accounts.store.standings(known.id)
        return Step(
            account=known.id,
            proofs=frozenset(proofs),
            generations={_named(one): one.generation for one in standings},
            until=self._clock.now() + dt.timedelta(minutes=STEP_MINUTES),
        )

    async def _count(self, network: str, most: int, kind: str, whose: str) -> Counted:
        """Count a try of somebody from somewhere. Raises TooManyTries."""
        now = self._clock.now()
        seconds = WINDOW.total_seconds()
        began = dt.datetime.fromtimestamp(now.timestamp() // seconds * seconds, dt.UTC)
        mine = self._secrets.keyed(f"tries-{kind}", whose)
        from_there = self._secrets.keyed("tries-network", network)
        keys = (mine, from_there) if network else (mine,)
        counts = await self._tries.count(keys, began)
        if counts[mine] > most or counts.get(from_there, 0) > NETWORK_TRIES:
            raise TooManyTries((began + WINDOW - now).total_seconds())
        return keys, began


def plain_name(name: str) -> str:
    """A name for signing in, however its capitals were typed."""
    return name.strip().casefold()


def network_of(address: str) -> str:
    """The network that tries are counted by; nothing of what is no address."""
    try:
        found = ip_address(address)
    except ValueError:
        return ""
    return str(found) if found.version == 4 else str(ip_network((found, IPV6_NETWORK), strict=False))  # noqa: PLR2004


def weak(password: str, name: str) -> bool:
    """Whether a password is one that is tried first: too short, of few characters, made of the name, or guessed soon.

    What is guessed soon stands in lists of common passwords, names and words, or is made of them, of dates and of rows
    of keys (zxcvbn, which compares nothing with anybody outside).
    """
    low, known = password.casefold(), plain_name(name).partition("@")[0]
    if len(password) < PASSWORD_MIN or len(set(low)) < PASSWORD_MIN // 2 or (bool(known) and known in low):
        return True
    from zxcvbn import zxcvbn  # noqa: PLC0415 - its lists take a while to load

    words = [*OF_THE_PLACE, *re.split(r"[^\w]+", plain_name(name))]
    score: int = zxcvbn(low[:LOOKED_AT], user_inputs=words, max_length=LOOKED_AT)["score"]
    return score < GUESSED_IN_YEARS


def _elsewhere(provider: Provider, subject: str) -> str:
    """A subject means somebody only together with its issuer."""
    return f"{len(provider.issuer)}:{provider.issuer}{subject}"


def _named(one: Standing) -> str:
    return f"{one.actor.partnership}/{one.actor.worker}"
