"""What is handed over: a page to print from the browser with the choice of language, and the same as PDF."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final
from urllib.parse import quote, urlencode

from api.problems import ProblemError
from api.serving import Answer
from api.web.justifying import once_justified
from api.web.paper import making, printing
from api.web.paper.making import Made
from api.web.paper.printing import KINDS, Kind
from api.web.routes import AnyScreen, screen
from api.web.screens.person.about import about
from api.web.translating import LANGUAGES, speaking
from api.web.visit import Visit
from domain.governance.partnership import Look
from domain.ids import PersonId, ReferralId, RightsRequestId, SessionId
from domain.refusals import NotPermitted, Unknown

LANGUAGE: Final = "language"
OF: Final = "of"
PDF: Final = b"application/pdf"
ALL: Final = {name: KINDS[name] for name in making.OF_PERSON}

_one_at_a_time: Final = asyncio.Semaphore(1)

Makes = Callable[[Visit], Awaitable[Made]]


def _kind(visit: Visit) -> Kind:
    kind = ALL.get(visit.ids["document"])
    if kind is None:
        raise ProblemError("no-such-address")
    return kind


async def _of_person(visit: Visit) -> Made:
    return await making.of_person(
        visit.hub.readings,
        visit.viewer,
        visit.hub.clock.now(),
        _kind(visit),
        PersonId(visit.ids["person"]),
        visit.query.get(OF),
        visit.query.get(LANGUAGE),
    )


async def _of_session(visit: Visit) -> Made:
    now = visit.hub.clock.now()
    return await making.of_session(
        visit.hub.readings, visit.viewer, now, KINDS["sign-in"], SessionId(visit.ids["session"])
    )


async def _of_referral(visit: Visit) -> Made:
    now = visit.hub.clock.now()
    return await making.of_referral(
        visit.hub.readings, visit.viewer, now, KINDS["letter"], ReferralId(visit.ids["referral"])
    )


async def _of_accesses(visit: Visit) -> Made:
    now, person = visit.hub.clock.now(), PersonId(visit.ids["person"])
    chosen = visit.query.get(LANGUAGE)
    return await making.of_accesses(visit.hub.readings, visit.viewer, now, KINDS["accesses"], person, chosen)


async def _of_request(visit: Visit) -> Made:
    now, one = visit.hub.clock.now(), RightsRequestId(visit.ids["rights_request"])
    return await making.of_request(visit.hub.readings, visit.viewer, now, KINDS["access-pack"], one)


async def _taken_out(visit: Visit, make: Makes) -> Made:
    """A document, entered as what it is: an export, or a disclosure to whom it goes to."""
    made = await make(visit)
    if made.kind.look == "disclosure":
        visit.call.account.disclosed(made.kind.name, made.recipient)
    else:
        visit.call.account.exported(made.kind.name)
    await visit.snapshot.let_go()
    return made


def _back(visit: Visit, back: str) -> str:
    return back.format_map({name: quote(value, safe="") for name, value in visit.ids.items()})


def _shows(make: Makes, back: str) -> Callable[[Visit], Awaitable[Answer]]:
    async def show(visit: Visit) -> Answer:
        made = await _taken_out(visit, make)
        with speaking(made.language):
            content = printing.laid_out(made.kind, made.paper)
        here = visit.call.path.removesuffix("/pdf")
        of = visit.query.get(OF)
        chosen = {LANGUAGE: made.language} if made.kind.for_person else {}
        query = urlencode({**chosen, **({OF: of} if of else {})})
        return await visit.page(
            "print.html",
            kind=made.kind,
            content=content,
            chosen=made.language,
            languages=LANGUAGES if made.kind.for_person else {},
            of=of,
            here=here,
            pdf=f"{here}/pdf{'?' if query else ''}{query}" if printing.pdf_offered() else None,
            back=_back(visit, back),
        )

    return show


def _downloads(make: Makes) -> Callable[[Visit], Awaitable[Answer]]:
    async def download(visit: Visit) -> Answer:
        if not printing.pdf_offered():
            raise ProblemError("pdf-not-offered")
        made = await _taken_out(visit, make)
        with speaking(made.language):
            async with _one_at_a_time:  # drawing takes a processor for as long as it takes
                content = await asyncio.to_thread(printing.pdf, made.kind, made.paper)
        name = f'attachment; filename="{printing.file_name(made.kind)}"'.encode()
        return Answer(content, 200, PDF, ((b"content-disposition", name), (b"cache-control", b"no-store")))

    return download


async def _there_is(visit: Visit, kind: Kind, person: PersonId) -> bool:
    try:
        await making.of_person(visit.hub.readings, visit.viewer, visit.hub.clock.now(), kind, person)
    except (Unknown, NotPermitted):
        return False
    return True


async def choose(visit: Visit) -> Answer:
    """What can be printed of a person: whatever there is for this viewer."""
    one = await about(visit)
    documents = [
        (f"/people/{quote(one.person, safe='')}/print/{name}", kind)
        for name, kind in ALL.items()
        if await _there_is(visit, kind, one.person)
    ]
    return await one.page(
        "person/paper.html",
        "paper",
        handed_over=[each for each in documents if each[1].for_person],
        for_workers=[each for each in documents if not each[1].for_person],
    )


def _both(path: str, make: Makes, back: str, look: Look, *parameters: str) -> tuple[AnyScreen, ...]:
    return tuple(
        screen(where, once, *parameters, act=once)
        for where, show in ((path, _shows(make, back)), (f"{path}/pdf", _downloads(make)))
        for once in (once_justified(show, look, partial(_back, back=back)),)
    )


SCREENS: Final[tuple[AnyScreen, ...]] = (
    screen("/people/{person}/print", choose),
    *_both("/people/{person}/print/{document}", _of_person, "/people/{person}/print", "export", LANGUAGE, OF),
    *_both("/people/{person}/accesses/print", _of_accesses, "/people/{person}/accesses", "export", LANGUAGE),
    *_both(
        "/rights-requests/{rights_request}/pack/print", _of_request, "/rights-requests/{rights_request}", "disclosure"
    ),
    *_both("/hub-days/{session}/print", _of_session, "/hub-days/{session}", "export"),
    *_both("/referrals/{referral}/print", _of_referral, "/referrals/{referral}", "disclosure"),
)
