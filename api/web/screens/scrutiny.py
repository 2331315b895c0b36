"""Scrutiny panels: what they draw, look at and find, for everybody; the cases for those who sit in the room."""

import secrets
from typing import Final

from api.serving import Answer
from api.web.routes import AnyScreen, screen
from api.web.visit import Visit
from api.web.wording import in_words
from domain.ids import CaseId, PanelId, SampleId
from domain.scrutiny.draw import commitment_to

PATH: Final = "/panels"
PANEL: Final = f"{PATH}/{{panel}}"
SAMPLE: Final = f"{PANEL}/samples/{{sample}}"
SEED_BYTES: Final = 24


async def _names(visit: Visit) -> dict[str, str]:
    return {str(one.id): one.name for one in (await visit.agencies()).values()}


def _ids(visit: Visit) -> tuple[PanelId, SampleId]:
    return PanelId(visit.ids["panel"]), SampleId(visit.ids["sample"])


async def panels(visit: Visit) -> Answer:
    """The panels, and what they asked of agencies."""
    known = await visit.hub.reading.panels(visit.viewer)
    asked = await visit.hub.reading.recommendations(visit.viewer)
    return await visit.page(
        "scrutiny/panels.html",
        section="scrutiny",
        panels=known.items,
        recommendations=asked.items,
        names=await _names(visit),
        may_convene=visit.viewer.role == "administrator" and await visit.may("write", "scrutiny"),
        back=PATH,
    )


async def panel(visit: Visit) -> Answer:
    """One panel: who sits on it, its samples, and what it asked for."""
    shown = await visit.hub.reading.panel(visit.viewer, PanelId(visit.ids["panel"]))
    return await visit.page(
        "scrutiny/panel.html",
        section="scrutiny",
        shown=shown,
        panel=shown.panel,
        names=await _names(visit),
        may_convene=visit.viewer.role == "administrator" and await visit.may("write", "scrutiny"),
        back=visit.call.path,
    )


async def seed(visit: Visit) -> Answer:
    """A seed and its commitment, made for this page and kept nowhere."""
    shown = await visit.hub.reading.panel(visit.viewer, PanelId(visit.ids["panel"]))
    made = secrets.token_hex(SEED_BYTES)
    return await visit.page(
        "scrutiny/seed.html", section="scrutiny", panel=shown.panel, seed=made, commitment=commitment_to(made)
    )


async def sample(visit: Visit) -> Answer:
    """One sample: how it came about, and its cases."""
    shown = await visit.hub.reading.sample(visit.viewer, *_ids(visit))
    return await visit.page(
        "scrutiny/sample.html",
        section="scrutiny",
        shown=shown,
        back=visit.call.path,
        grades={one.code: one.label for one in (await visit.hub.reading.panel(visit.viewer, shown.panel)).panel.grades},
    )


async def pack(visit: Visit) -> Answer:
    """A case in the room."""
    shown = await visit.hub.reading.pack(visit.viewer, *_ids(visit), CaseId(visit.ids["case"]))
    return await visit.page(
        "scrutiny/pack.html",
        section="scrutiny",
        shown=shown,
        pack=shown.pack,
        back=visit.call.path,
        of_sample=f"{PATH}/{shown.panel.id}/samples/{shown.sample}",
        grades={one.code: one.label for one in shown.panel.grades},
        in_words=in_words,
    )


async def report(visit: Visit) -> Answer:
    """What a panel published."""
    shown = await visit.hub.reading.report(visit.viewer, *_ids(visit))
    return await visit.page(
        "scrutiny/report.html",
        section="scrutiny",
        shown=shown,
        figures=shown.figures,
        grades={one.code: one.label for one in shown.panel.grades},
        names=await _names(visit),
        back=visit.call.path,
    )


SCREENS: Final[tuple[AnyScreen, ...]] = (
    screen(PATH, panels),
    screen(PANEL, panel),
    screen(f"{PANEL}/seed", seed),
    screen(SAMPLE, sample),
    screen(f"{SAMPLE}/cases/{{case}}/pack", pack),
    screen(f"{SAMPLE}/report", report),
)
