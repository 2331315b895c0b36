"""`hub user`: accounts from the command line, by those who hold the installation's keys anyway."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from api.cli.agency import command as agency
from api.cli.privacy import command as privacy
from api.cli.token import command as token
from api.cli.user import command as user
from tests.api.signing import EC, public
from tests.conftest import Database

WHERE = ("--partnership", "fenland", "--worker", "jo-bloggs", "--agency", "csp", "--role", "hub-coordinator")


@pytest.fixture
def environment(database: Database, tmp_path: Path) -> dict[str, str]:
    return {
        "HUB_HOME": str(tmp_path),
        "HUB_DATABASE_URL": database.app_url,
        "HUB_URL": "https://hub.example.org",
        "HUB_KEY_HOSTS": "keys.example",
    }


def run(environment: dict[str, str], *words: str) -> Result:
    return CliRunner().invoke(user, [*words, "--json"], env=environment)


def registered(environment: dict[str, str], partnership: str) -> None:
    words = ("--partnership", partnership, "--agency", "csp", "--name", "CSP", "--kind", "partnership")
    answer = CliRunner().invoke(agency, ["register", *words, "--json"], env=environment)
    assert answer.exit_code == 0, answer.output


def told(environment: dict[str, str], *words: str) -> list[dict[str, Any]]:
    answer = run(environment, *words)
    assert answer.exit_code == 0, answer.output
    return [json.loads(line) for line in answer.output.splitlines()]


def test_somebody_is_invited_listed_invited_anew_and_ended(environment: dict[str, str]) -> None:
    assert "hub agency register" in run(environment, "invite", *WHERE).output
    registered(environment, "fenland")
    registered(environment, "wisbech")
    [invited] = told(environment, "invite", *WHERE)
    assert invited["link"].startswith("https://hub.example.org/invitation?code=hub_")
    assert run(environment, "invite", *WHERE).exit_code == 1
    [member] = told(environment, "list", "--partnership", "fenland")
    assert (member["account"], member["worker"], member["credentials"]) == (invited["account"], "jo-bloggs", [])
    [again] = told(environment, "reset", invited["account"])
    assert again["link"] != invited["link"]
    there = ("--partnership", "wisbech", "--worker", "j", "--agency", "csp", "--role", "constable")
    told(environment, "invite", *there, "--account", invited["account"])
    told(environment, "close", invited["account"], "--partnership", "fenland")
    assert told(environment, "list", "--partnership", "fenland") == []
    assert len(told(environment, "list", "--partnership", "wisbech")) == 1
    told(environment, "close", invited["account"])
    assert told(environment, "list", "--partnership", "wisbech") == []
    assert run(environment, "reset", invited["account"]).exit_code == 1
    assert run(environment, "close", "nobody").exit_code == 1


def test_a_machine_is_known_by_its_keys(environment: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps(public(EC)))
    registered(environment, "fenland")
    [made] = told(environment, "machine", *WHERE, "--keys", str(file))
    told(environment, "keys", made["client_id"], "--keys-url", "https://keys.example/jwks.json")
    assert run(environment, "keys", made["client_id"], "--keys-url", "https://other.example/jwks.json").exit_code == 1
    assert run(environment, "keys", made["client_id"]).exit_code == 2
    assert run(environment, "keys", made["client_id"], "--keys", str(tmp_path)).exit_code == 2
    file.write_text(json.dumps({"keys": [EC.as_dict(private=True)]}))
    assert run(environment, "keys", made["client_id"], "--keys", str(file)).exit_code == 1
    [member] = told(environment, "list", "--partnership", "fenland")
    assert (member["kind"], member["credentials"]) == ("machine", ["keys"])


def test_no_token_opens_the_log_of_accounts(environment: dict[str, str]) -> None:
    words = ["create", "--partnership", "directory", *WHERE[2:]]
    assert CliRunner().invoke(token, words, env=environment).exit_code == 1


def test_what_the_law_asks_for_is_written_into_a_folder(environment: dict[str, str], tmp_path: Path) -> None:
    registered(environment, "fenland")
    words = ["--partnership", "fenland", "--into", str(tmp_path / "privacy")]
    answer = CliRunner().invoke(privacy, words, env=environment)
    assert answer.exit_code == 0, answer.output
    written = {one.name: one.read_text(encoding="utf-8") for one in (tmp_path / "privacy").iterdir()}
    assert written.keys() == {"impact-assessment.md", "record-of-processing.md", "privacy-information.md"}
    assert all("CSP" in text and "[to fill in: " in text for text in written.values())
