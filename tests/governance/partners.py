"""A partnership for stories of its administration: a body of its own, the police and a drug service."""

from domain.actors import Actor, Role
from domain.governance.agency import AgencyRegistered
from domain.ids import AgencyId, PartnershipId, WorkerId
from tests.scenario import given, london

FENLAND = PartnershipId("fenland")
CSP, POLICE, RECOVERY = AgencyId("csp"), AgencyId("police"), AgencyId("recovery")
NOON = london("2026-03-02T12:00")
PARTNERS = given(
    AgencyRegistered(at=NOON, agency=CSP, name="Fenland CSP", kind="partnership"),
    AgencyRegistered(at=NOON, agency=POLICE, name="Police", kind="police"),
    AgencyRegistered(at=NOON, agency=RECOVERY, name="Recovery service", kind="drug-and-alcohol"),
)


def worker(role: Role, agency: AgencyId = CSP, name: str = "w-1") -> Actor:
    return Actor(worker=WorkerId(name), agency=agency, role=role, partnership=FENLAND)
