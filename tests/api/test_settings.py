"""Settings: read once, and a wrong one named without its value."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.settings import Settings, SettingsError, read


def test_without_any_variable_all_lies_under_the_home() -> None:
    found = read({})
    assert found.home == Path(".hub").absolute()
    assert found.keys.parent == found.kek.parent == found.home
    assert (found.host, found.port, found.database_url, found.demo) == ("127.0.0.1", 8000, None, False)


def test_what_is_set_is_taken_and_what_is_empty_is_not() -> None:
    found = read(
        {
            "HUB_HOME": "/h",
            "HUB_KEYS": "/k/keys",
            "HUB_KEK": "",
            "HUB_DATABASE_URL": "postgresql://hub_app@db/hub",
            "HUB_OWNER_DATABASE_URL": "postgres://hub_owner@a:5432,b:5432/hub?target_session_attrs=read-write",
            "HUB_PG_BIN": "/pg/bin",
            "HUB_PORT": "80",
            "HUB_HOST": "::1",
            "HUB_DEMO": "1",
        },
    )
    assert found == Settings(
        home=Path("/h"),
        keys=Path("/k/keys"),
        kek=Path("/h/kek"),
        destroyed_keys=Path("/h/destroyed-keys"),
        key_epoch_hour=3,
        proof_key=Path("/h/proof-key"),
        proof_policy=Path("/h/proof-policy"),
        access_spool=Path("/h/access-spool"),
        database_url="postgresql://hub_app@db/hub",
        owner_database_url="postgres://hub_owner@a:5432,b:5432/hub?target_session_attrs=read-write",
        postgres_binaries=Path("/pg/bin"),
        host="::1",
        port=80,
        demo=False,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HUB_PORT", "0"),
        ("HUB_PORT", "65536"),
        ("HUB_PORT", "-1"),
        ("HUB_PORT", "eighty"),
        ("HUB_PORT", "٣"),
        ("HUB_DATABASE_URL", "mysql://u:secret@h/d"),
        ("HUB_DATABASE_URL", "secret"),
        ("HUB_OWNER_DATABASE_URL", "http://[secret"),
        ("HUB_HOME", "secret\0"),
    ],
)
def test_a_wrong_value_is_named_and_not_shown(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name) as told:
        read({name: value})
    assert "secret" not in str(told.value)


def test_where_it_is_found_is_said_or_is_the_port_on_this_machine() -> None:
    assert read({}).url == "http://localhost:8000"
    assert read({"HUB_URL": "https://hub.example.org/"}).url == "https://hub.example.org"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HUB_URL", "http://hub.example.org"),
        ("HUB_URL", "https://hub.example.org/path"),
        ("HUB_URL", "https://[hub"),
        ("HUB_PROXIES", "everybody"),
        ("HUB_OIDC", "/there/is/none.toml"),
    ],
)
def test_what_concerns_signing_in_is_checked_too(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as raised:
        read({name: value})
    assert name in str(raised.value)
    assert value not in str(raised.value)


COUNTY = """
[county]
title = "County Council"
issuer = "https://login.county.example"
client_id = "hub"
client_secret_file = "county.secret"
"""


def test_identity_providers_stand_in_a_file_and_their_secrets_in_others(tmp_path: Path) -> None:
    file = tmp_path / "oidc.toml"
    file.write_text(COUNTY)
    (tmp_path / "county.secret").write_text("secret\n")
    [county] = read({"HUB_OIDC": str(file)}).providers
    assert (county.name, county.issuer, county.client_secret) == ("county", "https://login.county.example", "secret")
    for wrong in ("[county]\n", COUNTY + "unknown = 1\n", "[A]\n", COUNTY.replace("https", "http"), "{", "\0"):
        file.write_text(wrong)
        with pytest.raises(SettingsError, match="HUB_OIDC"):
            read({"HUB_OIDC": str(file)})
