"""Codes of an authenticator (RFC 6238) and recovery codes: what somebody has beside what they know."""

import base64
import datetime as dt
import hmac
import secrets
from collections.abc import Callable
from typing import Final

SECRET_BYTES: Final = 20
DIGITS: Final = 6
STEP_SECONDS: Final = 30
DRIFT: Final = (0, -1, 1)
"""A phone's clock may be a step late or early (RFC 6238, 5.2)."""
RECOVERY_CODES: Final = 10
RECOVERY_BYTES: Final = 10
KEPT_BYTES: Final = 16


def new_secret() -> bytes:
    """What an authenticator is set up with."""
    return secrets.token_bytes(SECRET_BYTES)


def shown(secret: bytes) -> str:
    """A secret as it is typed into an authenticator."""
    return base64.b32encode(secret).decode()


def step_at(at: dt.datetime) -> int:
    """The time step of a moment."""
    return int(at.timestamp()) // STEP_SECONDS


def code_of(secret: bytes, step: int) -> str:
    """The code of a time step: HOTP of RFC 4226 with the step as its counter."""
    mac = hmac.digest(secret, step.to_bytes(8), "sha1")
    offset = mac[-1] & 0x0F
    number = int.from_bytes(mac[offset : offset + 4]) & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def step_of(secret: bytes, typed: str, at: dt.datetime) -> int | None:
    """The time step that a code is of, if it is one of those near this moment."""
    now = step_at(at)
    near = [now + drift for drift in DRIFT]
    right = [step for step in near if hmac.compare_digest(code_of(secret, step).encode(), typed.encode())]
    return right[0] if right else None


def uri(secret: bytes, account: str, issuer: str) -> str:
    """What a picture for an authenticator says."""
    return f"otpauth://totp/{issuer}:{account}?secret={shown(secret)}&issuer={issuer}&digits={DIGITS}"


def new_recovery_codes() -> tuple[str, ...]:
    """Codes of 80 random bits, to be written down; each is good for one sign-in."""
    return tuple(
        "-".join(text[at : at + 4] for at in range(0, 16, 4))
        for text in (
            base64.b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode().lower() for _ in range(RECOVERY_CODES)
        )
    )


def plain(typed: str) -> str:
    """A code as it is meant, however it was typed."""
    return "".join(one for one in typed.lower() if one.isalnum())


def kept(codes: tuple[str, ...], keyed: Callable[[str], bytes]) -> bytes:
    """What is kept of recovery codes."""
    return b"".join(keyed(plain(one))[:KEPT_BYTES] for one in codes)


def spent(before: bytes, typed: str, keyed: Callable[[str], bytes]) -> bytes | None:
    """What is kept after a code was used; None if it is none of them."""
    sought = keyed(plain(typed))[:KEPT_BYTES]
    each = [before[at : at + KEPT_BYTES] for at in range(0, len(before), KEPT_BYTES)]
    if not any(hmac.compare_digest(one, sought) for one in each):
        return None
    return b"".join(one for one in each if one != sought)
