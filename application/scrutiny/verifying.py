"""A published draw made again, and the first thing in it that does not agree, in words."""

from application.readings.panels import PublishedDraw
from domain.ids import CaseId
from domain.scrutiny.draw import ALGORITHM, commitment_to, digest_of, order_of


class NotDrawnSo(Exception):  # noqa: N818 - an outcome
    """What is published does not agree with itself."""


def order_again(told: PublishedDraw) -> dict[str, tuple[CaseId, ...]]:
    """Each stratum's decisions in the order of the draw. Raises: NotDrawnSo."""
    if told.algorithm != ALGORITHM:
        raise NotDrawnSo(f"it was drawn by {told.algorithm}, which is not known here")
    if told.seed is None or told.lot is None:
        raise NotDrawnSo("nothing is drawn yet: the seed is hidden, or no lot was cast")
    if digest_of(told.population) != told.digest:
        raise NotDrawnSo("the population is not the one that was counted: its digest differs")
    if commitment_to(told.seed) != told.commitment:
        raise NotDrawnSo("the seed is not the one that was committed to")
    return order_of(told.population, told.sample, told.lot, told.seed)


def drawn_again(told: PublishedDraw) -> tuple[CaseId, ...]:
    """The cases that follow, those left out replaced by the next of their stratum. Raises: NotDrawnSo."""
    order = order_again(told)
    strata = {one.stratum: one.take for one in told.strata}
    if set(strata) != set(order):
        raise NotDrawnSo("the strata are not those of the population")
    cases = [case for one in told.strata for case in order[one.stratum][: one.take]]
    used = set(cases)
    for one in told.excluded:
        if one.case not in cases:
            raise NotDrawnSo("a case was left out that had not been drawn")
        cases.remove(one.case)
        stratum = next(each for each, of in order.items() if one.case in of)
        following = next((each for each in order[stratum] if each not in used), None)
        if (following is not None) != one.replaced:
            raise NotDrawnSo("a case that was left out was not replaced by the next of its stratum")
        if following is not None:
            used.add(following)
            cases.append(following)
    if tuple(cases) != told.drawn:
        raise NotDrawnSo("other cases were drawn than those that follow")
    return tuple(cases)
