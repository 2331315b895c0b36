"""People sign in with accounts of their own: invited once, by two proofs, without telling anybody who has one."""

import datetime as dt
import re
from collections.abc import AsyncIterator

import pytest

from application import one_time_codes, proving
from application.accounts import installation
from application.posting import see_in_post
from domain.governance.account import AccountOfOthers, PartnershipReserved, WorkerHasAccount
from domain.ids import AccountId
from domain.refusals import NotPermitted, Unknown
from tests.web.signing import PASSWORD, actor, code, enrolled, invited, password_given, set_up, signed_in
from tests.web.site import Site, serving
from tests.web.visitor import Seen, Visitor

pytestmark = pytest.mark.anyio


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with serving(demo=True) as made:
        await made.agencies(("csp", "partnership"), ("police", "police"))
        yield made


@pytest.fixture
async def visitor(site: Site) -> AsyncIterator[Visitor]:
    async with Visitor(site) as made:
        yield made


async def test_somebody_who_is_invited_sets_up_two_proofs_and_is_in(site: Site, visitor: Visitor) -> None:
    person, seen = await set_up(visitor, await invited(site))
    assert len(person.recovery_codes) == 10
    seen = await visitor.send(seen.form("/invitation/enter"))
    assert (seen.status, seen.path) == (200, "/")
    assert "jo-bloggs" in seen.text.lower().replace(" ", "-")
    [session] = [one for one in await site.hub.tokens.all() if one.label == "session"]
    assert session.account == person.account
    assert session.actor == actor()


async def test_an_invitation_holds_for_three_days_and_once(site: Site, visitor: Visitor) -> None:
    invitation = await invited(site)
    await set_up(visitor, invitation)
    assert (await visitor.open(f"/invitation?code={invitation.code}")).status == 404
    late = await invited(site, actor("late"))
    site.clock.pass_by(hours=72)
    assert (await visitor.open(f"/invitation?code={late.code}")).status == 404


async def test_of_two_invitations_of_one_account_the_newer_holds(site: Site, visitor: Visitor) -> None:
    first = await invited(site)
    second = await site.hub.accounts.reset(installation(), first.account)
    assert (await visitor.open(f"/invitation?code={first.code}")).status == 404
    assert (await visitor.open(f"/invitation?code={second.code}")).status == 200


async def test_who_has_both_proofs_signs_in_and_who_has_one_does_not(site: Site, visitor: Visitor) -> None:
    person = await enrolled(site)
    seen = await password_given(visitor, person.name)
    assert (await visitor.open("/")).path == "/sign-in"
    assert (await visitor.send(seen.form("/sign-in/code"), code="000000")).status == 422
    seen = await visitor.send(seen.form("/sign-in/code"), code=code(site, person))
    assert (seen.status, seen.path) == (200, "/")


async def test_a_code_without_the_password_opens_nothing(site: Site, visitor: Visitor) -> None:
    person = await enrolled(site)
    sent = await visitor.client.post("/sign-in/code", data={"code": code(site, person)})
    assert sent.status_code == 422
    assert "begin again" in sent.text


async def test_a_code_is_good_once(site: Site, visitor: Visitor) -> None:
    person = await enrolled(site)
    assert (await signed_in(visitor, person)).path == "/"
    async with Visitor(site) as other:
        assert (await signed_in(other, person)).status == 422
        site.clock.pass_by(seconds=30)
        assert (await signed_in(other, person)).path == "/"


async def test_a_recovery_code_is_good_once_and_is_read_however_it_is_typed(site: Site, visitor: Visitor) -> None:
    person = await enrolled(site)
    typed = person.recovery_codes[3].upper().replace("-", " ")
    seen = await password_given(visitor, person.name)
    assert (await visitor.send(seen.form("/sign-in/code"), code=typed)).path == "/"
    async with Visitor(site) as other:
        seen = await password_given(other, person.name)
        assert (await other.send(seen.form("/sign-in/code"), code=typed)).status == 422
        assert (await other.send(seen.form("/sign-in/code"), code=person.recovery_codes[4])).path == "/"


async def test_a_step_is_believed_for_ten_minutes(site: Site, visitor: Visitor) -> None:
    person = await enrolled(site)
    seen = await password_given(visitor, person.name)
    site.clock.pass_by(minutes=10)
    assert "begin again" in (await visitor.send(seen.form("/sign-in/code"), code=code(site, person))).text


async def test_a_wrong_password_and_a_name_that_nobody_has_get_the_same_answer(site: Site, visitor: Visitor) -> None:
    person = await enrolled(site)
    answers = [await password_given(visitor, name, "wrong password") for name in (person.name, "nobody@example.org")]
    assert answers[0].status == answers[1].status == 422
    assert said(answers[0]) == said(answers[1])


def said(seen: Seen) -> str:
    """A page without what is drawn by lot for each."""
    return re.sub(r'data-passkey-options="[^"]+"', "", seen.text)


async def test_too_many_tries_lock_a_name_for_a_while_whether_anybody_has_it_or_not(
    site: Site, visitor: Visitor
) -> None:
    person = await enrolled(site)
    texts = []
    for name in (person.name, "nobody@example.org"):
        for _ in range(proving.NAME_TRIES):
            assert (await password_given(visitor, name, "wrong password")).status == 422
        seen = await password_given(visitor, name, PASSWORD)
        assert seen.status == 429
        assert int(seen.headers["retry-after"]) <= 15 * 60
        texts.append(said(seen))
    assert texts[0] == texts[1]
    site.clock.pass_by(minutes=15)
    assert (await password_given(visitor, person.name)).status == 200


async def test_who_is_right_is_not_counted(site: Site, visitor: Visitor) -> None:
    person = await enrolled(site)
    for _ in range(proving.NAME_TRIES + 3):
        assert (await password_given(visitor, person.name)).status == 200


async def test_five_wrong_codes_lock_the_second_step(site: Site, visitor: Visitor) -> None:
    person = await enrolled(site)
    seen = await password_given(visitor, person.name)
    form = seen.form("/sign-in/code")
    for _ in range(proving.CODE_TRIES):
        assert (await visitor.send(form, code="000000")).status == 422
    assert (await visitor.send(form, code=code(site, person))).status == 429


async def test_a_network_that_tries_many_names_is_locked_out(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proving, "NETWORK_TRIES", 3)
    by = site.hub.proving
    for number in range(3):
        assert await by.by_password(f"name-{number}", "wrong password", "192.0.2.1") is None
    with pytest.raises(proving.TooManyTries):
        await by.by_password("name-9", "wrong password", "192.0.2.1")
    assert await by.by_password("name-9", "wrong password", "192.0.2.2") is None


@pytest.mark.parametrize(
    ("address", "network"),
    [("192.0.2.1", "192.0.2.1"), ("2001:db8::1:2:3", "2001:db8::/64"), ("unix", ""), ("", "")],
)
def test_a_network_is_an_address_or_what_a_household_is_given(address: str, network: str) -> None:
    assert proving.network_of(address) == network


async def test_who_works_in_several_partnerships_chooses(site: Site, visitor: Visitor) -> None:
    await site.agencies(("csp", "partnership"), partnership="peterborough")
    person = await enrolled(site)
    there = actor("j-bloggs", partnership="peterborough")
    account = (await site.hub.accounts.store.in_partnership(actor().partnership))[0].account
    await site.hub.accounts.link(installation(there.partnership), account, there)
    seen = await signed_in(visitor, person)
    assert "Where do you work now?" in seen.text
    form = next(one for one in seen.forms if one.value("as") == "peterborough/j-bloggs")
    assert (await visitor.send(form)).path == "/"
    [session] = [one for one in await site.hub.tokens.all() if one.label == "session"]
    assert session.actor == there


async def test_a_link_that_is_refused_changes_nothing(site: Site, visitor: Visitor) -> None:
    person = await enrolled(site)
    await invited(site, actor("other"))
    await signed_in(visitor, person)
    with pytest.raises(WorkerHasAccount):
        await site.hub.accounts.link(installation(actor().partnership), AccountId(person.account), actor("other"))
    assert (await visitor.open("/account")).path == "/account"
    await site.hub.accounts.link(installation(actor().partnership), AccountId(person.account), actor("moved"))
    assert (await visitor.open("/account")).path.startswith("/sign-in"), "who is another worker signs in again"
    site.clock.pass_by(seconds=30)
    assert (await signed_in(visitor, person)).path == "/"


async def test_nobody_chooses_what_they_are_not(site: Site, visitor: Visitor) -> None:
    person = await enrolled(site)
    await password_given(visitor, person.name)
    sent = await visitor.client.post("/sign-in/as", data={"as": "fenland/jo-bloggs"})
    assert sent.status_code == 422


async def test_what_ends_an_account_ends_its_sessions_at_once(site: Site, visitor: Visitor) -> None:
    person = await enrolled(site)
    await signed_in(visitor, person)
    assert (await visitor.open("/")).path == "/"
    [account] = [one.account for one in await site.hub.accounts.store.in_partnership(actor().partnership)]
    await site.hub.accounts.close(installation(), account)
    assert (await visitor.open("/")).path == "/sign-in"
    assert (await password_given(visitor, person.name)).status == 422


async def test_who_is_ended_between_two_steps_is_not_let_in(site: Site, visitor: Visitor) -> None:
    person = await enrolled(site)
    seen = await password_given(visitor, person.name)
    [account] = [one.account for one in await site.hub.accounts.store.in_partnership(actor().partnership)]
    await site.hub.accounts.store.end_sessions(account)
    seen = await visitor.send(seen.form("/sign-in/code"), code=code(site, person))
    assert seen.status == 403
    assert (await visitor.open("/")).path == "/sign-in"


async def test_a_reset_ends_sessions_and_the_old_password(site: Site, visitor: Visitor) -> None:
    person = await enrolled(site)
    await signed_in(visitor, person)
    [account] = [one.account for one in await site.hub.accounts.store.in_partnership(actor().partnership)]
    invitation = await site.hub.accounts.reset(installation(), account)
    assert (await visitor.open("/")).path == "/sign-in"
    assert (await password_given(visitor, person.name)).status == 422
    again, _ = await set_up(visitor, invitation)
    site.clock.pass_by(seconds=30)
    assert (await signed_in(visitor, again)).path == "/"


async def test_a_credential_counts_only_while_the_log_says_so(site: Site, visitor: Visitor) -> None:
    person = await enrolled(site)
    store = site.hub.accounts.store
    [account] = [one.account for one in await store.in_partnership(actor().partnership)]
    kept = await store.credentials(account)
    await site.hub.accounts.reset(installation(), account)
    for one in kept:  # as somebody would who writes to the database, or brings back a backup of a table
        assert await store.keep(one)
    assert (await password_given(visitor, person.name)).status == 422


async def test_who_administers_one_partnership_reaches_into_no_other(site: Site) -> None:
    await site.agencies(("csp", "partnership"), partnership="peterborough")
    person = await enrolled(site)
    [account] = [one.account for one in await site.hub.accounts.store.in_partnership(actor().partnership)]
    administrator = actor("admin", "administrator", partnership="peterborough")
    await see_in_post(site.hub.decider, administrator, site.clock)
    for act in (site.hub.accounts.leave, site.hub.accounts.reset):
        with pytest.raises(Unknown):
            await act(administrator, account)
    await site.hub.accounts.link(administrator, account, actor("j", partnership="peterborough"))
    with pytest.raises(AccountOfOthers):
        await site.hub.accounts.reset(administrator, account)
    await site.hub.accounts.leave(administrator, account)
    async with Visitor(site) as visitor:
        assert (await signed_in(visitor, person)).path == "/"


async def test_no_partnership_has_the_name_of_the_log_of_accounts(site: Site) -> None:
    with pytest.raises(PartnershipReserved):
        await site.hub.accounts.invite(installation(), actor("y", partnership="directory"))


async def test_who_does_not_administer_invites_nobody(site: Site) -> None:
    with pytest.raises(NotPermitted):
        await site.hub.accounts.invite(actor("x", "constable", "police"), actor("y"))
    with pytest.raises(NotPermitted):
        await site.hub.accounts.invite(actor("x", "administrator"), actor("y", "system"))
    with pytest.raises(NotPermitted):
        await site.hub.accounts.invite(actor("x", "administrator"), actor("y", partnership="peterborough"))


@pytest.mark.parametrize(
    ("name", "password", "again", "said"),
    [
        ("jo", PASSWORD, PASSWORD, "three letters"),
        ("jo.bloggs", "short", "short", "twelve characters"),
        ("jo.bloggs", "aaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaa", "twelve characters"),
        ("jo.bloggs@example.org", "my jo.bloggs password", "my jo.bloggs password", "not your name"),
        ("jo.bloggs", "qwertyuiop123456", "qwertyuiop123456", "hard to guess"),
        ("jo.bloggs", "letmeinletmein", "letmeinletmein", "hard to guess"),
        ("jo.bloggs", "SupportHub2026", "SupportHub2026", "hard to guess"),
        ("jo.bloggs", PASSWORD, "another password", "not the same"),
    ],
)
async def test_a_password_that_is_tried_first_is_not_taken(
    site: Site, visitor: Visitor, name: str, password: str, again: str, said: str
) -> None:
    seen = await visitor.open(f"/invitation?code={(await invited(site)).code}")
    if name == "jo":
        name = "j"
    seen = await visitor.send(seen.form("/invitation"), name=name, password=password, again=again)
    assert seen.status == 422
    assert said in seen.text
    assert password not in seen.text


async def test_two_people_do_not_have_one_name(site: Site, visitor: Visitor) -> None:
    await enrolled(site)
    seen = await visitor.open(f"/invitation?code={(await invited(site, actor('other'))).code}")
    seen = await visitor.send(seen.form("/invitation"), name="JO@example.org ", password=PASSWORD, again=PASSWORD)
    assert seen.status == 422
    assert "taken" in seen.text


async def test_nothing_of_a_sign_in_is_logged_and_no_secret_is_kept_open(site: Site, visitor: Visitor) -> None:
    person = await enrolled(site)
    await signed_in(visitor, person)
    kept = repr([vars(one) for one in (site.hub.accounts.store, site.hub.accounts.once, site.hub.proving)])
    for secret in (person.name, PASSWORD, repr(person.secret), person.recovery_codes[0]):
        assert secret not in site.logged()
        assert secret not in kept


def test_the_codes_are_those_of_the_standard() -> None:
    secret = b"12345678901234567890"  # RFC 6238, appendix B, the last six digits
    known = {59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"}
    for second, text in known.items():
        at = dt.datetime.fromtimestamp(second, dt.UTC)
        assert one_time_codes.code_of(secret, one_time_codes.step_at(at)) == text
        assert one_time_codes.step_of(secret, text, at + dt.timedelta(seconds=30)) is not None
        assert one_time_codes.step_of(secret, text, at + dt.timedelta(seconds=60)) is None
