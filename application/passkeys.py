"""Passkeys: a key that stays on somebody's device, which asks them before it signs. One alone is two proofs.

A challenge is made without keeping it: it says until when it holds and what for, under a key of ours, and is good once.
"""

import base64
import binascii
import datetime as dt
import hmac
import secrets
from collections.abc import Sequence
from typing import Final, Protocol

import msgspec

from application.accounts import Accounts, Credential, new_credential
from application.others import Untrusted
from application.proving import Proving, Step
from domain.ids import AccountId

MINUTES: Final = 5
RANDOM: Final = 16
TIME: Final = 8
MARK: Final = 16
SIGN_IN: Final = "sign-in"
CHALLENGE: Final = "challenge"
ANSWER_MAX: Final = 64 * 1024


class Made(msgspec.Struct, frozen=True):
    """A passkey that a device made: its id, its public key, how often it has signed."""

    id: bytes
    key: bytes
    signed: int


class Devices(Protocol):
    """Speaks to devices in the words of WebAuthn; `url` is where browsers find us, which devices check."""

    def asked_to_make(self, url: str, challenge: bytes, account: AccountId, name: str, known: Sequence[bytes]) -> str:
        """What a device is asked, to make a passkey that it has not made yet."""
        ...

    def asked_to_sign(self, url: str, challenge: bytes) -> str:
        """What a device is asked, to sign by a passkey that it has."""
        ...

    def made(self, url: str, challenge: bytes, answer: str) -> Made:
        """What it made. Raises: Untrusted."""
        ...

    def signed(self, url: str, challenge: bytes, answer: str, made: Made) -> int:
        """How often the passkey has signed by now. Raises: Untrusted."""
        ...


class _ClientData(msgspec.Struct, frozen=True):
    challenge: str


class _Response(msgspec.Struct, frozen=True, rename="camel"):
    client_data_json: str = msgspec.field(name="clientDataJSON")


class _Answer(msgspec.Struct, frozen=True, rename="camel"):
    raw_id: str
    response: _Response


_answer = msgspec.json.Decoder(_Answer)
_client_data = msgspec.json.Decoder(_ClientData)
_made = msgspec.json.Decoder(Made)


class Passkeys:
    """The passkeys of accounts."""

    def __init__(self, accounts: Accounts, proving: Proving, devices: Devices) -> None:
        self._accounts = accounts
        self._proving = proving
        self._devices = devices
        self._secrets = accounts.secrets
        self._clock = accounts.clock

    def asked_to_sign(self, url: str) -> str:
        """What a device is asked on the page to sign in on."""
        return self._devices.asked_to_sign(url, self._challenge(SIGN_IN))

    async def asked_to_make(self, url: str, account: AccountId, name: str) -> str:
        """What a device is asked on somebody's own page."""
        kept = [one for one in await self._accounts.store.credentials(account) if one.kind == "passkey"]
        known = [made.id for one in kept if (made := self._opened(one)) is not None]
        return self._devices.asked_to_make(url, self._challenge(account), account, name, known)

    async def add(self, url: str, account: AccountId, answer: str) -> bool:
        """Keep a passkey that somebody's device made; False if it is kept already. Raises: Untrusted."""
        _, challenge = _read(answer)
        await self._spend(challenge, account)
        made = self._devices.made(url, challenge, answer)
        box = self._secrets.seal(f"passkey\0{account}", msgspec.json.encode(made))
        credential = new_credential("passkey", account, box, self._clock.now())
        finder = self._proving.finder("passkey", made.id.hex())
        return await self._accounts.add(msgspec.structs.replace(credential, finder=finder, used=made.signed))

    async def sign_in(self, url: str, answer: str, network: str) -> Step | None:
        """Who somebody is by their passkey. Raises: TooManyTries; LogUnavailable."""
        counted = await self._proving.counted(network, "passkey", answer[:200])
        try:
            step = await self._step(url, answer)
        except Untrusted:
            return None
        if step is not None:
            await self._proving.right(counted)
        return step

    async def _step(self, url: str, answer: str) -> Step | None:
        name, challenge = _read(answer)
        await self._spend(challenge, SIGN_IN)
        found = await self._proving.by_finder("passkey", name.hex())
        if found is None:
            return None
        step, credential = found
        made = self._opened(credential)
        if made is None:
            return None
        kept = msgspec.structs.replace(made, signed=credential.used)
        signed = self._devices.signed(url, challenge, answer, kept)
        # A device that counts must count on: one that does not is a copy. One that never counts says zero.
        counts = signed > 0 or credential.used > 0
        if counts and not await self._accounts.store.use(credential.id, signed, self._clock.now()):
            return None
        return step

    def _opened(self, one: Credential) -> Made | None:
        content = self._secrets.open(f"passkey\0{one.account}", one.secret)
        return None if content is None else _made.decode(content)

    def _challenge(self, purpose: str) -> bytes:
        until = self._clock.now() + dt.timedelta(minutes=MINUTES)
        begun = secrets.token_bytes(RANDOM) + int(until.timestamp()).to_bytes(TIME)
        return begun + self._secrets.keyed(CHALLENGE, purpose, begun)[:MARK]

    async def _spend(self, challenge: bytes, purpose: str) -> None:
        """Raise Untrusted unless we made it, for this, of late, and nobody has used it."""
        begun, mark = challenge[: RANDOM + TIME], challenge[RANDOM + TIME :]
        if not hmac.compare_digest(self._secrets.keyed(CHALLENGE, purpose, begun)[:MARK], mark):
            raise Untrusted("nonce")
        until = dt.datetime.fromtimestamp(int.from_bytes(begun[RANDOM:]), dt.UTC)
        if self._clock.now() >= until:
            raise Untrusted("expired")
        if not await self._accounts.once.put(self._secrets.keyed(CHALLENGE, challenge), CHALLENGE, b"-", until):
            raise Untrusted("repeated")


def _read(answer: str) -> tuple[bytes, bytes]:
    """The id of the passkey and the challenge that an answer names. Raises: Untrusted."""
    if len(answer) > ANSWER_MAX:
        raise Untrusted("unreadable")
    try:
        read = _answer.decode(answer)
        said = _client_data.decode(_bytes(read.response.client_data_json))
        return _bytes(read.raw_id), _bytes(said.challenge)
    except (msgspec.DecodeError, binascii.Error, ValueError):
        raise Untrusted("unreadable") from None


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
