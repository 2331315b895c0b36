"""`hub agency`: registers agencies, gives posts and ends them, enters what the agencies agreed to share."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final, get_args

import rich_click as click

from api.cli.token import SLUG
from api.cli.user import with_hub
from api.console import console, json_option
from domain.actors import Role
from domain.codes import AgencyKind
from domain.governance.scope import Crossing, Purpose, SharedCategory
from domain.ids import AgencyId, AgreementId, PartnershipId, WorkerId

if TYPE_CHECKING:
    from api.hub import Hub
    from domain.facts import Command
    from domain.governance.partnership import Partnership

DAY: Final = click.DateTime(["%Y-%m-%d"])
PARTNERSHIP: Final = click.option("--partnership", type=SLUG, required=True, help="Whose agencies.")


@click.group()
def command() -> None:
    """Register agencies, give their workers posts, and enter what they agreed to share."""


@command.command()
@PARTNERSHIP
@click.option("--agency", type=SLUG, required=True, help="Its id: short, and for good.")
@click.option("--name", required=True, help="What it is called.")
@click.option("--kind", type=click.Choice(get_args(AgencyKind)), required=True, help="What it is.")
@click.option("--phone", help="Its public number, for whom to ask.")
@click.option("--without-log-in", is_flag=True, help="It gets letters, and others record its answers.")
@json_option
def register(
    *,
    partnership: str,
    agency: str,
    name: str,
    kind: AgencyKind,
    phone: str | None,
    without_log_in: bool,
    as_json: bool,
) -> None:
    """Enter an agency as a party of the partnership."""
    from domain.governance.agency import RegisterAgency  # noqa: PLC0415 - heavy

    one = RegisterAgency(
        at=_now(), agency=AgencyId(agency), name=name, kind=kind, phone=phone, logs_in=not without_log_in
    )
    _decided(partnership, one)
    console(as_json=as_json).tell({"agency": agency}, f"✓ {name} is an agency of {partnership}")


@command.command("list")
@PARTNERSHIP
@json_option
def list_agencies(*, partnership: str, as_json: bool) -> None:
    """List the agencies, their workers, and the agreements that hold."""
    known, out, now = _known(partnership), console(as_json=as_json), _now()
    for one in known.agencies.values():
        posts = sorted(each.worker for each in known.staff.posts.values() if each.agency == one.id)
        shares = sorted(each.id for each in known.live_agreements(now) if one.id in each.parties)
        out.tell(
            {"agency": one.id, "name": one.name, "kind": one.kind, "workers": posts, "agreements": shares},
            f"{one.id}  {one.name} ({one.kind}), {len(posts)} in post, {', '.join(shares) or 'no live agreement'}",
        )


@command.command()
@PARTNERSHIP
@click.option("--worker", type=SLUG, required=True, help="Who gets the post.")
@click.option("--agency", type=SLUG, required=True, help="At which agency.")
@click.option("--role", type=click.Choice(get_args(Role)), required=True, help="In which role.")
@json_option
def post(*, partnership: str, worker: str, agency: str, role: Role, as_json: bool) -> None:
    """Give a worker a post, or another one: from the next request on that is what they are."""
    from domain.governance.staff import PostWorker  # noqa: PLC0415 - heavy

    _decided(partnership, PostWorker(at=_now(), worker=WorkerId(worker), agency=AgencyId(agency), role=role))
    console(as_json=as_json).tell({"worker": worker}, f"✓ {worker} is {role} at {agency}")


@command.command()
@PARTNERSHIP
@click.option("--worker", type=SLUG, required=True, help="Who leaves.")
@click.option("--work-to", type=SLUG, help="The colleague who takes over what is theirs.")
@json_option
def leave(*, partnership: str, worker: str, work_to: str | None, as_json: bool) -> None:
    """End a worker's post: from the next request on they see and do nothing here."""
    from domain.governance.staff import EndPost  # noqa: PLC0415 - heavy

    one = EndPost(at=_now(), worker=WorkerId(worker), work_to=None if work_to is None else WorkerId(work_to))
    _decided(partnership, one)
    console(as_json=as_json).tell({"worker": worker}, f"✓ {worker} holds no post in {partnership}")


@command.command()
@PARTNERSHIP
@click.option("--agreement", type=SLUG, required=True, help="Its id.")
@click.option("--name", required=True, help="What it is called.")
@click.option("--party", "parties", type=SLUG, multiple=True, required=True, help="An agency; give two or more.")
@click.option("--purpose", "purposes", type=click.Choice(get_args(Purpose)), multiple=True, required=True)
@click.option("--category", "categories", type=click.Choice(get_args(SharedCategory)), multiple=True, required=True)
@click.option("--crossing", "crossings", type=click.Choice(get_args(Crossing)), multiple=True)
@click.option("--from", "begins", type=DAY, required=True, help="Its first day.")
@click.option("--until", "ends", type=DAY, help="Its last day, if it has one.")
@click.option("--review", "reviewed", type=DAY, required=True, help="The day of its review.")
@click.option("--source", required=True, help="Where the signed text lies.")
@json_option
def agree(
    *,
    partnership: str,
    agreement: str,
    name: str,
    parties: tuple[str, ...],
    purposes: tuple[Purpose, ...],
    categories: tuple[SharedCategory, ...],
    crossings: tuple[Crossing, ...],
    begins: dt.datetime,
    ends: dt.datetime | None,
    reviewed: dt.datetime,
    source: str,
    as_json: bool,
) -> None:
    """Enter a sharing agreement that the parties signed."""
    from domain.governance.agreement import MakeAgreement  # noqa: PLC0415 - heavy

    if len(set(parties)) == 1:
        raise click.UsageError("an agreement has two parties or more")
    one = MakeAgreement(
        at=_now(),
        agreement=AgreementId(agreement),
        name=name,
        parties=frozenset(map(AgencyId, parties)),
        purposes=frozenset(purposes),
        categories=frozenset(categories),
        crossings=frozenset(crossings),
        from_date=begins.date(),
        until_date=None if ends is None else ends.date(),
        review_date=reviewed.date(),
        source=source,
    )
    _decided(partnership, one)
    console(as_json=as_json).tell({"agreement": agreement}, f"✓ {name} is entered")


@command.command()
@PARTNERSHIP
@click.option("--agreement", type=SLUG, required=True, help="Which.")
@click.option("--reason", required=True, help="Why it ends.")
@json_option
def end(*, partnership: str, agreement: str, reason: str, as_json: bool) -> None:
    """End a sharing agreement: nothing more is shared under it from the next request on."""
    from domain.governance.agreement import EndAgreement  # noqa: PLC0415 - heavy

    _decided(partnership, EndAgreement(at=_now(), agreement=AgreementId(agreement), reason=reason))
    console(as_json=as_json).tell({"agreement": agreement}, f"✓ {agreement} has ended")


@command.command("agree-with")
@PARTNERSHIP
@click.argument("partner", type=SLUG)
@click.option("--agreement", type=SLUG, required=True, help="Its id: the same on both sides.")
@click.option("--name", required=True, help="What it is called.")
@click.option("--contact", type=SLUG, required=True, help="The agency here that the other side phones.")
@click.option("--purpose", "purposes", type=click.Choice(get_args(Purpose)), multiple=True, required=True)
@click.option(
    "--category",
    "categories",
    type=click.Choice(get_args(SharedCategory)),
    multiple=True,
    help="What may go along when a person is handed over; nobody is where there is none.",
)
@click.option("--questions", type=click.IntRange(1, 500), default=20, show_default=True, help="Answered a day.")
@click.option("--from", "begins", type=DAY, required=True, help="Its first day.")
@click.option("--until", "ends", type=DAY, help="Its last day, if it has one.")
@click.option("--review", "reviewed", type=DAY, required=True, help="The day of its review.")
@click.option("--source", required=True, help="Where the signed text lies.")
@json_option
def agree_with(
    *,
    partnership: str,
    partner: str,
    agreement: str,
    name: str,
    contact: str,
    purposes: tuple[Purpose, ...],
    categories: tuple[SharedCategory, ...],
    questions: int,
    begins: dt.datetime,
    ends: dt.datetime | None,
    reviewed: dt.datetime,
    source: str,
    as_json: bool,
) -> None:
    """Enter this side of an agreement with another partnership: it holds once the other side has entered it, too."""
    from domain.governance.between import MakePartnershipAgreement  # noqa: PLC0415 - heavy

    one = MakePartnershipAgreement(
        at=_now(),
        agreement=AgreementId(agreement),
        partner=PartnershipId(partner),
        name=name,
        contact_agency=AgencyId(contact),
        purposes=frozenset(purposes),
        categories=frozenset(categories),
        questions_a_day=questions,
        from_date=begins.date(),
        until_date=None if ends is None else ends.date(),
        review_date=reviewed.date(),
        source=source,
    )
    _decided(partnership, one)
    console(as_json=as_json).tell({"agreement": agreement}, f"✓ this side of {name} is entered")


@command.command("end-with")
@PARTNERSHIP
@click.option("--agreement", type=SLUG, required=True, help="Which.")
@click.option("--reason", required=True, help="Why it ends.")
@json_option
def end_with(*, partnership: str, agreement: str, reason: str, as_json: bool) -> None:
    """End an agreement with another partnership, for both sides: nothing more is asked or handed over under it."""
    from domain.governance.between import EndPartnershipAgreement  # noqa: PLC0415 - heavy

    _decided(partnership, EndPartnershipAgreement(at=_now(), agreement=AgreementId(agreement), reason=reason))
    console(as_json=as_json).tell({"agreement": agreement}, f"✓ {agreement} has ended")


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _decided(partnership: str, one: Command) -> None:
    from application.published.partnerships import opener  # noqa: PLC0415 - heavy

    async def do(hub: Hub, _: object) -> None:
        await hub.decider.decide(one, opener(PartnershipId(partnership)))

    with_hub(do)


def _known(partnership: str) -> Partnership:
    from domain.governance.partnership import partnership as governed  # noqa: PLC0415 - heavy

    async def do(hub: Hub, _: object) -> Partnership:
        return await hub.decider.know(PartnershipId(partnership))(governed())

    return with_hub(do)
