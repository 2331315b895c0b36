"""Scrutiny panels: what they draw, look at and find, for everybody; the cases for those who sit in the room."""

import re
import secrets
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from api.serving import Answer
from api.v1.scrutiny import proved_pack
from api.web.justifying import once_justified
from api.web.routes import AnyScreen, screen
from api.web.screens.reports import step_names
from api.web.visit import Visit
from api.web.web import ALWAYS
from api.web.wording import in_words, label, language_name, step_label
from domain.ids import CaseId, PanelId, SampleId
from domain.scrutiny.draw import commitment_to
from domain.scrutiny.sample import DecisionKind, Stratum

PATH: Final = "/panels"
PANEL: Final = f"{PATH}/{{panel}}"
SAMPLE: Final = f"{PANEL}/samples/{{sample}}"
SEED_BYTES: Final = 24
JSON: Final = b"application/json"
LANGUAGES: Final = frozenset({"language", "understands", "reads"})
_ACTOR: Final = re.compile(r"([a-z][a-z-]*) ([0-9]+)")
"""Somebody in a pack: the role, and a number."""


def _ids(visit: Visit) -> tuple[PanelId, SampleId]:
    return PanelId(visit.ids["panel"]), SampleId(visit.ids["sample"])


def _file(name: str, content: object) -> Answer:
    """What is published, to be kept. Its name says nothing of anybody."""
    kept = (b"content-disposition", f'attachment; filename="{name}"'.encode())
    return Answer(msgspec.json.encode(content), media_type=JSON, headers=(*ALWAYS, kept))


def _actor_words(by: str) -> str:
    """Somebody in a pack: `constable 1` is police constable 1."""
    found = _ACTOR.fullmatch(by)
    return by if found is None else f"{label('role', found[1])} {found[2]}"


def _value_words(fact_type: str, name: str, value: object) -> str:
    """A field of an entry in a pack."""
    match value:
        case list():
            return ", ".join(_value_words(fact_type, name, one) for one in value)
        case str() if name in LANGUAGES:
            return language_name(value)
        case str() if name == "area":
            return label("area", value)
        case str() if _ACTOR.fullmatch(value):
            return _actor_words(value)
        case _:
            return in_words(fact_type, name, value)


async def _stratum_words(visit: Visit) -> Callable[[Sequence[Stratum], str, DecisionKind | None], str]:
    """What the decisions of a stratum are called: a ticket by its step on the ladder, an instrument by its kind."""
    steps = await step_names(visit)

    def words(strata: Sequence[Stratum], name: str, kind: DecisionKind | None = None) -> str:
        one = next((each for each in strata if each.stratum == name), None)
        of = one.of if one is not None else None
        known = kind or (one.kind if one is not None else None)
        if known is None:
            return name
        if of is None:
            return label("decision-kind", known)
        said = (steps.get(of) or step_label(of)) if known == "ticket-issued" else label("instrument-kind", of)
        return f"{label('decision-kind', known)}: {said}"

    return words


async def panels(visit: Visit) -> Answer:
    """The panels, and what they asked of agencies."""
    known = await visit.hub.readings.panels.panels(visit.viewer)
    asked = await visit.hub.readings.panels.recommendations(visit.viewer)
    return await visit.page(
        "scrutiny/panels.html",
        section="scrutiny",
        panels=known.items,
        recommendations=asked.items,
        names=await visit.agency_names(),
        may_convene=visit.viewer.role == "administrator" and await visit.may("write", "scrutiny"),
        back=PATH,
    )


async def panel(visit: Visit) -> Answer:
    """One panel: who sits on it, its samples, and what it asked for."""
    shown = await visit.hub.readings.panels.panel(visit.viewer, PanelId(visit.ids["panel"]))
    return await visit.page(
        "scrutiny/panel.html",
        section="scrutiny",
        shown=shown,
        panel=shown.panel,
        names=await visit.agency_names(),
        may_convene=visit.viewer.role == "administrator" and await visit.may("write", "scrutiny"),
        back=visit.call.path,
    )


async def seed(visit: Visit) -> Answer:
    """A seed and its commitment, made for this page and kept nowhere."""
    shown = await visit.hub.readings.panels.panel(visit.viewer, PanelId(visit.ids["panel"]))
    made = secrets.token_hex(SEED_BYTES)
    return await visit.page(
        "scrutiny/seed.html", section="scrutiny", panel=shown.panel, seed=made, commitment=commitment_to(made)
    )


async def sample(visit: Visit) -> Answer:
    """One sample: how it came about, and its cases."""
    shown = await visit.hub.readings.panels.sample(visit.viewer, *_ids(visit))
    return await visit.page(
        "scrutiny/sample.html",
        section="scrutiny",
        shown=shown,
        back=visit.call.path,
        grades={
            one.code: one.label
            for one in (await visit.hub.readings.panels.panel(visit.viewer, shown.panel)).panel.grades
        },
        stratum_words=await _stratum_words(visit),
    )


async def draw(visit: Visit) -> Answer:
    """What a sample was drawn from, to be drawn again."""
    told = await visit.hub.readings.panels.published_draw(visit.viewer, *_ids(visit))
    return _file(f"{told.sample}-draw.json", told)


async def pack(visit: Visit) -> Answer:
    """A case in the room."""
    shown = await visit.hub.readings.scrutiny_room.pack(visit.viewer, *_ids(visit), CaseId(visit.ids["case"]))
    return await visit.page(
        "scrutiny/pack.html",
        section="scrutiny",
        shown=shown,
        pack=shown.pack,
        back=visit.call.path,
        of_sample=f"{PATH}/{shown.panel.id}/samples/{shown.sample}",
        grades={one.code: one.label for one in shown.panel.grades},
        value_words=_value_words,
        actor_words=_actor_words,
    )


async def proof(visit: Visit) -> Answer:
    """A case with its proofs, to be verified in the room."""
    told = await proved_pack(visit.hub, visit.viewer, *_ids(visit), CaseId(visit.ids["case"]))
    return _file("case.json", told)


_proof: Final = once_justified(proof, "export", lambda visit: visit.call.path.removesuffix("proof.json") + "pack")


async def report(visit: Visit) -> Answer:
    """What a panel published."""
    shown = await visit.hub.readings.panels.report(visit.viewer, *_ids(visit))
    return await visit.page(
        "scrutiny/report.html",
        section="scrutiny",
        shown=shown,
        figures=shown.figures,
        grades={one.code: one.label for one in shown.panel.grades},
        names=await visit.agency_names(),
        back=visit.call.path,
        stratum_words=await _stratum_words(visit),
    )


SCREENS: Final[tuple[AnyScreen, ...]] = (
    screen(PATH, panels),
    screen(PANEL, panel),
    screen(f"{PANEL}/seed", seed),
    screen(SAMPLE, sample),
    screen(f"{SAMPLE}/draw.json", draw),
    screen(f"{SAMPLE}/cases/{{case}}/pack", pack),
    screen(f"{SAMPLE}/cases/{{case}}/proof.json", _proof, act=_proof),
    screen(f"{SAMPLE}/report", report),
)
