"""What the law asks a partnership to have on paper is what is configured, and what no program knows is a gap."""

import datetime as dt

import msgspec
import pytest

from application.privacy import PURPOSES, Documents, documents, files_of
from domain.governance import partnership as governed
from domain.governance.agency import Agency
from domain.governance.agreement import AgreementEnded, AgreementVaried
from domain.governance.partnership import Partnership
from domain.governance.sharing_rules import RULES
from domain.ids import AgencyId
from tests.scenario import LONG_AGO, london, sharing_agreement

CSP, POLICE, CLINIC = AgencyId("csp"), AgencyId("police"), AgencyId("clinic")
NOW = london("2026-03-02T12:00")
AGREED = sharing_agreement(CSP, POLICE, CLINIC)
APART = Partnership(
    {
        CSP: Agency(CSP, "Fenland CSP", "partnership", True, "01354 654321"),
        POLICE: Agency(POLICE, "Constabulary", "police", True, None),
        CLINIC: Agency(CLINIC, "Clinic", "drug-and-alcohol", True, None),
    }
)
TOGETHER = governed.evolve(APART, AGREED)


def row(text: str, name: str) -> str:
    """The last line of a table that is about somebody."""
    return [line for line in text.splitlines() if line.startswith(f"| {name} |")][-1]


def all_of(written: Documents) -> str:
    return "\n".join(msgspec.structs.astuple(written))


@pytest.mark.parametrize("name", Documents.__struct_fields__)
def test_each_names_the_partnership_and_its_agencies_and_marks_what_nobody_told_it(name: str) -> None:
    text = getattr(documents(TOGETHER, NOW), name)
    assert "Fenland CSP" in text.splitlines()[0]
    assert "Constabulary" in text
    assert "**[to fill in: " in text


def test_the_assessment_tells_every_rule_that_decides() -> None:
    text = documents(TOGETHER, NOW).impact_assessment
    for one in RULES:
        assert f"| {one.effect} | {one.text} |" in text


def test_what_an_agency_sees_is_what_the_policy_says() -> None:
    text = documents(TOGETHER, NOW).impact_assessment
    assert row(text, "Clinic") == "| Clinic | of all | its own | of all | who it is, health |"
    assert row(text, "Constabulary").endswith("| who it is, what was observed or told |")


def test_without_an_agreement_each_agency_sees_its_own_and_the_documents_say_so() -> None:
    written = documents(APART, NOW)
    assert row(written.privacy_information, "Clinic").startswith("| Clinic | its own | its own | its own |")
    assert "No agreement is in force" in written.record_of_processing
    assert documents(governed.evolve(TOGETHER, ended()), NOW) == written


def ended() -> AgreementEnded:
    return AgreementEnded(at=LONG_AGO + dt.timedelta(days=1), agreement=AGREED.agreement, reason="a party left")


def test_people_are_told_the_purposes_that_were_agreed_and_no_others() -> None:
    varied = AgreementVaried(
        at=LONG_AGO,
        agreement=AGREED.agreement,
        parties=AGREED.parties,
        purposes=frozenset({"support"}),
        categories=AGREED.categories,
        crossings=frozenset(),
        until_date=None,
        review_date=AGREED.review_date,
        reason="agreed otherwise",
    )
    written = documents(governed.evolve(TOGETHER, varied), NOW)
    assert "Helping people with what they need" in written.privacy_information
    assert PURPOSES["prevention"][1] not in written.privacy_information
    assert "nothing crosses" in written.record_of_processing


def test_a_contact_that_is_known_is_no_gap() -> None:
    text = documents(TOGETHER, NOW).record_of_processing
    assert "01354 654321" in row(text, "Fenland CSP")
    assert "[to fill in: contact]" in row(text, "Constabulary")


def test_they_say_nothing_of_anybody_and_are_three_files() -> None:
    written = documents(TOGETHER, NOW)
    assert [*files_of(written)] == ["impact-assessment.md", "record-of-processing.md", "privacy-information.md"]
    assert "http" not in all_of(written)
