"""A rule that somebody set aside: who did so, why, and which rules were set aside.

A guard yields its refusals. Without an override the first of them is the answer; with one, their codes stand in the
fact.
"""

from collections.abc import Callable, Iterable
from typing import Annotated, Any, Final, Literal

import msgspec

from domain.actors import COORDINATORS, Actor, Role
from domain.facts import Facts, Line, Personal, Text
from domain.ids import WorkerId
from domain.refusals import NotPermitted, Refusal

Said = Annotated[Text | None, Personal("intelligence")]
"""Free text of a command about a person, sealed as intelligence."""
Where = Annotated[Line | None, Personal("intelligence")]
"""Where a person was met, as a command gives it; sealed as intelligence."""
AreaCode = str
"""A GSS code, open: it says no more than the district."""
PlaceCode = str
"""What an order may forbid and a session may stand in: a GSS code, or the slug of a venue."""

OverrideReason = Literal[
    "immediate-risk", "court-order", "step-taken-elsewhere", "recorded-on-paper", "imported-history"
]


class Override(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who set a rule aside, and why."""

    by: WorkerId
    reason: OverrideReason


CLERKS: Final[frozenset[Role]] = COORDINATORS | {"supervisor", "administrator", "system"}
"""Those who write down for others what stands on paper, and bring in what was kept before."""


class HistoryNotYours(NotPermitted):
    """Only a clerk brings in history."""

    code = "history-not-yours"
    rule = "What today's rules would refuse is recorded as history only by those who bring in old records (ours)."
    permitted_by = "Ask the coordinator, or leave the history out."


class PaperNotYours(NotPermitted):
    """Only a clerk vouches for what a form says."""

    code = "paper-not-yours"
    rule = "What stands on a form is vouched for by whoever types it for others; who acts says it themselves (ours)."
    permitted_by = "Enter the terms and how it was told, or ask the coordinator to type the form."


def vouch(by: Actor) -> None:
    """A clerk, and nobody else, vouches for a paper form. Raises: PaperNotYours."""
    if by.role not in CLERKS:
        raise PaperNotYours(role=by.role)


def named(override: Override | None, overridden: tuple[str, ...]) -> dict[str, Any]:
    """The fields by which a fact says what was set aside, by whom and why."""
    by = override if overridden else None
    return {
        "overridden": overridden,
        "override_by": by.by if by else None,
        "override_reason": by.reason if by else None,
    }


def settle(
    refusals: Iterable[Refusal],
    historic: Override | None,
    by: Actor,
    override: Override | None = None,
    may_override: tuple[type[Refusal], ...] = (),
    remember: Callable[[Refusal], Facts] | None = None,
) -> tuple[str, ...]:
    """The codes of the rules that were set aside; the first that was not is raised.

    `historic` sets aside any rule that is yielded here (history is recorded as it was); `override` only `may_override`.
    `remember` says by which facts the log remembers the refusal that is raised.
    """
    if historic is not None and by.role not in CLERKS:
        raise HistoryNotYours(role=by.role)
    overridden: list[str] = []
    for refusal in refusals:
        if historic is None and (override is None or not isinstance(refusal, may_override)):
            refusal.remembered = remember(refusal) if remember else ()
            raise refusal
        overridden.append(refusal.code)
    return tuple(dict.fromkeys(overridden))
