"""Seals and hashes what accounts keep, under one key of the installation that lies in the store of the keys."""

import secrets
from hmac import digest
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES: Final = 12


class KeyedSecrets:
    """Two keys made of one: what is hashed tells nothing of what is sealed."""

    def __init__(self, key: bytes) -> None:
        self._hashing = digest(key, b"hub/accounts/hash", "sha256")
        self._sealing = AESGCM(digest(key, b"hub/accounts/seal", "sha256"))

    def keyed(self, label: str, *parts: str | bytes) -> bytes:
        """Each part goes in after its length, so that no two lists of parts are one text."""
        given = (label, *parts)
        encoded = (one.encode() if isinstance(one, str) else one for one in given)
        return digest(self._hashing, b"".join(len(one).to_bytes(8) + one for one in encoded), "sha256")

    def seal(self, label: str, content: bytes) -> bytes:
        """AES-256-GCM under a random nonce; the label is authenticated with it."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._sealing.encrypt(nonce, content, label.encode())

    def open(self, label: str, box: bytes) -> bytes | None:
        """What was sealed under this label, unaltered."""
        try:
            return self._sealing.decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], label.encode())
        except (InvalidTag, ValueError):
            return None
