"""Many acts of one form: each is done or refused by itself, and says so."""

from collections.abc import Mapping
from typing import Any

import msgspec

from api.problems import Problem, ProblemError, flaw_of
from api.web.visit import Visit
from application.deciding import Decided
from application.ports import CommandReused
from domain.facts import Command
from domain.refusals import Refusal


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one act: `decided`, or the `problem` that forbids it. `about` is for the page to name it by."""

    about: Any
    decided: Decided | None = None
    problem: Problem | None = None


async def one_act(
    visit: Visit, command: type[Command], key: str, ids: Mapping[str, str], about: object, **values: object
) -> Row:
    """Give a command. `key` tells it from the other acts of the form, so that sending the form twice adds nothing."""
    try:
        body = msgspec.convert(values, visit.write_for(command).body, strict=False)
    except msgspec.ValidationError as error:
        return Row(about=about, problem=await visit.problem(ProblemError("invalid-body", flaw_of(error))))
    try:
        return Row(about=about, decided=await visit.decide(command, body, ids, key=key))
    except (Refusal, ProblemError, CommandReused) as error:
        return Row(about=about, problem=await visit.problem(error))


def last(rows: list[Row]) -> Decided | None:
    """The act that was recorded last, for the next page to wait for."""
    return max((one.decided for one in rows if one.decided), key=lambda decided: decided.position, default=None)
