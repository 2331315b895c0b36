"""The other parts of a record: the ladder, referrals, plans, consent and sharing, and the details of the person."""

import asyncio
from typing import Final

from api.serving import Answer
from api.web import as_at as looking_back
from api.web.routes import AnyScreen, screen
from api.web.screens.person.about import about, where_permitted, who_page, words_of
from api.web.screens.person.overview import positions, whom_to_ask
from api.web.visit import Visit


async def ladder(visit: Visit) -> Answer:
    """All episodes, encounters and instruments that the viewer may see."""
    one = await about(visit)
    if one.shown is None:
        return await one.not_known_then("ladder")
    readings, viewer, person, at = visit.hub.readings, visit.viewer, one.person, one.as_at
    episodes, encounters, instruments = await asyncio.gather(
        *(
            where_permitted(read(viewer, person, as_at=at))
            for read in (readings.engagement.episodes, readings.engagement.encounters, readings.engagement.instruments)
        )
    )
    return await one.page(
        "person/ladder.html",
        "ladder",
        positions=await positions(one, episodes[::-1], encounters),
        encounters=encounters[::-1],
        instruments=instruments[::-1],
        writes=one.may_act("engagement") and one.street,
        words=await words_of(one),
        hidden=whom_to_ask((*episodes, *encounters, *instruments)),
    )


async def referrals(visit: Visit) -> Answer:
    """What was asked for somebody, and what became of it: for those who are party to it."""
    one = await about(visit)
    if one.shown is None:
        return await one.not_known_then("referrals")
    readings, viewer, person, at = visit.hub.readings, visit.viewer, one.person, one.as_at
    found = await readings.referrals.referrals(viewer, person, as_at=at)
    notifications = await where_permitted(readings.notifications.notifications_of(viewer, person, as_at=at))
    return await one.page(
        "person/referrals.html",
        "referrals",
        referrals=sorted(found, key=lambda each: not each.row.open),
        notifications=notifications,
        writes=one.may_act("support"),
        tells=one.may_act("duty"),
        words=await words_of(one),
        hidden=whom_to_ask((*found, *notifications)),
    )


async def plans(visit: Visit) -> Answer:
    """The plans made with somebody, the open ones first."""
    one = await about(visit)
    if one.shown is None:
        return await one.not_known_then("plan")
    found = await visit.hub.readings.plans.plans(visit.viewer, one.person, as_at=one.as_at)
    return await one.page(
        "person/plans.html",
        "plan",
        plans=sorted(found, key=lambda each: each.row.closed_at is not None),
        writes=one.may_act("support"),
        hidden=whom_to_ask(found),
    )


async def sharing(visit: Visit) -> Answer:
    """What somebody agreed to, on what else something is shared, and which agencies they concern."""
    one = await about(visit)
    if one.shown is None:
        return await one.not_known_then("sharing")
    readings, viewer = visit.hub.readings, visit.viewer
    consents = await readings.consents.consents(viewer, one.person, as_at=one.as_at)
    bases = await readings.consents.bases(viewer, one.person, as_at=one.as_at)
    return await one.page(
        "person/sharing.html",
        "sharing",
        consents=consents[::-1],
        bases=bases[::-1],
        writes=one.may_act("support"),
        tells=one.may("read", "disclosure"),
        asks=one.may_act("register"),
        asks_for_rights=one.may("write", "rights"),
        hidden=whom_to_ask((*consents, *bases)),
    )


async def details(visit: Visit) -> Answer:
    """Who somebody is, how they are reached without harm, their languages, circumstances and flags."""
    one = await about(visit)
    if one.shown is None:
        return await one.not_known_then("details")
    return await one.page(
        "person/details.html",
        "details",
        who_page=who_page(one.row),
        writes=one.may_act("register"),
        erased=one.shown.erased,
        hidden=whom_to_ask((one.shown,)),
    )


SCREENS: Final[tuple[AnyScreen, ...]] = (
    screen("/people/{person}/ladder", ladder, looking_back.AS_AT),
    screen("/people/{person}/referrals", referrals, looking_back.AS_AT),
    screen("/people/{person}/plan", plans, looking_back.AS_AT),
    screen("/people/{person}/sharing", sharing, looking_back.AS_AT),
    screen("/people/{person}/details", details, looking_back.AS_AT),
)
