"""What if: how facts would have read under another ladder, other deadlines, or without an agreement.

What is changed is what decisions know, never what was recorded. Each decision of the period is made again on the
knowledge that it had, changed so, and not on what other decisions would then have been: a what-if says where a rule
would have bitten, and not how a life would have gone.
"""

from collections.abc import Collection, Mapping

import msgspec

from domain.engagement.ladder import AdoptLadder, LadderAdopted
from domain.facts import Fact
from domain.governance.agreement import AgreementMade, AgreementVaried
from domain.ids import AgreementId, ServiceId
from domain.support.service import ServiceOffered


class WhatIf:
    """How facts would have read. A ladder stands in the place of every version that was adopted under its id.

    Days in which a service answers are working days. An agreement that is left out shares nothing. `unmet` names what
    was to be otherwise and no decision had asked for: most likely it is called something else.
    """

    def __init__(
        self,
        ladder: AdoptLadder | None = None,
        answer_due_days: Mapping[ServiceId, int] | None = None,
        without: Collection[AgreementId] = (),
    ) -> None:
        self._ladder = ladder
        self._days = answer_due_days or {}
        self._without = without
        self.unmet: set[str] = {*self._days, *without, *(() if ladder is None else (ladder.ladder,))}

    def __call__(self, fact: Fact) -> Fact:
        """As it was, or as it would have been."""
        match fact:
            case LadderAdopted() if self._ladder is not None and fact.ladder == self._ladder.ladder:
                self.unmet.discard(fact.ladder)
                return msgspec.structs.replace(
                    fact,
                    steps=self._ladder.steps,
                    missed_session_escalates=self._ladder.missed_session_escalates,
                    refused_consent_escalates=self._ladder.refused_consent_escalates,
                    first_step_needs_encounter=self._ladder.first_step_needs_encounter,
                )
            case ServiceOffered() if fact.service in self._days:
                self.unmet.discard(fact.service)
                return msgspec.structs.replace(fact, answer_due_days=self._days[fact.service])
            case AgreementMade() | AgreementVaried() if fact.agreement in self._without:
                self.unmet.discard(fact.agreement)
                return msgspec.structs.replace(fact, categories=frozenset())
            case _:
                return fact
