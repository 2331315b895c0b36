"""The partnership itself: its agencies and their calendars, the powers of workers, the ladders it adopted."""

from api.routes import Route, get, post, put
from application.readings.administration import Administration
from domain.engagement.ladder import AdoptLadder
from domain.governance.agency import ConferPower, DescribeAgency, RegisterAgency, SetCalendar, WithdrawPower

AGENCY = "/v1/agencies/{agency}"

ROUTES: tuple[Route, ...] = (
    get("/v1/agencies", Administration.agencies),
    get(AGENCY, Administration.agency),
    get("/v1/workers/{worker}/powers", Administration.powers),
    get("/v1/ladders", Administration.ladders),
    get("/v1/ladders/{ladder}", Administration.ladder),
    post("/v1/agencies", RegisterAgency, tells=("agency",), location=AGENCY),
    put(f"{AGENCY}/details", DescribeAgency, edits=AGENCY),
    put(f"{AGENCY}/calendar", SetCalendar, edits=AGENCY),
    post("/v1/workers/{worker}/powers", ConferPower),
    post("/v1/workers/{worker}/powers/withdraw", WithdrawPower),
    post("/v1/ladders", AdoptLadder, tells=("ladder",), location="/v1/ladders/{ladder}"),
)
