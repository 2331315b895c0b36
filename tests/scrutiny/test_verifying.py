"""Whoever holds what was published draws again without a server, and is told the first thing that does not agree."""

import datetime as dt
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from api.cli.panel import command
from application.readings.panels import PublishedDraw
from application.scrutiny.verifying import NotDrawnSo, drawn_again
from domain.ids import CaseId, PanelId, SampleId
from domain.scrutiny.draw import commitment_to, digest_of, order_of
from domain.scrutiny.sample import Excluded, Stratum
from tests.scrutiny.examples import LOT, SEED

change = msgspec.structs.replace
POPULATION = {
    "green": tuple(CaseId(f"g-{n}") for n in range(20)),
    "cpw": tuple(CaseId(f"c-{n}") for n in range(5)),
}
SAMPLE = SampleId("sample")
ORDER = order_of(POPULATION, SAMPLE, LOT, SEED)
FIRST, SECOND, THIRD, FOURTH = ORDER["green"][:4]
PUBLISHED = PublishedDraw(
    algorithm="hub-draw-v1",
    partnership="fenland",
    panel=PanelId("panel"),
    sample=SAMPLE,
    question="Were tickets fair?",
    from_date=dt.date(2026, 4, 1),
    to_date=dt.date(2026, 5, 31),
    strata=(
        Stratum(stratum="green", kind="ticket-issued", of="green", take=3),
        Stratum(stratum="cpw", kind="ticket-issued", of="cpw", take=1),
    ),
    position=99,
    population=POPULATION,
    digest=digest_of(POPULATION),
    commitment=commitment_to(SEED),
    lot=LOT,
    seed=SEED,
    drawn=(FIRST, THIRD, ORDER["cpw"][0], FOURTH),
    excluded=(Excluded(SECOND, "before-a-court", replaced=True),),
)


def test_what_was_left_out_and_what_replaced_it_follow_too() -> None:
    assert drawn_again(PUBLISHED) == PUBLISHED.drawn


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"seed": SEED + "x"}, "the seed"),
        ({"lot": "another"}, "left out"),
        ({"population": {**POPULATION, "green": POPULATION["green"][1:]}}, "the population"),
        ({"population": {**POPULATION, "green": (*POPULATION["green"], CaseId("g-99"))}}, "the population"),
        ({"drawn": (FIRST, THIRD, ORDER["cpw"][1], FOURTH)}, "other cases"),
        ({"excluded": ()}, "other cases"),
        ({"excluded": (Excluded(SECOND, "before-a-court", replaced=False),)}, "not replaced"),
        ({"excluded": (Excluded(CaseId("g-77"), "before-a-court", replaced=True),)}, "left out"),
        ({"seed": None}, "nothing is drawn"),
        ({"algorithm": "dice"}, "drawn by dice"),
        ({"strata": PUBLISHED.strata[:1]}, "the strata"),
    ],
)
def test_the_first_thing_that_does_not_agree_is_named(changed: dict[str, object], said: str) -> None:
    with pytest.raises(NotDrawnSo, match=said):
        drawn_again(change(PUBLISHED, **changed))


def test_the_command_needs_no_server(tmp_path: Path) -> None:
    file = tmp_path / "draw.json"
    file.write_bytes(msgspec.json.encode(PUBLISHED))
    found = CliRunner().invoke(command, ["draw", "--verify", str(file)])
    assert found.exit_code == 0, found.output
    assert msgspec.json.decode(found.stdout) == {"drawn": list(PUBLISHED.drawn), "verified": True}
    file.write_bytes(msgspec.json.encode(change(PUBLISHED, digest="0" * 64)))
    assert CliRunner().invoke(command, ["draw", "--verify", str(file)]).exit_code != 0


def test_a_seed_comes_with_the_commitment_that_anybody_can_check() -> None:
    made = msgspec.json.decode(CliRunner().invoke(command, ["seed", "--json"]).stdout)
    assert made["commitment"] == commitment_to(made["seed"])
    assert len(made["seed"]) >= 32
