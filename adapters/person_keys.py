"""The keyed hashes of a register's entries and of questions to it: those of application.finding.keys."""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Final

from adapters.sealing.blind_index import BlindIndex
from application.finding.identity import Described, opened
from application.finding.keys import Parts, further_keys_of, keys_of
from application.ports import LogId, Unsealer
from application.views.people import PersonRow
from domain.ids import PartnershipId

SECRETS: Final = "blind-index"


def secret_name(log: LogId, build: int) -> str:
    """What the key store's secret is called that one build of a log's rows is hashed under (ADR 0035)."""
    return f"{SECRETS}/{log.partition('/')[0]}/{build}"


class BlindPersonKeys:
    """PersonKeys over one blind index for each partnership and build."""

    def __init__(self, unsealer: Unsealer, secret: Callable[[str], bytes]) -> None:
        """`secret` is the key store's: the secret of a name."""
        self._unsealer = unsealer
        self._secret = secret

    def described(self, rows: Sequence[PersonRow]) -> list[Described]:
        """Who each of these people is."""
        return opened(self._unsealer, rows)

    def of(self, log: LogId, build: int, who: Iterable[Described]) -> list[frozenset[bytes]]:
        """The hashes by which each of these is found; none for whoever was erased."""
        index = self._index(log, build)
        return [_hashed(index, keys_of(one)) for one in who]

    def asked(self, log: LogId, build: int, who: Described, *, further: bool = False) -> frozenset[bytes]:
        """The hashes of a question; `further`: and those by which one looks where nobody was surely found."""
        more = further_keys_of(who) if further else ()
        return _hashed(self._index(log, build), chain(keys_of(who, asking=True), more))

    def _index(self, log: LogId, build: int) -> BlindIndex:
        return BlindIndex(self._secret(secret_name(log, build)), PartnershipId(log.partition("/")[0]), build)


def _hashed(index: BlindIndex, keys: Iterable[tuple[str, Parts]]) -> frozenset[bytes]:
    return frozenset(index.hashed(kind, *parts) for kind, parts in keys)
