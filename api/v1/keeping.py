"""What keeps a record and what ends it: legal holds, reviews of how long it is kept, erasures."""

from api.routes import Route, get, post
from application.readings.keeping import Keeping
from domain.rights.erasure import DeclineErasure, OrderErasure, ProposeErasure
from domain.rights.legal_hold import KeepLegalHold, LiftLegalHold, PlaceLegalHold
from domain.rights.retention import KeepRecord

ONE = "/v1/people/{person}"
HOLD = f"{ONE}/holds/{{hold}}"
ERASURE = f"{ONE}/erasures/{{erasure}}"

ROUTES: tuple[Route, ...] = (
    get("/v1/erasures", Keeping.erasures),
    get("/v1/retention-reviews", Keeping.retention_reviews),
    get(f"{ONE}/keeping", Keeping.keeping),
    post(f"{ONE}/holds", PlaceLegalHold, mints=("hold",)),
    post(f"{HOLD}/keep", KeepLegalHold),
    post(f"{HOLD}/lift", LiftLegalHold),
    post(f"{ONE}/keep", KeepRecord),
    post(f"{ONE}/erasures", ProposeErasure, mints=("erasure",)),
    post(f"{ERASURE}/order", OrderErasure),
    post(f"{ERASURE}/decline", DeclineErasure),
)
