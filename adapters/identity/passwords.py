"""Passwords: argon2id of a keyed hash, a few at a time, beside the event loop."""

import asyncio
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from application.accounts import Secrets

LABEL: Final = "password"
AT_ONCE: Final = 2
WAITING: Final = 64
"""Each takes 64 MiB and some hundredths of a second of a processor: more than so many at once are turned away."""


class Argon2Passwords:
    """What is kept of a password is of no use without the installation's key, and of little use with it."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        self._nobodys: bytes | None = None

    async def hashed(self, password: str) -> bytes:
        """What is kept of it."""
        return await self._in_turn(password, None)

    async def right(self, password: str, kept: bytes | None) -> bool:
        """Whether it is the one that was kept. Where there is none, the same work is done, and the answer is no."""
        if self._nobodys is None:
            self._nobodys = await self.hashed("nobody's")
        return bool(await self._in_turn(password, kept or self._nobodys)) and kept is not None

    @property
    def busy(self) -> bool:
        """Whether no more can wait for their turn."""
        return self._waiting >= WAITING

    async def _in_turn(self, password: str, kept: bytes | None) -> bytes:
        self._waiting += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(self._work, password, kept)
        finally:
            self._waiting -= 1

    def _work(self, password: str, kept: bytes | None) -> bytes:
        keyed = self._secrets.keyed(LABEL, password)
        if kept is None:
            return self._hasher.hash(keyed).encode()
        try:
            self._hasher.verify(kept, keyed)
        except (VerificationError, InvalidHashError):
            return b""
        return b"right"
