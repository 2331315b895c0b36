"""People: who they are, how they can be reached, what stands in the way, which records are one human's, who looked."""

from api.routes import Route, get, patch, post, put
from api.v1.edge import known_of_person, new_person
from api.v1.searching import SEARCH
from application.readings.decisions import Decisions
from application.readings.duplicates import Duplicates
from application.readings.looking_back import LookingBack
from application.readings.merges import Merges
from application.readings.people import People
from application.readings.timelines import Timelines
from domain.people.attributing import AttributeRecords
from domain.people.describing import (
    AddAlias,
    DescribeEthnicity,
    ObserveEthnicity,
    RecordCircumstances,
    SetContact,
    SetLanguages,
)
from domain.people.distinct import MarkDistinct, WithdrawDistinction
from domain.people.duplicates import DeferDuplicate
from domain.people.dying import RecordDeath, RetractDeath
from domain.people.flags import EndFlag, RaiseFlag
from domain.people.merging import DecideMerge, ProposeMerge, ReviewMerge, UnmergePersons
from domain.people.registering import IdentifyPerson, RegisterPerson
from domain.people.search import RecognisePerson
from domain.people.stays import RecordCustody, RecordHospital, RecordRelease

ONE = "/v1/people/{person}"

ROUTES: tuple[Route, ...] = (
    SEARCH,
    get(ONE, People.person),
    get(f"{ONE}/timeline", Timelines.timeline),
    get(f"{ONE}/decisions/{{position}}", Decisions.decision),
    get(f"{ONE}/safety", People.safety),
    get(f"{ONE}/accesses", LookingBack.accesses),
    get(f"{ONE}/accesses/copy", LookingBack.copy_of_accesses),
    get("/v1/merges", Merges.merges_waiting),
    get("/v1/merges/to-review", Merges.merges_to_review),
    get("/v1/merges/{merge}", Merges.merge),
    get("/v1/people/duplicates", Duplicates.duplicates),
    get("/v1/people/duplicates/waiting", Duplicates.duplicates_waiting),
    get(f"{ONE}/duplicates/{{other}}", Duplicates.duplicate),
    post(
        "/v1/people",
        RegisterPerson,
        mints=("person",),
        tells=("person", "reference"),
        location=ONE,
        edge=new_person,
        works_out=("reference", "has_name"),
    ),
    patch(ONE, IdentifyPerson, mints=("detail",), edge=known_of_person, works_out=("has_name",)),
    post(f"{ONE}/recognise", RecognisePerson),
    post(f"{ONE}/aliases", AddAlias, mints=("detail",)),
    post(f"{ONE}/ethnicity-described", DescribeEthnicity, mints=("detail",)),
    post(f"{ONE}/ethnicity-observed", ObserveEthnicity, mints=("detail",)),
    put(f"{ONE}/languages", SetLanguages, edits=ONE),
    put(f"{ONE}/contact", SetContact, edits=ONE, mints=("detail",)),
    put(f"{ONE}/circumstances", RecordCircumstances, edits=ONE),
    post(f"{ONE}/death", RecordDeath),
    post(f"{ONE}/death/retract", RetractDeath),
    post(f"{ONE}/custody", RecordCustody),
    post(f"{ONE}/hospital", RecordHospital),
    post(f"{ONE}/release", RecordRelease),
    post(f"{ONE}/flags", RaiseFlag, mints=("flag",)),
    post(f"{ONE}/flags/{{flag}}/end", EndFlag),
    post("/v1/merges", ProposeMerge, mints=("merge",)),
    post("/v1/merges/{merge}/decide", DecideMerge),
    post("/v1/merges/{merge}/review", ReviewMerge),
    post("/v1/merges/{merge}/undo", UnmergePersons),
    post("/v1/merges/{merge}/attribute", AttributeRecords),
    post(f"{ONE}/distinct", MarkDistinct),
    post(f"{ONE}/distinct/withdraw", WithdrawDistinction),
    post(f"{ONE}/duplicates/{{other}}/defer", DeferDuplicate),
)
