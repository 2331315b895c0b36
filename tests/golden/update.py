"""How each type and version of fact is written, one file for each: `python -m tests.golden.update`.

A file that is there stands for what logs may hold. It is replaced only where today's code still reads it: whoever
changes what a fact means declares a new version. `--before-release` replaces it all the same.
"""

import argparse
import asyncio
import importlib
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

import domain
from adapters.sealing.codec import JsonCodec
from adapters.sealing.keys import MemoryKeys
from application.ports import DecisionRecord, LogId, Stored, UnknownFact
from domain.actors import Actor
from domain.facts import CATALOGUE, Fact, declared
from domain.ids import AgencyId, PartnershipId, WorkerId
from tests.golden.shapes import example

FOLDER: Final = Path(__file__).parent
HEAD: Final = b'{"incarnation":1,"log":"fenland/case","position":1,"recorded":"2026-03-02T10:31:00.000000Z",'
LOG: Final = LogId("fenland/case")
BY: Final = Actor(
    worker=WorkerId("worker"), agency=AgencyId("police"), role="pcso", partnership=PartnershipId("fenland")
)
RECORD: Final = DecisionRecord(command="Example", arguments=b"{}", read=(), policy="policy", code="code")


class Golden(msgspec.Struct, frozen=True):
    """How a fact is written: what stands open in the leaf, and what is sealed under whose key."""

    type: str
    version: int
    fields: msgspec.Raw
    sealed: dict[str, str]


def every_fact() -> dict[tuple[str, int], type[Fact]]:
    """The catalogue once every module of the domain was imported."""
    for module in pkgutil.walk_packages(domain.__path__, "domain."):
        importlib.import_module(module.name)
    return CATALOGUE


def leaf_of(golden: Golden) -> Stored:
    """A stored event around the golden fields."""
    acting = b'"id":"01a201b0-b8d2-7f43-9306-39c6d5f46f30","about":[],"actor":"worker","agency":"police","role":"pcso",'
    what = b'"purpose":"Example","policy":"","code":""\t,"type":%b,"version":%d,"fields":\t%b\t}' % (
        msgspec.json.encode(golden.type),
        golden.version,
        bytes(golden.fields),
    )
    return Stored(1, HEAD + acting + what)


def written(cls: type[Fact]) -> Golden:
    """How the example of a class is written today."""
    codec = JsonCodec(MemoryKeys())
    (entry,) = asyncio.run(codec.to_entries(LOG, (example(cls),), BY, "Example", RECORD))
    leaf = msgspec.json.decode(HEAD + entry.body, type=_Written)
    sealed = {name: f"{mark.personal_class} of {mark.of}" for name, mark in declared(cls).personal.items()}
    return Golden(leaf.type, leaf.version, leaf.fields, sealed)


class _Written(msgspec.Struct, frozen=True):
    type: str
    version: int
    fields: msgspec.Raw


def file_of(fact_type: str, version: int) -> Path:
    """Where the golden of a type and version is kept."""
    return FOLDER / f"{fact_type}.v{version}.json"


def as_text(golden: Golden) -> bytes:
    """The golden as its file holds it."""
    return msgspec.json.format(msgspec.json.encode(golden), indent=2) + b"\n"


def unreadable() -> Iterator[str]:
    """The goldens that today's code no longer reads, and why."""
    codec = JsonCodec(MemoryKeys())
    for path in sorted(FOLDER.glob("*.json")):
        golden = msgspec.json.decode(path.read_bytes(), type=Golden)
        try:
            codec.fact(leaf_of(golden))
        except UnknownFact as fault:
            yield f"{path.name}: {fault}"


def main() -> int:
    """Write the goldens that are missing or outdated."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before-release", action="store_true", help="no log holds these facts yet: replace them all")
    chosen = parser.parse_args()
    catalogue = every_fact()
    if chosen.before_release:
        for path in FOLDER.glob("*.json"):
            path.unlink()
    elif broken := list(unreadable()):
        sys.stderr.write("Logs may hold what this code cannot read: declare a new version, keep the old one.\n")
        sys.stderr.writelines(f"{one}\n" for one in broken)
        return 1
    for (fact_type, version), cls in catalogue.items():
        file_of(fact_type, version).write_bytes(as_text(written(cls)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
