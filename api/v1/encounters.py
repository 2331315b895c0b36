"""Recorded street contacts."""

from api.routes import Route, get, patch, post
from application.readings.engagement import Engagement
from domain.engagement.encounter import CorrectEncounter, RecordEncounter, VoidEncounter

ALL = "/v1/people/{person}/encounters"
ONE = "/v1/people/{person}/encounters/{encounter}"

ROUTES: tuple[Route, ...] = (
    get(ALL, Engagement.encounters),
    get(ONE, Engagement.encounter),
    post(ALL, RecordEncounter, mints=("encounter",), location=ONE),
    patch(ONE, CorrectEncounter),
    post(f"{ONE}/void", VoidEncounter),
)
