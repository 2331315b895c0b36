"""Train the weights by which people are compared: `python -m benchmarks.train_weights`.

Splink (MIT) learns m and u over a generated register whose duplicates are known: m from the pairs of one human, u from
random pairs. Its levels are our own, called from its SQL, so that what is learnt is what is used. What the register has
not, or not as often as life, is estimated (`ESTIMATED`). From which probability on two are suggested to be one is the
least at which so many suggestions are right, among questions to a second register.

Writes application/finding/weights.json; then compares our weights with Splink's own scores of the same pairs.
Needs the dependency group `finding`.
"""

import datetime as dt
import importlib.metadata
import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, get_args

import duckdb
import msgspec
import pandas as pd
from splink import DuckDBAPI, Linker, SettingsCreator
from splink import comparison_level_library as cll
from splink import comparison_library as cl

from application.finding import comparing
from application.finding.comparing import (
    OTHERS,
    Common,
    Level,
    Match,
    Provenance,
    Reason,
    Weights,
    compared,
    family_level,
    given_level,
    nickname_level,
)
from application.finding.identity import Described
from benchmarks.entries import Entry
from benchmarks.looking import Looking
from benchmarks.register import entries, humans, later, questions, recorded, register, with_errors

PEOPLE: Final = 60_000
TWICE: Final = 20_000
PAIRS: Final = 300_000
SEED: Final = 20_261
LEAST: Final = 2e-6
"""No level is taken to be rarer among strangers: a register is larger than what was drawn."""
COMMON_FROM: Final = 0.002
TRIED_ON: Final = 300_000
RIGHT: Final = 0.998
"""The share of suggestions that are right on the register they are tried on; 0.99 is asked for on larger ones, too."""
TRIED: Final = (0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999)
VERSION: Final = 2
ESTIMATED: Final[dict[Reason, Level]] = {
    "given-diminutive": Level(0.05, 0.0023),
    "given-initial": Level(0.01, 0.004),
    "family-part": Level(0.03, 0.0004),
    "nickname-given": Level(0.05, 0.002),
    "born-near": Level(0.02, 0.08),
    "age-same": Level(0.8, 0.17),
    "age-next": Level(0.16, 0.3),
    "age-other": Level(0.04, 0.53),
    "sex-same": Level(0.98, 0.57),
    "sex-other": Level(0.02, 0.43),
    "postcode-same": Level(0.05, 0.0005),
    "address-other": Level(0.4, 0.99),
    "email-same": Level(0.8, LEAST),
    "email-other": Level(0.2, 1 - LEAST),
    "order-swapped": Level(0.04, 1.0),  # what it costs to look at names in another way
    "alias-matched": Level(0.1, 1.0),
}
"""What the register has not, or not as often as life: set by hand, as the provenance says."""

_encode = msgspec.msgpack.encode
_decode = msgspec.msgpack.Decoder(Described).decode


def _given(one: Described, other: Described) -> Reason | None:
    a, b = one.namings[0].given, other.namings[0].given
    return given_level(a, b) if a and b else None


def _family(one: Described, other: Described) -> Reason | None:
    a, b = one.namings[0].family, other.namings[0].family
    return family_level(a, b) if a and b else None


def _nickname(one: Described, other: Described) -> Reason | None:
    return nickname_level(one.namings[0], other.namings[0])


COMPARED: Final[dict[str, Callable[[Described, Described], Reason | None]]] = {
    "given": _given,
    "family": _family,
    "nickname": _nickname,
} | {compare.__name__.strip("_"): compare for compare in OTHERS}


def _reasons(name: str) -> list[Reason]:
    """The levels of a comparison, in their order."""
    starts = ("postcode", "address") if name == "home" else (name,)
    return [one for one in get_args(Reason) if one.split("-")[0] in starts]


def _comparison(name: str) -> cl.CustomComparison:
    said = f"level_of_{name}(who_l, who_r)"
    levels = [cll.CustomLevel(f"{said} = ''", "nothing to compare").configure(is_null_level=True)]
    levels += [cll.CustomLevel(f"{said} = '{reason}'", reason) for reason in _reasons(name)]
    return cl.CustomComparison([*levels, cll.ElseLevel()], output_column_name=name)


def _level_by(compare: Callable[[Described, Described], Reason | None]) -> Callable[[bytes, bytes], str]:
    def level(one: bytes, other: bytes) -> str:
        return compare(_decode(one), _decode(other)) or ""

    return level


def _linker(people: pd.DataFrame) -> Linker:
    connection = duckdb.connect()
    for name, compare in COMPARED.items():
        connection.create_function(f"level_of_{name}", _level_by(compare), ["BLOB", "BLOB"], "VARCHAR")
    api = DuckDBAPI(connection=connection)
    table = pd.DataFrame(
        {
            "unique_id": range(len(people)),
            "human": people["human"],
            "who": [_encode(one.described) for one in entries(people)],
        }
    )
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[_comparison(name) for name in COMPARED],
        blocking_rules_to_generate_predictions=["l.human = r.human"],
        probability_two_random_records_match=1 / PEOPLE,
        retain_intermediate_calculation_columns=True,
    )
    return Linker(api.register(table), settings, log_level="ERROR")


def _learnt(linker: Linker) -> dict[Reason, Level]:
    found: dict[Reason, Level] = {}
    for name, comparison in zip(COMPARED, linker.misc.save_model_to_json()["comparisons"], strict=True):
        of: dict[Any, dict[str, Any]] = {one.get("label_for_charts"): one for one in comparison["comparison_levels"]}
        for reason in _reasons(name):
            level = of.get(reason, {})
            m, u = (_probability(level.get(f"{kind}_probability")) for kind in "mu")
            found[reason] = Level(max(m, 10 * LEAST), max(u, LEAST))
    return found


def _probability(found: object) -> float:
    return float(found) if isinstance(found, int | float) and math.isfinite(found) else 0.0


def _common(names: pd.Series) -> dict[str, float]:
    often = names[names != ""].value_counts(normalize=True)
    return {str(name): round(float(share), 5) for name, share in often.items() if share >= COMMON_FROM}


def _least_right(looking: Looking, asked: Sequence[Entry]) -> float:
    """The least probability from which on so many suggestions are right."""
    found = [(match.probability, right) for one in asked for match, right in looking.matches(one)]
    for least in TRIED:
        of = [right for probability, right in found if probability >= least]
        if of and sum(of) / len(of) >= RIGHT:
            return least
    return TRIED[-1]


def trained(progress: Callable[[str], None]) -> tuple[Weights, float]:
    """The weights, and on what share of pairs what was learnt says the same as Splink's own scores."""
    once = humans(PEOPLE, SEED)
    again = once.sample(TWICE, random_state=SEED)
    people = pd.concat(
        [recorded(once, SEED + 1), with_errors(recorded(later(again, SEED + 4), SEED + 2), SEED + 3, 0.2)],
        ignore_index=True,
    )
    linker = _linker(people)
    progress(f"u from {PAIRS:,} pairs of {len(people):,} entries")
    linker.training.estimate_u_using_random_sampling(max_pairs=PAIRS, seed=SEED, min_count_per_level=None)
    progress(f"m from {TWICE:,} pairs of one human each")
    linker.training.estimate_m_from_label_column("human")
    learnt = _learnt(linker)
    described = [one.described.namings[0] for one in entries(recorded(once, SEED + 1))]
    weights = Weights(
        provenance=Provenance(
            version=VERSION,
            trained_by=f"Splink {importlib.metadata.version('splink')}: u by random pairs, m by known duplicates",
            trained_on=(
                f"benchmarks.register, seed {SEED}: {PEOPLE:,} humans, {TWICE:,} of them twice; names of Faker "
                f"{importlib.metadata.version('faker')}, errors of gecko {importlib.metadata.version('gecko-syndata')}"
                f"; no real person. By estimate: {', '.join(sorted(ESTIMATED))}"
            ),
            trained_at=dt.datetime.now(dt.UTC).date().isoformat(),
        ),
        prior=1 / PEOPLE,
        same=TRIED[-1],
        show=0.0005,
        levels={reason: Level(round(one.m, 6), round(one.u, 6)) for reason, one in (learnt | ESTIMATED).items()},
        common=Common(
            given=_common(pd.Series([one.given for one in described])),
            family=_common(pd.Series([one.family for one in described])),
        ),
    )
    progress("the threshold, on a second register")
    second = register(TRIED_ON, SEED + 5)
    same = _least_right(Looking(entries(second), weights), entries(questions(second, 4_000, SEED + 6)))
    weights = msgspec.structs.replace(weights, same=same)
    return weights, beside_splink(linker, people, msgspec.structs.replace(weights, levels=ESTIMATED | learnt))


def beside_splink(linker: Linker, people: pd.DataFrame, weights: Weights) -> float:
    """On what share of the pairs of one human both say the same of suggesting them.

    Where names are swapped, found by an alias or common, ours says more than Splink's model: the rest is told.
    """
    scored = linker.inference.predict().as_pandas_dataframe()
    rows = entries(people)
    plain = msgspec.structs.replace(weights, common=Common({}, {}))
    agreed = pairs = 0
    for one, other, weight in zip(scored["unique_id_l"], scored["unique_id_r"], scored["match_weight"], strict=True):
        match: Match = compared(rows[one].described, rows[other].described, plain)
        if not {"order-swapped", "alias-matched"} & set(match.reasons):
            pairs += 1
            agreed += (match.probability >= weights.same) == (1 / (1 + 2.0 ** -float(weight)) >= weights.same)
    return agreed / max(pairs, 1)


def main() -> None:
    """Train, write, compare."""

    def progress(step: str) -> None:
        print(f"• {step}", file=sys.stderr)  # noqa: T201 - a program of the command line

    weights, agreed = trained(progress)
    path = Path(comparing.__file__).with_name("weights.json")
    path.write_bytes(msgspec.json.format(msgspec.json.encode(weights), indent=1) + b"\n")
    progress(f"wrote {path.name}; what was learnt says the same as Splink of {agreed:.2%} of the pairs")


if __name__ == "__main__":
    main()
