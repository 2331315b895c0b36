"""What the law gives people: requests, what is to be put right, restrictions, complaints, and breaches of data."""

from api.routes import Route, get, post
from application.rights.reading import RightsReading
from domain.rights.breach import AssessDataBreach, CloseDataBreach, RecordDataBreach, ReportDataBreach, TellPeople
from domain.rights.complaint import AcknowledgeComplaint, ConcludeComplaint, ReceiveComplaint
from domain.rights.rectification import AcceptRectification, AskRectification, NoteCorrection, RefuseRectification
from domain.rights.request import (
    AnswerRequest,
    AskRequester,
    CheckIdentity,
    ExtendRequest,
    HearRequester,
    ReceiveRequest,
)
from domain.rights.restriction import AllowRestrictedUse, LiftProcessingRestriction, RestrictProcessing

PERSON = "/v1/people/{person}"
REQUEST = "/v1/rights-requests/{rights_request}"
COMPLAINT = "/v1/complaints/{complaint}"
BREACH = "/v1/data-breaches/{data_breach}"
RECTIFICATION = f"{PERSON}/rectifications/{{rectification}}"
RESTRICTION = f"{PERSON}/processing-restrictions/{{processing_restriction}}"

ROUTES: tuple[Route, ...] = (
    get("/v1/rights-requests", RightsReading.rights_requests),
    get(REQUEST, RightsReading.rights_request),
    get("/v1/complaints", RightsReading.complaints),
    get(COMPLAINT, RightsReading.complaint),
    get("/v1/data-breaches", RightsReading.data_breaches),
    get(BREACH, RightsReading.data_breach),
    get("/v1/rights-due", RightsReading.rights_due),
    get("/v1/corrections", RightsReading.corrections),
    get(f"{PERSON}/rights", RightsReading.rights_of, "person_rights"),
    get(f"{PERSON}/restriction", RightsReading.restriction_notice),
    get(f"{PERSON}/statements", RightsReading.statements),
    get(RECTIFICATION, RightsReading.rectification),
    post(f"{PERSON}/rights-requests", ReceiveRequest, mints=("rights_request",), location=REQUEST),
    post(f"{REQUEST}/ask", AskRequester),
    post(f"{REQUEST}/answered-back", HearRequester),
    post(f"{REQUEST}/identity", CheckIdentity),
    post(f"{REQUEST}/extend", ExtendRequest),
    post(f"{REQUEST}/answer", AnswerRequest),
    post(f"{PERSON}/complaints", ReceiveComplaint, mints=("complaint",), location=COMPLAINT),
    post(f"{COMPLAINT}/acknowledge", AcknowledgeComplaint),
    post(f"{COMPLAINT}/conclude", ConcludeComplaint),
    post("/v1/data-breaches", RecordDataBreach, mints=("data_breach",)),
    post(f"{BREACH}/assess", AssessDataBreach),
    post(f"{BREACH}/report", ReportDataBreach),
    post(f"{BREACH}/people", TellPeople),
    post(f"{BREACH}/close", CloseDataBreach),
    post(f"{PERSON}/rectifications", AskRectification, mints=("rectification",), location=RECTIFICATION),
    post(f"{RECTIFICATION}/accept", AcceptRectification),
    post(f"{RECTIFICATION}/refuse", RefuseRectification),
    post(f"{RECTIFICATION}/note", NoteCorrection),
    post(f"{PERSON}/processing-restrictions", RestrictProcessing, mints=("processing_restriction",)),
    post(f"{RESTRICTION}/allow", AllowRestrictedUse),
    post(f"{RESTRICTION}/lift", LiftProcessingRestriction),
)
