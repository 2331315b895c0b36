"""My account: by what I sign in, and where I am signed in now."""

import datetime as dt
from typing import Any, Final

from api.serving import Answer
from api.web import sessions
from api.web.routes import AnyScreen, screen
from api.web.screens.invitation import authenticator, wrong_password
from api.web.sign_in import SIGN_IN
from api.web.translating import gettext
from api.web.visit import Visit
from application import one_time_codes
from application.identity import TokenId
from application.others import Untrusted
from domain.governance.account import open_one
from domain.ids import AccountId, CredentialId
from domain.refusals import NotPermitted, Refusal, found

PATH: Final = "/account"
FRESH: Final = dt.timedelta(minutes=10)
"""So long after signing in somebody may change by what they sign in: an open screen is not enough."""
NEW: Final = "new-authenticator"


def fresh(visit: Visit) -> bool:
    """Whether somebody signed in by themselves just now; a PIN at a shared tablet is not that."""
    token = visit.token
    return token.label == sessions.LABEL and visit.hub.clock.now() - token.made < FRESH


def _account(visit: Visit) -> AccountId:
    return found(visit.token.account)


def _changing(visit: Visit) -> AccountId:
    if not fresh(visit):
        raise NotPermitted
    return _account(visit)


async def show(visit: Visit) -> Answer:
    """The account."""
    return await _shown(visit)


async def _shown(visit: Visit, status: int | None = None, **context: Any) -> Answer:  # noqa: ANN401 - whatever the template shows
    hub, account = visit.hub, visit.token.account
    known = None if account is None else await hub.accounts.known(account)
    if known is None:
        return await visit.page("account_none.html")
    now = hub.clock.now()
    live = [one for one in await hub.tokens.all(None, known.id) if one.live(now) and one.label in sessions.LABELS]
    kept = [one for one in await hub.accounts.store.credentials(known.id) if one.id in known.credentials]
    may = fresh(visit)
    making = await hub.passkeys.asked_to_make(visit.web.url, known.id, visit.viewer.worker) if may else ""
    given = {"errors": (), "codes": (), "wrong": {}, **context}
    return await visit.page(
        "account.html", status=status, sessions=live, credentials=kept, fresh=may, making=making, **given
    )


async def end_session(visit: Visit) -> Answer:
    """End one of my sessions."""
    account = _account(visit)
    for one in await visit.hub.tokens.all(None, account):
        if one.id == visit.sent.one("session"):
            await visit.hub.tokens.revoke(TokenId(one.id), visit.hub.clock.now())
    return visit.go(PATH, done=gettext("That session is ended"))


async def end_all(visit: Visit) -> Answer:
    """End all of my sessions, this one too."""
    await visit.hub.accounts.store.end_sessions(_account(visit))
    return visit.go(SIGN_IN)


async def change_password(visit: Visit) -> Answer:
    """Another name and password, in place of the ones before."""
    account, name = _changing(visit), visit.sent.one("name").strip()
    errors = wrong_password(name, visit.sent.one("password"), visit.sent.one("again"))
    if not errors and not await visit.hub.proving.set_password(account, name, visit.sent.one("password")):
        errors = (("name", gettext("Choose another name: this one is taken")),)
    if errors:
        return await _shown(visit, errors=errors, wrong=dict(errors))
    return visit.go(PATH, done=gettext("You have a new password"))


async def new_authenticator(visit: Visit) -> Answer:
    """A new authenticator: shown, and kept once it shows the right code."""
    account, secrets = _changing(visit), visit.hub.accounts.secrets
    label = f"{NEW}\0{account}"
    secret, error = _sent_secret(visit, label), ""
    if secret is not None:
        if await visit.hub.proving.set_authenticator(account, secret, visit.sent.one("code")):
            return visit.go(PATH, done=gettext("You have a new authenticator"))
        error = gettext("This is not the code that it shows now")
    secret = secret or one_time_codes.new_secret()
    return await visit.page(
        "account_authenticator.html",
        box=secrets.seal(label, secret).hex(),
        errors=(("code", error),) if error else (),
        error=error,
        shown=authenticator(visit.web, account, secret),
    )


def _sent_secret(visit: Visit, label: str) -> bytes | None:
    try:
        return visit.hub.accounts.secrets.open(label, bytes.fromhex(visit.sent.one("box")))
    except ValueError:
        return None


async def new_codes(visit: Visit) -> Answer:
    """New recovery codes: those before are void."""
    return await _shown(visit, codes=await visit.hub.proving.set_recovery_codes(_changing(visit)))


async def add_passkey(visit: Visit) -> Answer:
    """A passkey that this device has made."""
    account = _changing(visit)
    try:
        added = await visit.hub.passkeys.add(visit.web.url, account, visit.sent.one("answer"))
    except Untrusted:
        added = False
    if not added:
        return await _shown(visit, errors=(("", gettext("Your device has made no passkey. Try again")),))
    return visit.go(PATH, done=gettext("You can sign in with this passkey"))


async def remove(visit: Visit) -> Answer:
    """Take away something that I sign in with."""
    account = _changing(visit)
    open_one(await visit.hub.accounts.known(account))
    try:
        await visit.hub.accounts.remove(account, CredentialId(visit.sent.one("credential")))
    except Refusal as refusal:
        return await _shown(visit, 409, problem=await visit.problem(refusal))
    return visit.go(PATH, done=gettext("You sign in with it no more"))


SCREENS: Final[tuple[AnyScreen, ...]] = (
    screen(PATH, show),
    screen(f"{PATH}/end", act=end_session),
    screen(f"{PATH}/end-all", act=end_all),
    screen(f"{PATH}/password", act=change_password),
    screen(f"{PATH}/authenticator", act=new_authenticator),
    screen(f"{PATH}/codes", act=new_codes),
    screen(f"{PATH}/passkey", act=add_passkey),
    screen(f"{PATH}/remove", act=remove),
)
