"""What a person agreed to, and on what else sharing may rest."""

from api.routes import Route, get, post
from application.readings.consents import Consents
from domain.people.consenting import (
    GiveConsent,
    NarrowConsent,
    RefuseConsent,
    RenewConsent,
    RequestConsent,
    WithdrawConsent,
)
from domain.people.other_bases import EndBasis, RecordBasis
from domain.support.telling import TellAgency

ALL = "/v1/people/{person}/consents"
ONE = "/v1/people/{person}/consents/{consent}"

ROUTES: tuple[Route, ...] = (
    get(ALL, Consents.consents),
    get(ONE, Consents.consent),
    get("/v1/people/{person}/bases", Consents.bases),
    post(ALL, RequestConsent, mints=("consent",), location=ONE),
    post(f"{ONE}/give", GiveConsent),
    post(f"{ONE}/refuse", RefuseConsent),
    post(f"{ONE}/narrow", NarrowConsent),
    post(f"{ONE}/withdraw", WithdrawConsent),
    post(f"{ONE}/renew", RenewConsent),
    post("/v1/people/{person}/bases", RecordBasis, mints=("basis",)),
    post("/v1/people/{person}/bases/{basis}/end", EndBasis),
    post("/v1/people/{person}/tell", TellAgency),
)
