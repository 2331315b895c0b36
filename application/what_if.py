"""What if: how facts would have read under another ladder, other deadlines, or without an agreement.

What is changed is what decisions know, never what was recorded. Each decision of the period is made again on the
knowledge that it had, changed so, and not on what other decisions would then have been: a what-if says where a rule
would have bitten, and not how a life would have gone.
"""

from collections.abc import Collection, Mapping

import msgspec

from application.redeciding import Changing
from domain.engagement.ladder import AdoptLadder, LadderAdopted
from domain.facts import Fact
from domain.governance.agreement import AgreementMade, AgreementVaried
from domain.ids import AgreementId, ServiceId
from domain.support.service import ServiceOffered


def changing(
    ladder: AdoptLadder | None = None,
    answer_due_days: Mapping[ServiceId, int] | None = None,
    without: Collection[AgreementId] = (),
) -> Changing:
    """How facts would have read. A ladder stands in the place of every version that was adopted under its id.

    Days in which a service answers are working days. An agreement that is left out shares nothing.
    """
    days = answer_due_days or {}

    def change(fact: Fact) -> Fact:
        match fact:
            case LadderAdopted() if ladder is not None and fact.ladder == ladder.ladder:
                return msgspec.structs.replace(
                    fact,
                    steps=ladder.steps,
                    missed_session_escalates=ladder.missed_session_escalates,
                    refused_consent_escalates=ladder.refused_consent_escalates,
                    first_step_needs_encounter=ladder.first_step_needs_encounter,
                )
            case ServiceOffered() if fact.service in days:
                return msgspec.structs.replace(fact, answer_due_days=days[fact.service])
            case AgreementMade() | AgreementVaried() if fact.agreement in without:
                return msgspec.structs.replace(fact, categories=frozenset())
            case _:
                return fact

    return change
