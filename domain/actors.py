"""Who acts: a worker of an agency, in a role, within one partnership."""

from typing import Final, Literal

import msgspec

from domain.ids import AgencyId, PartnershipId, TeamId, WorkerId

Role = Literal[
    "constable",
    "pcso",
    "council-officer",
    "accredited-officer",
    "outreach-worker",
    "hub-coordinator",
    "problem-solving-coordinator",
    "agency-worker",
    "supervisor",
    "legal",
    "safeguarding-lead",
    "data-protection-officer",
    "privacy-officer",
    "caldicott-guardian",
    "administrator",
    "panel-member",
    "system",
]
"""What a worker may do is decided by role and agency in `domain.governance.sharing`, and nowhere else."""

OFFICERS: Final[frozenset[Role]] = frozenset({"constable", "pcso", "council-officer", "accredited-officer"})
"""Those who issue tickets."""
COORDINATORS: Final[frozenset[Role]] = frozenset({"hub-coordinator", "problem-solving-coordinator"})


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who takes a decision or looks at a record. A token serves one partnership.

    `by_command_line`: whoever holds the installation's keys acts, and needs no post; no request can say so.
    """

    worker: WorkerId
    agency: AgencyId
    role: Role
    partnership: PartnershipId
    team: TeamId | None = None
    by_command_line: bool = False
