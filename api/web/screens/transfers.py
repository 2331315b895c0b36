"""People whom other partnerships offer to hand over: who it is, is told to whoever accepts."""

from typing import Any, Final
from urllib.parse import quote

from api.problems import ProblemError
from api.serving import Answer
from api.v1.between import DeclineBody
from api.web import forms
from api.web.routes import AnyScreen, screen
from api.web.translating import gettext
from api.web.visit import Visit
from application.readings.ground import ViewBehind
from domain.ids import TransferId
from domain.refusals import Refusal

PATH: Final = "/transfers"


async def offers(visit: Visit) -> Answer:
    """Those that wait for an answer of the viewer's agency."""
    return await _page(visit)


async def accepted(visit: Visit) -> Answer:
    """The person is taken on; their new entry is what is shown next."""
    await visit.snapshot.let_go()
    try:
        person, decided = await visit.hub.transferring.accept(visit.viewer, TransferId(visit.ids["transfer"]))
    except (Refusal, ProblemError) as error:
        return await _page(visit, problem=await visit.problem(error))
    except ViewBehind as error:
        raise ProblemError("not-yet-visible") from error
    done = gettext("The person is taken on. Look whether they are in the register already.")
    return visit.go(f"/people/{quote(person, safe='')}", decided=decided, done=done)


async def declined(visit: Visit) -> Answer:
    """The person is not taken on, and the other side is told why."""
    filled = forms.fill(DeclineBody, visit.sent)
    if not isinstance(filled.body, DeclineBody):
        return await _page(visit, fields=filled.fields, errors=filled.errors)
    await visit.snapshot.let_go()
    one = TransferId(visit.ids["transfer"])
    try:
        decided = await visit.hub.transferring.decline(visit.viewer, one, filled.body.reason)
    except (Refusal, ProblemError) as error:
        return await _page(visit, problem=await visit.problem(error))
    return visit.go(PATH, decided=decided, done=gettext("They are told that the person is not taken on."))


async def _page(visit: Visit, **given: Any) -> Answer:  # noqa: ANN401 - what the form says
    shown: dict[str, Any] = {"fields": forms.fields_of(DeclineBody), "errors": ()}
    found = await visit.hub.readings.other_partnerships.offers(visit.viewer)
    return await visit.page("transfers.html", **shown | given | {"section": "home", "offers": found})


SCREENS: Final[tuple[AnyScreen, ...]] = (
    screen(PATH, offers),
    screen(f"{PATH}/{{transfer}}/accept", act=accepted),
    screen(f"{PATH}/{{transfer}}/decline", act=declined),
)
