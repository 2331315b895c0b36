"""Who shares what with whom, and how that is watched: agreements, looks in an emergency, decisions to tell others."""

from api.routes import Route, get, post, put
from api.v1.edge import on_a_day
from application.readings.consents import Consents
from application.readings.governance import Governance
from application.readings.oversight import Oversight
from application.readings.trawling import Trawling
from domain.governance.agreement import EndAgreement, MakeAgreement, VaryAgreement
from domain.governance.break_glass import BreakTheGlass, CloseTheGlass, ReviewBreakGlass
from domain.governance.disclosure import DecideDisclosure
from domain.governance.partnership import SetLegalProfile
from domain.people.trawling import ReviewTrawling
from domain.search_limits import SetSearchLimits

AGREEMENT = "/v1/agreements/{agreement}"
BREAK_GLASS = "/v1/break-glass/{break_glass}"
PERSON = "/v1/people/{person}"

ROUTES: tuple[Route, ...] = (
    get("/v1/agreements", Governance.agreements),
    get(AGREEMENT, Governance.agreement),
    get("/v1/legal-profile", Governance.legal_profile),
    get("/v1/search-limits", Governance.search_limits),
    get("/v1/search-alerts", Trawling.search_alerts),
    post("/v1/search-alerts/{worker}/{on}/review", ReviewTrawling, edge=on_a_day),
    get("/v1/privacy", Governance.privacy),
    get("/v1/break-glass", Oversight.break_glasses),
    get(BREAK_GLASS, Oversight.break_glass),
    get("/v1/disclosures/overriding", Oversight.overriding_disclosures),
    get(f"{PERSON}/disclosures", Oversight.disclosures),
    get(f"{PERSON}/why", Oversight.why),
    get(f"{PERSON}/consents/{{consent}}/withdrawal", Consents.withdrawal),
    post("/v1/agreements", MakeAgreement, tells=("agreement",), location=AGREEMENT),
    put(AGREEMENT, VaryAgreement, edits=AGREEMENT),
    post(f"{AGREEMENT}/end", EndAgreement),
    put("/v1/legal-profile", SetLegalProfile, edits="/v1/legal-profile"),
    put("/v1/search-limits", SetSearchLimits, edits="/v1/search-limits"),
    post(f"{PERSON}/break-glass", BreakTheGlass, mints=("break_glass",), location=BREAK_GLASS),
    post(f"{BREAK_GLASS}/close", CloseTheGlass),
    post(f"{BREAK_GLASS}/review", ReviewBreakGlass),
    post(f"{PERSON}/disclosures", DecideDisclosure, mints=("disclosure",)),
)
