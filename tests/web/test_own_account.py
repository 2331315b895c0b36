"""What somebody does with an account of their own: passkeys, a new password, where they are signed in, how it ends."""

import base64
import html
import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from api.demo import workers_of
from application.accounts import installation
from application.posting import see_in_post
from domain.ids import AccountId
from tests.api.world import FENLAND
from tests.web.browser import in_each_mode, opened
from tests.web.device import ITS_OWNER, Device
from tests.web.signing import PASSWORD, Person, actor, code, enrolled, invited, password_given, signed_in
from tests.web.site import Site, serving
from tests.web.visitor import Seen, Visitor

pytestmark = pytest.mark.anyio


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with serving(demo=True) as made:
        await made.agencies(("csp", "partnership"), ("police", "police"))
        await see_in_post(made.hub.decider, workers_of(FENLAND)["administrator"], made.clock)
        await see_in_post(made.hub.decider, workers_of(FENLAND)["coordinator"], made.clock)
        yield made


@pytest.fixture
async def visitor(site: Site) -> AsyncIterator[Visitor]:
    async with Visitor(site) as made:
        yield made


@pytest.fixture
async def person(site: Site, visitor: Visitor) -> Person:
    """Somebody who has just signed in."""
    made = await enrolled(site)
    await signed_in(visitor, made)
    site.clock.pass_by(seconds=30)
    return made


def options(seen: Seen) -> str:
    return html.unescape(re.findall(r'data-passkey-options="([^"]+)"', seen.text)[0])


async def passkey(visitor: Visitor, *, counts: bool = True) -> Device:
    """A passkey of whoever is signed in."""
    device = Device(visitor.site.url, counts=counts)
    seen = await visitor.open("/account")
    seen = await visitor.send(seen.form("/account/passkey"), answer=device.make(options(seen)))
    assert seen.status == 200, seen.text
    assert "sign in with this passkey" in seen.text
    return device


async def by_passkey(visitor: Visitor, device: Device) -> Seen:
    seen = await visitor.open("/sign-in")
    return await visitor.send(seen.form("/sign-in/passkey"), answer=device.sign(options(seen)))


@pytest.mark.usefixtures("person")
@pytest.mark.parametrize("counts", [True, False])
async def test_a_passkey_alone_opens_the_hub(site: Site, visitor: Visitor, *, counts: bool) -> None:
    device = await passkey(visitor, counts=counts)
    for _ in range(2):
        async with Visitor(site) as other:
            assert (await by_passkey(other, device)).path == "/"


@pytest.mark.usefixtures("person")
async def test_an_answer_of_a_device_is_good_once_and_for_five_minutes(site: Site, visitor: Visitor) -> None:
    device = await passkey(visitor, counts=False)
    async with Visitor(site) as other:
        seen = await other.open("/sign-in")
        answer = device.sign(options(seen))
        assert (await other.send(seen.form("/sign-in/passkey"), answer=answer)).path == "/"
    async with Visitor(site) as thief:
        seen = await thief.open("/sign-in")
        late = device.sign(options(seen))
        assert (await thief.send(seen.form("/sign-in/passkey"), answer=answer)).status == 422
        site.clock.pass_by(minutes=5)
        assert (await thief.send(seen.form("/sign-in/passkey"), answer=late)).status == 422


@pytest.mark.usefixtures("person")
async def test_a_copy_of_a_device_that_counts_is_noticed(site: Site, visitor: Visitor) -> None:
    device = await passkey(visitor)
    async with Visitor(site) as other:
        await by_passkey(other, device)
    device.signed -= 1
    async with Visitor(site) as copy:
        assert (await by_passkey(copy, device)).status == 422


@pytest.mark.usefixtures("person")
async def test_what_was_signed_for_another_site_or_without_asking_its_owner_opens_nothing(
    site: Site, visitor: Visitor
) -> None:
    device = await passkey(visitor)
    async with Visitor(site) as other:
        device.origin = "https://evil.example"
        assert (await by_passkey(other, device)).status == 422
        device.origin = site.url
        device.flags &= ~ITS_OWNER
        assert (await by_passkey(other, device)).status == 422
        device.flags |= ITS_OWNER
        stranger = Device(site.url)
        assert (await by_passkey(other, stranger)).status == 422
        stranger.id = device.id
        assert (await by_passkey(other, stranger)).status == 422
        for nonsense in ("", "{}", "[]", '{"rawId":"é","response":{"clientDataJSON":""}}'):
            seen = await other.open("/sign-in")
            assert (await other.send(seen.form("/sign-in/passkey"), answer=nonsense)).status == 422
        assert (await by_passkey(other, device)).path == "/"


@pytest.mark.usefixtures("person")
async def test_a_challenge_to_sign_in_makes_no_passkey(site: Site, visitor: Visitor) -> None:
    device = Device(site.url)
    seen = await visitor.open("/account")
    async with Visitor(site) as other:
        asked = options(await other.open("/sign-in"))
    seen = await visitor.send(seen.form("/account/passkey"), answer=device.make(asked))
    assert seen.status == 422


async def test_a_new_password_takes_the_place_of_the_old(site: Site, visitor: Visitor, person: Person) -> None:
    seen = await visitor.open("/account")
    new = "another four word phrase"
    short = dict.fromkeys(("password", "again"), "short")
    weak = await visitor.send(seen.form("/account/password"), name=person.name, **short)
    assert weak.status == 422
    seen = await visitor.send(seen.form("/account/password"), name=person.name, password=new, again=new)
    assert "new password" in seen.text
    async with Visitor(site) as other:
        assert (await password_given(other, person.name, PASSWORD)).status == 422
        person.password = new
        assert (await signed_in(other, person)).path == "/"


async def test_a_new_authenticator_takes_the_place_of_the_old_once_it_shows_the_right_code(
    site: Site, visitor: Visitor, person: Person
) -> None:
    seen = await visitor.send((await visitor.open("/account")).form("/account/authenticator"))
    form = seen.form("/account/authenticator")
    assert (await visitor.send(form, code="000000")).status == 422
    new = Person(person.account, person.name, base64.b32decode(re.findall(r"secret=([A-Z2-7]+)", seen.text)[0]))
    seen = await visitor.send(form, code=code(site, new))
    assert "new authenticator" in seen.text
    site.clock.pass_by(seconds=30)
    async with Visitor(site) as other:
        assert (await signed_in(other, person)).status == 422
        assert (await signed_in(other, new)).path == "/"


async def test_new_recovery_codes_void_those_before(site: Site, visitor: Visitor, person: Person) -> None:
    seen = await visitor.send((await visitor.open("/account")).form("/account/codes"))
    [first, *_] = re.findall(r"[a-z2-7]{4}(?:-[a-z2-7]{4}){3}", seen.text)
    async with Visitor(site) as other:
        seen = await password_given(other, person.name)
        assert (await other.send(seen.form("/sign-in/code"), code=person.recovery_codes[0])).status == 422
        assert (await other.send(seen.form("/sign-in/code"), code=first)).path == "/"


async def test_what_is_removed_opens_nothing_and_nobody_locks_themselves_out(
    site: Site, visitor: Visitor, person: Person
) -> None:
    device = await passkey(visitor)
    seen = await visitor.open("/account")
    by_kind = {form.value("credential").rpartition("-")[0]: form for form in seen.forms if form.value("credential")}
    seen = await visitor.send(by_kind["password"])
    assert "sign in with it no more" in seen.text
    async with Visitor(site) as other:
        assert (await password_given(other, person.name)).status == 422
    seen = await visitor.send(by_kind["passkey"])
    assert seen.status == 409
    assert "keeps a way to sign in" in seen.text
    async with Visitor(site) as other:
        assert (await by_passkey(other, device)).path == "/"


async def test_by_what_one_signs_in_is_changed_only_shortly_after_signing_in(
    site: Site, visitor: Visitor, person: Person
) -> None:
    seen = await visitor.open("/account")
    forms = [one for one in seen.forms if one.action in {"/account/codes", "/account/password", "/account/remove"}]
    site.clock.pass_by(minutes=10)
    assert not [one for one in (await visitor.open("/account")).forms if one.action == "/account/codes"]
    for form in forms:
        assert (await visitor.send(form, name="x@example.org", password=PASSWORD, again=PASSWORD)).status == 403
    async with Visitor(site) as other:
        assert (await signed_in(other, person)).path == "/"


async def test_one_session_or_all_are_ended_from_any_other(site: Site, visitor: Visitor, person: Person) -> None:
    async with Visitor(site) as other, Visitor(site) as third:
        for one in (other, third):
            assert (await signed_in(one, person)).path == "/"
            site.clock.pass_by(seconds=30)
        seen = await visitor.open("/account")
        ends = [one for one in seen.forms if one.action == "/account/end"]
        assert len(ends) == 2
        await visitor.send(ends[0])
        assert sorted([(await one.open("/")).path for one in (other, third)]) == ["/", "/sign-in"]
        await visitor.send(seen.form("/account/end-all"))
        assert [(await one.open("/")).path for one in (visitor, other, third)] == ["/sign-in"] * 3


async def test_nobody_ends_a_session_of_somebody_else(site: Site, visitor: Visitor, person: Person) -> None:
    other = await enrolled(site, actor("other"), "other@example.org")
    async with Visitor(site) as theirs:
        await signed_in(theirs, other)
        [session] = [one for one in await site.hub.tokens.all(None, AccountId(other.account)) if one.label == "session"]
        form = (await visitor.open("/account")).form("/account/end-all")
        form.action = "/account/end"
        await visitor.send(form, session=session.id)
        assert (await theirs.open("/account")).path == "/account"
    assert person.account != other.account


async def test_who_has_no_account_is_told_so(visitor: Visitor) -> None:
    await visitor.sign_in("coordinator")
    assert "without an account" in (await visitor.open("/account")).text


async def test_an_administrator_invites_invites_anew_and_ends(visitor: Visitor) -> None:
    await visitor.client.post("/demo/sign-in", data={"worker": "administrator", "partnership": "fenland"})
    seen = await visitor.open("/administration/accounts")
    form = seen.form("/administration/accounts/invite")
    assert (await visitor.send(form, worker="Jo Bloggs", agency="police", role="constable")).status == 422
    assert (await visitor.send(form, worker="jo", agency="nobody", role="constable")).status == 422
    assert (await visitor.send(form, worker="jo", agency="police", role="system")).status == 422
    seen = await visitor.send(form, worker="jo", agency="police", role="constable")
    first = re.findall(r"/invitation\?code=(\w[\w-]+)", seen.text)[0]
    assert (await visitor.send(form, worker="jo", agency="police", role="constable")).status == 409
    seen = await visitor.send(seen.form("/administration/accounts/reset"))
    second = re.findall(r"/invitation\?code=(\w[\w-]+)", seen.text)[0]
    assert first != second
    seen = await visitor.send(seen.form("/administration/accounts/close"))
    assert "opens nothing here any more" in seen.text
    assert (await visitor.open(f"/invitation?code={second}")).status == 404


async def test_who_does_not_administer_sees_no_accounts(site: Site, visitor: Visitor) -> None:
    invitation = await invited(site)
    await visitor.sign_in("coordinator")
    seen = await visitor.open("/administration/accounts")
    assert seen.status == 200
    assert "Jo bloggs" not in seen.text
    form = next(one for one in seen.forms if one.action == "/sign-out")
    form.action = "/administration/accounts/close"
    assert (await visitor.send(form, account=invitation.account)).status == 403


async def test_administrators_do_the_same_by_the_api(site: Site) -> None:
    administrator = await site.caller("administrator", "csp")
    body = {"worker": "jo", "agency": "police", "role": "constable"}
    made = await administrator.post("/v1/accounts", body)
    assert made.status_code == 201, made.text
    account = made.json()["account"]
    assert (await administrator.post("/v1/accounts", body)).json()["code"] == "worker-has-account"
    [member] = (await administrator.get("/v1/accounts")).json()["items"]
    assert (member["account"], member["worker"], member["role"]) == (account, "jo", "constable")
    again = await administrator.post(f"/v1/accounts/{account}/reset")
    assert again.json()["code"] != made.json()["code"]
    constable = await site.caller("constable", "police")
    assert (await constable.get("/v1/accounts")).status_code == 403
    assert (await constable.post(f"/v1/accounts/{account}/close")).status_code == 403
    assert (await administrator.post("/v1/accounts/nobody/close")).status_code == 404
    assert (await administrator.post(f"/v1/accounts/{account}/close")).status_code == 200
    assert (await administrator.get("/v1/accounts")).json()["items"] == []


async def test_an_account_is_at_home_on_a_shared_tablet(site: Site, visitor: Visitor, person: Person) -> None:
    seen = await visitor.open("/tablet/join?to=/account")
    seen = await visitor.send(seen.form("/tablet/join"), pin="274186", again="274186")
    assert (seen.status, seen.path) == (200, "/account")
    assert not [one for one in seen.forms if one.action == "/account/codes"], "a PIN changes nothing of an account"
    seen = await visitor.open("/tablet?seat=1&to=/account")
    seen = await visitor.send(seen.form("/tablet/switch"), pin="274186")
    assert (seen.status, seen.path) == (200, "/account")
    [account] = [one.account for one in await site.hub.accounts.store.in_partnership(actor().partnership)]
    await site.hub.accounts.close(installation(), account)
    assert (await visitor.open("/account")).path.startswith("/sign-in")
    assert "Nobody shares this tablet now" in (await visitor.open("/tablet")).text
    assert person.account == account


async def test_the_pages_of_an_account_are_for_everybody(site: Site, page: Page) -> None:
    invitation = await invited(site)
    await page.goto(f"/invitation?code={invitation.code}")
    await in_each_mode(page, "invitation")
    await page.get_by_label("Name", exact=True).fill("jo@example.org")
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.get_by_label("The same password again").fill(PASSWORD)
    await page.get_by_role("button", name="Go on").click()
    await expect(page.get_by_role("heading", name="Set up an authenticator")).to_be_visible()
    await in_each_mode(page, "authenticator")
    letters = (await page.locator(".hub-letters").first.inner_text()).replace(" ", "")
    person = Person(invitation.account, "jo@example.org", base64.b32decode(letters))
    await page.get_by_label("Code").fill(code(site, person))
    await page.get_by_role("button", name="Go on").click()
    await expect(page.get_by_role("heading", name="Your account is set up")).to_be_visible()
    await in_each_mode(page, "recovery-codes")
    await page.get_by_role("button", name="I have kept them").click()
    await page.wait_for_url("**/")
    await page.goto("/account")
    await in_each_mode(page, "account")
    await page.get_by_role("button", name="Sign out", exact=True).click()
    await page.wait_for_url("**/sign-in")
    await in_each_mode(page, "sign-in")
    await page.get_by_label("Name", exact=True).fill("jo@example.org")
    await page.get_by_label("Password", exact=True).fill(PASSWORD)
    await page.locator('form[action="/sign-in/password"] button').click()
    await expect(page.get_by_role("heading", name="Enter your code")).to_be_visible()
    await in_each_mode(page, "code")


async def test_a_browser_makes_a_passkey_and_signs_in_with_it(browser: Browser) -> None:
    async with serving(demo=True, name="localhost") as site, opened(browser, site.url) as page:
        await site.agencies(("csp", "partnership"))
        person = await enrolled(site)
        device = await page.context.new_cdp_session(page)
        await device.send("WebAuthn.enable")
        await device.send(
            "WebAuthn.addVirtualAuthenticator",
            {
                "options": {
                    "protocol": "ctap2",
                    "transport": "internal",
                    "hasResidentKey": True,
                    "hasUserVerification": True,
                    "isUserVerified": True,
                    "automaticPresenceSimulation": True,
                }
            },
        )
        await page.goto("/sign-in")
        await page.get_by_label("Name", exact=True).fill(person.name)
        await page.get_by_label("Password", exact=True).fill(PASSWORD)
        await page.locator('form[action="/sign-in/password"] button').click()
        await page.get_by_label("Code").fill(code(site, person))
        await page.get_by_role("button", name="Go on").click()
        await page.wait_for_url("**/")
        await page.goto("/account")
        await page.get_by_role("button", name="Add a passkey of this device").click()
        await expect(page.get_by_text("You can sign in with this passkey")).to_be_visible()
        await page.get_by_role("button", name="Sign out", exact=True).click()
        await page.get_by_role("button", name="Sign in with a passkey").click()
        await page.wait_for_url("**/")
        await expect(page.locator(".hub-user__name")).to_be_visible()
