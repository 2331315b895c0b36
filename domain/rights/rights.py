"""All that people asked and complained of in a partnership, and its breaches, folded together: there are few."""

from collections.abc import Iterator
from typing import Final

import msgspec

from domain.facts import Fact, Knowledge, knowing
from domain.ids import ComplaintId, DataBreachId, RectificationId, RightsRequestId
from domain.refusals import found
from domain.rights import breach, complaint, rectification, reminding, request
from domain.rights.breach import DataBreach, DataBreaches
from domain.rights.complaint import Complaint, Complaints
from domain.rights.rectification import Rectification, Rectifications
from domain.rights.reminding import Asked, RightsReminded, RightsThing, Said
from domain.rights.request import Requests, RightsRequest


class Rights(msgspec.Struct, frozen=True):
    """Requests, what is to be put right, complaints and breaches as they stand, and what was reminded of."""

    requests: Requests = {}
    rectifications: Rectifications = {}
    complaints: Complaints = {}
    breaches: DataBreaches = {}
    said: Said = frozenset()

    def request(self, one: RightsRequestId) -> RightsRequest:
        """A request. Raises Unknown."""
        return found(self.requests.get(one))

    def rectification(self, one: RectificationId) -> Rectification:
        """Something to be put right. Raises Unknown."""
        return found(self.rectifications.get(one))

    def complaint(self, one: ComplaintId) -> Complaint:
        """A complaint. Raises Unknown."""
        return found(self.complaints.get(one))

    def breach(self, one: DataBreachId) -> DataBreach:
        """A breach. Raises Unknown."""
        return found(self.breaches.get(one))

    def limited(self) -> Iterator[tuple[RightsThing, Asked]]:
        """What is answered within a time limit, each with what it is."""
        for request_ in self.requests.values():
            yield "request", request_
        for complaint_ in self.complaints.values():
            yield "complaint", complaint_
        for breach_ in self.breaches.values():
            yield "data-breach", breach_


OF_RIGHTS: Final = (
    *request.OF_REQUESTS,
    *rectification.OF_RECTIFICATIONS,
    *complaint.OF_COMPLAINTS,
    *breach.OF_BREACHES,
    RightsReminded,
)


def evolve(state: Rights, fact: Fact) -> Rights:
    """What stands after a fact."""
    change = msgspec.structs.replace
    if isinstance(fact, request.OF_REQUESTS):
        return change(state, requests=request.evolve(state.requests, fact))
    if isinstance(fact, rectification.OF_RECTIFICATIONS):
        return change(state, rectifications=rectification.evolve(state.rectifications, fact))
    if isinstance(fact, complaint.OF_COMPLAINTS):
        return change(state, complaints=complaint.evolve(state.complaints, fact))
    if isinstance(fact, breach.OF_BREACHES):
        return change(state, breaches=breach.evolve(state.breaches, fact))
    return change(state, said=reminding.evolve(state.said, fact))


_RIGHTS: Final = knowing(Rights(), evolve, OF_RIGHTS)


def rights() -> Knowledge[Rights]:
    """What people asked and complained of, at the head."""
    return _RIGHTS
