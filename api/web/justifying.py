"""Where the legal profile asks for it, a document waits until it was typed why: in a form, never in an address.

What is sent lasts for one answer: the same document asked for again is asked about again.
"""

from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import urlencode

from api.serving import JUSTIFICATION_LIMIT, Answer
from api.web.translating import gettext
from api.web.visit import Visit
from domain.governance.partnership import JustificationMissing, Look

WHY: Final = "why"

Shows = Callable[[Visit], Awaitable[Answer]]


def take_why(visit: Visit) -> None:
    """Take down why, where it was typed."""
    if why := visit.sent.one(WHY):
        visit.call.account.justified(why[:JUSTIFICATION_LIMIT])


def once_justified(show: Shows, way: Look, back: Callable[[Visit], str]) -> Shows:
    """The same, once it was typed why where that is demanded; before that nothing is read."""

    async def asked(visit: Visit) -> Answer:
        take_why(visit)
        try:
            visit.call.account.owes(way, (await visit.partnership()).justified)
        except JustificationMissing:
            typed = WHY in visit.sent
            errors = ((WHY, gettext("Enter why you need it")),) if typed else ()
            here = visit.call.path + (f"?{urlencode(visit.query)}" if visit.query else "")
            return await visit.page("why.html", errors=errors, here=here, back=back(visit), way=way)
        return await show(visit)

    return asked
