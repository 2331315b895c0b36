"""What agencies offer, to how many, and what they ask."""

from api.routes import Route, get, post, put
from application.readings.administration import Administration
from domain.support.service import ChangePlaces, CloseService, OfferService

ONE = "/v1/services/{service}"

ROUTES: tuple[Route, ...] = (
    get("/v1/services", Administration.services),
    get(ONE, Administration.service),
    post("/v1/services", OfferService, location=ONE, tells=("service",)),
    put(f"{ONE}/places", ChangePlaces, edits=ONE),
    post(f"{ONE}/close", CloseService),
)
