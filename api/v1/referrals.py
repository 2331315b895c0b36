"""One agency asks another to help a person, and is answered. Inboxes, and what was asked of whom."""

from api.routes import Route, get, post
from api.v1.edge import referral
from application.readings.referrals import Referrals
from domain.support.referral import (
    AcceptReferral,
    AskForInformation,
    BookReferral,
    CancelReferral,
    CompleteReferral,
    DeclineReferral,
    DiscardDraft,
    DraftReferral,
    FailReferral,
    GiveInformation,
    HoldReferral,
    MarkEnteredInError,
    ReceiveReferral,
    RecordContactAttempt,
    RedirectReferral,
    ResumeReferral,
    SendReferral,
    StartReferral,
    WithdrawReferral,
)

ONE = "/v1/referrals/{referral}"

ROUTES: tuple[Route, ...] = (
    get("/v1/referrals/incoming", Referrals.inbox, "incoming_referrals", direction="incoming"),
    get("/v1/referrals/outgoing", Referrals.inbox, "outgoing_referrals", direction="outgoing"),
    get("/v1/referral-drafts", Referrals.drafts, "referral_drafts"),
    get("/v1/people/{person}/referrals", Referrals.referrals, "referrals_of_person"),
    get(ONE, Referrals.referral),
    post("/v1/referral-drafts", DraftReferral, mints=("referral",), location=ONE),
    post("/v1/referrals", SendReferral, optional=("referral",), tells=("referral",), location=ONE, edge=referral),
    post(f"{ONE}/discard", DiscardDraft),
    post(f"{ONE}/receive", ReceiveReferral),
    post(f"{ONE}/ask-for-information", AskForInformation),
    post(f"{ONE}/give-information", GiveInformation),
    post(f"{ONE}/accept", AcceptReferral),
    post(f"{ONE}/decline", DeclineReferral),
    post(f"{ONE}/redirect", RedirectReferral),
    post(f"{ONE}/withdraw", WithdrawReferral),
    post(f"{ONE}/hold", HoldReferral),
    post(f"{ONE}/resume", ResumeReferral),
    post(f"{ONE}/book", BookReferral),
    post(f"{ONE}/contact-attempts", RecordContactAttempt),
    post(f"{ONE}/start", StartReferral),
    post(f"{ONE}/complete", CompleteReferral),
    post(f"{ONE}/fail", FailReferral),
    post(f"{ONE}/cancel", CancelReferral),
    post(f"{ONE}/entered-in-error", MarkEnteredInError),
)
