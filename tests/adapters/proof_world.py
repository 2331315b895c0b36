"""A log with two witnesses, for tests: what they are sent goes straight to them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from adapters.postgres.event_log import PostgresEventLog
from adapters.postgres.read_models import connect_arguments
from adapters.postgres.signer import PostgresProofStore, Signer
from adapters.proof.proofs import StoredProofs
from adapters.proof.signing import Secret, make_secret, origin_of, read_secrets
from adapters.proof.verifier import Policy, policy_of
from adapters.proof.witness import Witness
from application.ports import LogId
from tests.adapters.log.examples import FENLAND, TAG_KEY, an_append

HUB = Secret("hub.example.org", bytes(range(32)))
NAMES = ("north", "south")


def log_line(log: LogId = FENLAND, incarnation: int = 1, secret: Secret = HUB) -> str:
    """The line of a policy that knows a log."""
    return f"log {secret.log_key(origin_of(secret.name, log, incarnation)).key.vkey}"


class Witnesses:
    """Two witnesses, and the policy that names both."""

    def __init__(self, folder: Path, *lines: str) -> None:
        self.folder = folder
        self.secrets = {name: self._secret(name) for name in NAMES}
        self.text = "".join(
            [
                *(f"{line}\n" for line in (lines or (log_line(),))),
                *(f"witness {n} {s.witness_key.key.vkey} http://{n}\n" for n, s in self.secrets.items()),
                f"group both all {' '.join(NAMES)}\nquorum both\n",
            ]
        )
        (folder / "policy").write_text(self.text)
        self.away: set[str] = set()
        self.asked: list[tuple[str, bytes, int]] = []
        self.again()

    def _secret(self, name: str) -> Secret:
        path = self.folder / f"{name}.key"
        return next(iter(read_secrets(path)), None) or make_secret(path, f"{name}.example.org")

    def again(self) -> None:
        """Start both as if anew: all they know is in their files."""
        self.by_name = {
            name: Witness(one, self.folder / "policy", self.folder / f"{name}.sqlite")
            for name, one in self.secrets.items()
        }

    @property
    def policy(self) -> Policy:
        return policy_of(self.text)

    async def post(self, url: str, body: bytes) -> tuple[int, bytes]:
        name = url.removeprefix("http://").removesuffix("/add-checkpoint")
        if name in self.away:
            raise ConnectionError
        reply = self.by_name[name].add_checkpoint(body)
        self.asked.append((name, body, reply.status))
        return reply.status, reply.body


class Here:
    """A log in a database, and all that proves it."""

    def __init__(self, log: PostgresEventLog, pool: asyncpg.Pool, witnesses: Witnesses) -> None:
        self.log = log
        self.pool = pool
        self.witnesses = witnesses
        self.signer = self.another("first")
        self.proofs = StoredProofs(PostgresProofStore(pool), witnesses.policy)

    def another(self, holder: str, secret: Secret = HUB) -> Signer:
        return Signer(self.pool, self.log, (secret,), self.witnesses.policy, self.witnesses.post, holder)

    async def grow(self, count: int, log: LogId = FENLAND) -> None:
        head = await self.log.head(log)
        for number in range(head, head + count):
            await self.log.append(an_append(f"note-{number}", log=log))

    async def sign(self, log: LogId = FENLAND) -> None:
        await self.signer.catch_up(log)
        await self.signer.cosign(log)


@asynccontextmanager
async def proof_world(url: str, folder: Path, *lines: str) -> AsyncIterator[Here]:
    async with (
        await PostgresEventLog.open(url, tag_key=TAG_KEY) as log,
        asyncpg.create_pool(url, min_size=0, max_size=3, **connect_arguments()) as pool,
    ):
        yield Here(log, pool, Witnesses(folder, *lines))
