"""The description of the API tells the truth: every address, every problem, and nothing that is not so."""

import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest

import application  # noqa: F401 - enters the decisions into the table
from api.metrics import Metrics
from api.openapi import describe, operation_id
from api.pages import pages
from api.routes import Read, Write
from api.v1 import ROUTES
from api.v1.searching import SEARCH
from application.deciding import DECISIONS

STATIC = Path(__file__).parents[2] / "api" / "static"

SYSTEM_ONLY = {
    "ExpireConsent": "the follow-up process says that a day has passed",
    "RemindOfRights": "the follow-up process says that a day is near, or has passed",
    "MakePack": "made of what is looked through, at POST /v1/rights-requests/{rights_request}/pack",
    "RecordSearch": "recorded by the search itself, at POST /v1/people/search",
    "RecordSheetRow": "the import says where its facts came from",
    **dict.fromkeys(
        ("MakeEnquiry", "RecordEnquiryAnswer", "ReceiveEnquiry"),
        "asked of another partnership and answered there, at POST /v1/people/{person}/enquiries",
    ),
    **dict.fromkeys(
        (
            "OfferTransfer",
            "WithdrawTransfer",
            "RecordAnnounced",
            "RecordTurnedDown",
            "CompleteTransfer",
            "ReceiveOffer",
            "LapseOffer",
            "DeclineTransfer",
            "AcceptTransfer",
        ),
        "each step of a handover is recorded in two logs, at the addresses of api/v1/between.py",
    ),
    "RemindOfAction": "follow-up",
    "RemindOfConsent": "follow-up",
    "RemindOfInstrument": "follow-up",
    "RemindOfNotification": "follow-up",
    "RemindOfPlanReview": "follow-up",
    "RemindOfRecommendation": "follow-up",
    "RemindOfReferral": "follow-up",
    "RemindOfSession": "follow-up",
    "RemindOfRetention": "follow-up",
    "CompleteErasure": "said by what destroys the keys, once an erasure was ordered",
    "EscalateAction": "follow-up",
    "EscalateNotification": "follow-up",
    "EscalateReferral": "follow-up",
    **dict.fromkeys(
        (
            "OpenAccount",
            "LinkAccount",
            "LeavePartnership",
            "CloseAccount",
            "AddCredential",
            "RemoveCredential",
            "ResetAccount",
        ),
        "accounts are changed together with their secrets, in the directory",
    ),
}
"""Commands that no address stands for, each with its reason."""


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    made: dict[str, Any] = msgspec.json.decode(describe(ROUTES, pages(Metrics(), lambda: b""), "0"))
    return made


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def test_every_command_has_exactly_one_address_or_a_reason_to_have_none() -> None:
    served = [route.command.__name__ for route in ROUTES if isinstance(route, Write)]
    assert len(served) == len(set(served))
    decided = {command.__name__ for command in DECISIONS}
    assert decided - set(served) - set(SYSTEM_ONLY) == set()
    assert set(served) & set(SYSTEM_ONLY) == set()
    assert set(served) - decided == set()


def test_every_edit_can_be_read_first() -> None:
    readable = {route.path for route in ROUTES if isinstance(route, Read)}
    assert {route.edits for route in ROUTES if isinstance(route, Write) and route.edits} <= readable


def test_what_is_made_can_be_read_where_the_answer_says() -> None:
    readable = {route.path for route in ROUTES if isinstance(route, Read)}
    assert {route.location for route in ROUTES if isinstance(route, Write) and route.location} <= readable


def test_each_operation_has_a_name_of_its_own(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names))
    assert operation_id(next(route for route in ROUTES if route.path == "/v1/referrals/{referral}/accept")) in names


def test_every_operation_declares_its_problems(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        always = {"401", "403", "404", "406", "500", "503"} if path.startswith("/v1/") else {"500", "503"}
        assert always <= set(operation["responses"]), (method, path)
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                named = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
                assert set(named["content"]) == {"application/problem+json"}
                if status in {"429", "503"}:
                    assert "Retry-After" in named["headers"]


def test_the_examples_of_the_search_are_a_body_and_an_answer(document: dict[str, Any]) -> None:
    search = document["paths"]["/v1/people/search"]["post"]
    asked = search["requestBody"]["content"]["application/json"]["example"]
    answered = search["responses"]["200"]["content"]["application/json"]["example"]
    assert msgspec.convert(asked, SEARCH.body, strict=False).keys == ("name", "born")
    (found,) = answered["people"]
    described = document["components"]["schemas"]["PersonFound"]["properties"]
    assert set(found) == set(described)
    assert found["shown"]["row"]["synthetic"]


def test_an_edit_declares_its_precondition(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        names = {one.get("$ref") for one in operation.get("parameters", ())}
        edits = method in {"put", "patch"}
        assert ("#/components/parameters/IfMatch" in names) == edits, (method, path)
        assert ({"412", "428"} <= set(operation["responses"])) == edits


def test_writes_take_an_idempotency_key(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        # A code is told once; an offer of another partnership is answered once, however often that is sent.
        if method == "post" and not any(one in path for one in ("search", "accounts", "/v1/transfers/")):
            names = {one.get("$ref") for one in operation["parameters"]}
            assert "#/components/parameters/IdempotencyKey" in names, path


def test_bodies_forbid_what_they_do_not_name(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    bodies = {
        content["schema"]["$ref"].rpartition("/")[2]
        for _, _, operation in operations(document)
        for content in operation.get("requestBody", {}).get("content", {}).values()
    }
    assert bodies
    seen: set[str] = set()
    while bodies:
        name = bodies.pop()
        seen.add(name)
        schema = schemas[name]
        if schema.get("type") == "object":
            assert schema["additionalProperties"] is False, name
        bodies |= set(re.findall(r"#/components/schemas/(\w+)", str(schema))) - seen


def test_every_text_and_list_from_outside_is_bounded(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]

    def check(name: str, schema: object) -> None:
        match schema:
            case dict() if schema.get("type") == "string":
                bounded = {"maxLength", "pattern", "format", "enum"} & set(schema)
                assert bounded, name
            case {"type": "array", "items": items, **rest}:
                assert "maxItems" in rest, name
                check(f"{name}[]", items)
            case {"type": "object", "properties": fields}:
                for field, one in fields.items():
                    check(f"{name}.{field}", one)
            case {"anyOf": options}:
                for option in options:
                    check(name, option)

    for name, schema in schemas.items():
        if name.endswith("Body"):
            check(name, schema)


def test_sealed_values_never_come_from_outside(document: dict[str, Any]) -> None:
    assert "Sealed" not in document["components"]["schemas"]


def test_overrides_of_an_import_never_come_from_outside(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        assert not (name.endswith("Body") and "historic" in schema["properties"]), name


def test_everything_but_the_open_pages_asks_for_a_token(document: dict[str, Any]) -> None:
    assert document["security"] == [{"bearer": []}]
    for path, _, operation in operations(document):
        assert ("security" in operation) == (not path.startswith("/v1/")), path


def test_references_lead_somewhere(document: dict[str, Any]) -> None:
    for reference in set(re.findall(r"'\$ref': '#/([^']+)'", str(document))):
        place = document
        for step in reference.split("/"):
            place = place[step]


def test_the_vendored_files_are_those_that_are_named() -> None:
    text = (STATIC / "THIRD_PARTY.md").read_text()
    named = re.findall(r"^([0-9a-f]{64})  (\S+)$", text, re.MULTILINE)
    assert len(named) == 3
    for digest, file in named:
        assert sha256((STATIC / file).read_bytes()).hexdigest() == digest
