"""How a sample is drawn: from two texts that nobody knew together when the population was counted (ADR 0033).

The chair commits to a seed by its SHA-256. Afterwards another member casts a lot, openly. Then the seed is shown, and
the draw follows from both: neither could steer it alone, and whoever has the published texts draws the same again.

    seed        at least 32 characters, known to the chair alone; `printf %s "$SEED" | sha256sum` is its commitment
    digest      SHA-256 of the population: a line `stratum case` for each decision, in the order of the log
    key         SHA-256 of the lines `hub-draw-v1`, sample, digest, lot, seed
    rank        HMAC-SHA256(key, `stratum case`); the decisions of a stratum in the order of their ranks are its order

All texts are UTF-8, every line of the population and of the key ends with a line feed, hashes are lower-case hex.
"""

import hmac
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Final

from domain.ids import CaseId, SampleId

ALGORITHM: Final = "hub-draw-v1"
SEED_MIN: Final = 32

Population = Mapping[str, Sequence[CaseId]]
"""The decisions of each stratum, in the order of the log."""


def commitment_to(seed: str) -> str:
    """What is published of a seed before it is shown."""
    return sha256(seed.encode()).hexdigest()


def digest_of(population: Population) -> str:
    """What is published of a population: one decision more, fewer or other, and it is another."""
    lines = "".join(f"{stratum} {case}\n" for stratum, cases in population.items() for case in cases)
    return sha256(lines.encode()).hexdigest()


def order_of(population: Population, sample: SampleId, lot: str, seed: str) -> dict[str, tuple[CaseId, ...]]:
    """The decisions of each stratum in the order in which they are drawn: the first so many, then who replaces them."""
    lines = (ALGORITHM, sample, digest_of(population), lot, seed)
    key = sha256("".join(f"{one}\n" for one in lines).encode()).digest()

    def rank(stratum: str, case: CaseId) -> bytes:
        return hmac.digest(key, f"{stratum} {case}".encode(), "sha256")

    return {
        stratum: tuple(sorted(cases, key=lambda case: rank(stratum, case))) for stratum, cases in population.items()
    }
