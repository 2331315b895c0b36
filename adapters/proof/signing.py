"""Secret keys of logs and witnesses, and what is signed with them: notes by c2sp.org/signed-note, Ed25519.

A secret is a line of a file: `hub-proof/1 ed25519 NAME SEED`. Of the installation's, each log's key is derived by the
log's origin, so that a signature is good for one log; a witness signs with its own. A file of several lines signs with
each: that is how a key is changed while policies that know the old one are still about.
"""

import base64
import hmac
import os
import re
import secrets
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.proof.verifier import COSIGNATURE, ED25519, HASH_BYTES, Checkpoint, Key
from application.ports import LogId

FORMAT: Final = "hub-proof/1"
ALGORITHM: Final = "ed25519"
_DERIVED: Final = b"hub/proof/v1/log\0"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:/_-]{0,199}")


class SecretUnreadable(Exception):  # noqa: N818 - an outcome
    """The file of a secret does not hold one; the message names the file, and nothing of what it holds."""


class Secret(msgspec.Struct, frozen=True):
    """Who signs, and the seed of 32 bytes."""

    name: str
    seed: bytes

    def __repr__(self) -> str:
        return f"Secret({self.name!r})"

    def log_key(self, origin: str) -> "Signing":
        """The key of one log of the installation."""
        seed = hmac.digest(self.seed, _DERIVED + origin.encode(), "sha256")
        return Signing(origin, ED25519, Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def witness_key(self) -> "Signing":
        """The key of a witness."""
        return Signing(self.name, COSIGNATURE, Ed25519PrivateKey.from_private_bytes(self.seed))


class Signing(msgspec.Struct, frozen=True):
    """A key that can sign."""

    name: str
    algorithm: int
    private: Ed25519PrivateKey

    @property
    def key(self) -> Key:
        """Its public half."""
        return Key(self.name, self.algorithm, self.private.public_key().public_bytes_raw())

    def sign(self, body: bytes) -> str:
        """The line of a signature under a note."""
        return self._line(self.private.sign(body))

    def cosign(self, body: bytes, seconds: int) -> str:
        """The line of a cosignature: that this was the log's newest checkpoint then."""
        message = b"cosignature/v1\ntime %d\n%b" % (seconds, body)
        return self._line(seconds.to_bytes(8) + self.private.sign(message))

    def _line(self, signature: bytes) -> str:
        return line_of(self.name, self.key.id, signature)


def origin_of(installation: str, log: LogId, incarnation: int) -> str:
    """By what a log's checkpoints name it."""
    return f"{installation}/{log}/{incarnation}"


def body_of(checkpoint: Checkpoint) -> bytes:
    """The text that is signed."""
    root = base64.b64encode(checkpoint.root).decode()
    return f"{checkpoint.origin}\n{checkpoint.size}\n{root}\n".encode()


def line_of(name: str, key_id: bytes, signature: bytes) -> str:
    """A signature as it stands under a note."""
    return f"— {name} {_code(key_id + signature)}\n"


def noted(body: bytes, *lines: str) -> bytes:
    """A text with the signatures below it."""
    return body + b"\n" + "".join(lines).encode()


def receipt(leaf: bytes, position: int, path: tuple[bytes, ...], note: bytes) -> bytes:
    """That a leaf stands at a position, for whoever keeps it (c2sp.org/tlog-proof, the leaf's hash as `extra`)."""
    lines = [f"extra {_code(leaf)}", f"index {position - 1}", *map(_code, path)]
    return ("c2sp.org/tlog-proof@v1\n" + "".join(f"{line}\n" for line in lines) + "\n").encode() + note


def request(old: int, path: tuple[bytes, ...], note: bytes) -> bytes:
    """What a witness is sent: the size it has seen, that the log still begins so, and the new checkpoint."""
    return (f"old {old}\n" + "".join(f"{_code(one)}\n" for one in path) + "\n").encode() + note


def make_secret(path: Path, name: str) -> Secret:
    """Make a secret in a new file that only its owner may read. Raises: FileExistsError; ValueError for the name."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not a name such as hub.example.org")
    secret = Secret(name, secrets.token_bytes(HASH_BYTES))
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{FORMAT} {ALGORITHM} {name} {_code(secret.seed)}\n")
        file.flush()
        os.fsync(file.fileno())
    return secret


def read_secrets(path: Path) -> tuple[Secret, ...]:
    """The secrets of a file; none where there is no file. Raises: SecretUnreadable."""
    try:
        lines = path.read_text("ascii").splitlines()
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError):
        raise SecretUnreadable(f"{path} cannot be read") from None
    found = []
    for line in lines:
        match line.split():
            case [marked, algorithm, name, code] if (marked, algorithm) == (FORMAT, ALGORITHM) and _NAME.fullmatch(
                name
            ):
                try:
                    seed = base64.b64decode(code, validate=True)
                except ValueError:
                    seed = b""
                if len(seed) != HASH_BYTES:
                    raise SecretUnreadable(f"{path} holds a key that is no key")
                found.append(Secret(name, seed))
            case _:
                raise SecretUnreadable(f"{path} is not a file of {FORMAT} keys")
    if len({one.name for one in found}) != 1:
        raise SecretUnreadable(f"{path} holds keys of different names, or none")
    return tuple(found)


def fingerprint(secret: Secret) -> str:
    """By what two people compare that they hold the same secret; it tells nothing of it."""
    return sha256(b"hub/proof/v1/fingerprint\0" + secret.seed).hexdigest()[:32]


def _code(content: bytes) -> str:
    return base64.b64encode(content).decode()
