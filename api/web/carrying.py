"""What was typed when a session ended, on its way through a sign-in or a tablet's PIN: only its worker can open it.

It waits in the page that asks who it is, which anybody may look at: so it is sealed, under a key of that worker.
"""

import base64
import secrets
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from api.hub import Hub
from api.web.forms import Sent

CARRIED: Final = "carried"
"""The field that holds it."""
NONCE_BYTES: Final = 12


def carry(hub: Hub, keeper: str, path: str, typed: Sequence[tuple[str, str]]) -> str:
    """What a worker typed at an address, sealed; nothing where nothing was typed, or nobody knows by whom."""
    if not typed or not keeper:
        return ""
    nonce = secrets.token_bytes(NONCE_BYTES)
    box = _sealing(hub, keeper).encrypt(nonce, urlencode(typed).encode(), path.encode())
    return base64.urlsafe_b64encode(nonce + box).decode()


def carried(hub: Hub, keeper: str, path: str, box: str) -> Sequence[tuple[str, str]]:
    """What was typed at the address, if it was this worker who did; nothing for anybody else."""
    try:
        content = base64.urlsafe_b64decode(box.encode("ascii", "replace"))
        opened = _sealing(hub, keeper).decrypt(content[:NONCE_BYTES], content[NONCE_BYTES:], path.encode())
    except (ValueError, InvalidTag):
        return ()
    return Sent(opened).pairs


def _sealing(hub: Hub, keeper: str) -> AESGCM:
    return AESGCM(hub.digest(f"carried\0{keeper}".encode()))
