"""Recorded street contacts."""

from api.routes import Route, patch, post
from domain.engagement.encounter import CorrectEncounter, RecordEncounter, VoidEncounter

ALL = "/v1/people/{person}/encounters"
ONE = "/v1/people/{person}/encounters/{encounter}"

ROUTES: tuple[Route, ...] = (
    post(ALL, RecordEncounter, mints=("encounter",)),
    patch(ONE, CorrectEncounter),
    post(f"{ONE}/void", VoidEncounter),
)
