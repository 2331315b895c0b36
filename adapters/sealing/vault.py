"""A key-encryption key that lies in HashiCorp Vault's transit engine, and never leaves it.

What is used of its HTTP API: reading, making, rotating, configuring and trimming a key; encrypt, decrypt and rewrap in
batches. A version of the key is an epoch. `min_decryption_version` alone only forbids an older version, and can be
taken back; `trim` deletes it. Whoever gives the token (Vault Agent, or a person) writes it to a file.
"""

import base64
import ssl
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from adapters.sealing.keys import KeysUnusable
from application.ports import LogUnavailable

T = TypeVar("T")

SECONDS: Final = 5.0
BATCH: Final = 1_000
KEY_TYPE: Final = "aes256-gcm96"
OK: Final = 200
NO_CONTENT: Final = 204
BAD_REQUEST: Final = 400
FORBIDDEN: Final = 403
NOT_FOUND: Final = 404


class VaultRefused(LogUnavailable):
    """Vault answers that it does not do that: the request is not the one for the key as it is now."""


class TransitKey(msgspec.Struct, frozen=True):
    """What Vault tells of a key: which versions it has, and whether any of them could have left it."""

    latest_version: int
    type: str
    min_decryption_version: int = 1
    min_available_version: int = 0
    exportable: bool = False
    allow_plaintext_backup: bool = False
    derived: bool = False

    @property
    def oldest(self) -> int:
        """The oldest version that Vault still has."""
        return max(1, self.min_available_version)


class _Result(msgspec.Struct, frozen=True):
    ciphertext: str = ""
    plaintext: str = ""
    error: str = ""


class _Results(msgspec.Struct, frozen=True):
    batch_results: list[_Result]


class _Answer(msgspec.Struct, frozen=True):
    data: msgspec.Raw


class _Refusal(msgspec.Struct, frozen=True):
    """Of a whole request, or of some items of a batch."""

    errors: list[str] = []
    data: _Results = _Results([])


class Transit:
    """A key of a transit engine. Everything raises LogUnavailable; VaultRefused where the answer is no."""

    def __init__(
        self, address: str, key: str, token_file: Path, *, mount: str = "transit", authority: Path | None = None
    ) -> None:
        """`authority` is a file of certificates that Vault's own is signed by; None for those of the system."""
        self.name = f"{mount}/{key}"
        self._base = f"{address.rstrip('/')}/v1/{quote(mount)}/"
        self._key = quote(key, safe="")
        self._token_file = token_file
        verified = ssl.create_default_context(cafile=None if authority is None else str(authority))
        self._http = httpx.AsyncClient(timeout=SECONDS, verify=verified, follow_redirects=False)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def read(self) -> TransitKey | None:
        """The key as it is, or None where there is none."""
        status, content = await self._answer("GET", f"keys/{self._key}")
        return None if status == NOT_FOUND else _data(content, TransitKey)

    async def make(self) -> None:
        """Make the key; one that is there stays as it is."""
        await self._done(f"keys/{self._key}", {"type": KEY_TYPE, "exportable": False, "allow_plaintext_backup": False})

    async def rotate(self) -> None:
        """The key has one version more, by which everything is encrypted from now on."""
        await self._done(f"keys/{self._key}/rotate", {})

    async def forget_before(self, version: int) -> None:
        """Delete every older version of the key, for good."""
        least = {"min_decryption_version": version, "min_encryption_version": version}
        await self._done(f"keys/{self._key}/config", least)
        await self._done(f"keys/{self._key}/trim", {"min_available_version": version})

    async def encrypt(self, plain: Sequence[bytes]) -> list[str]:
        """Each, encrypted by the newest version; `version_of` tells which that was."""
        found = await self._batch("encrypt", [{"plaintext": base64.b64encode(one).decode()} for one in plain])
        return [one.ciphertext for one in found]

    async def decrypt(self, wrapped: Sequence[str]) -> list[bytes]:
        """Each, decrypted."""
        found = await self._batch("decrypt", [{"ciphertext": one} for one in wrapped])
        return [base64.b64decode(one.plaintext) for one in found]

    async def rewrap(self, wrapped: Sequence[str]) -> list[str]:
        """Each, encrypted by the newest version; nothing of it is seen outside of Vault."""
        return [one.ciphertext for one in await self._batch("rewrap", [{"ciphertext": one} for one in wrapped])]

    async def _batch(self, act: str, items: Sequence[Mapping[str, str]]) -> list[_Result]:
        found: list[_Result] = []
        for start in range(0, len(items), BATCH):
            some = items[start : start + BATCH]
            content = await self._done(f"{act}/{self._key}", {"batch_input": some})
            results = _data(content, _Results).batch_results
            if len(results) != len(some) or any(one.error for one in results):
                raise VaultRefused(next((one.error for one in results if one.error), "an answer is missing"))
            found += results
        return found

    async def _done(self, path: str, body: Mapping[str, object]) -> bytes:
        status, content = await self._answer("POST", path, msgspec.json.encode(body))
        if status == NOT_FOUND:
            raise VaultRefused(f"Vault has nothing at {path}: is the engine mounted?")
        return content

    async def _answer(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        """The status, 200, 204 or 404, and what came with it. A token that was replaced meanwhile is read again."""
        try:
            headers = {"X-Vault-Token": self._token_file.read_text("ascii").strip(), "X-Vault-Request": "true"}
        except (OSError, UnicodeDecodeError):
            raise LogUnavailable(f"{self._token_file} holds no token for Vault") from None
        try:
            response = await self._http.request(method, self._base + path, content=body, headers=headers)
        except httpx.HTTPError as error:
            raise LogUnavailable(f"Vault does not answer ({type(error).__name__})") from error
        if response.status_code == BAD_REQUEST:
            raise VaultRefused(_said(response.content))
        if response.status_code == FORBIDDEN:
            raise LogUnavailable(f"Vault refuses the token in {self._token_file}, or what it is asked for with it")
        if response.status_code not in {OK, NO_CONTENT, NOT_FOUND}:
            raise LogUnavailable(f"Vault answers {response.status_code}: it is sealed, standing by or in trouble")
        return response.status_code, response.content


def version_of(wrapped: str) -> int:
    """By which version of the key something is encrypted (`vault:v3:…`). Raises: KeysUnusable."""
    try:
        _, version, _ = wrapped.split(":", 2)
        return int(version.removeprefix("v"))
    except ValueError:
        raise KeysUnusable("a wrapped key is damaged: restore the database of the keys from its backup") from None


def _data(content: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(msgspec.json.decode(content, type=_Answer).data, type=kind)
    except msgspec.DecodeError as error:
        raise LogUnavailable("Vault answers something else than it is documented to") from error


def _said(content: bytes) -> str:
    try:
        refusal = msgspec.json.decode(content, type=_Refusal)
    except msgspec.DecodeError:
        return "Vault says no"
    return "; ".join(refusal.errors or sorted({one.error for one in refusal.data.batch_results if one.error}))
