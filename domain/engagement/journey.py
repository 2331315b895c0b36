"""A person's journey: all that street work knows of them, from the first encounter to the last missed session."""

import datetime as dt

import msgspec

from domain.engagement.bound import BOUND_FACTS, Bound, evolve_bound
from domain.engagement.encounter import ENCOUNTER_FACTS, Encounters, evolve_encounters
from domain.engagement.episode import EPISODE_FACTS, Episode, evolve_episode
from domain.engagement.hub_session import HubAttended, HubMissed, InvitationMade, SessionCancelled
from domain.facts import Fact, Knowledge, knowing
from domain.ids import EpisodeId, PersonId, SessionId


class Journey(msgspec.Struct, frozen=True, kw_only=True):
    """All that street work knows of a person: encounters, by what they are bound, steps, sessions."""

    encounters: Encounters = {}
    bound: Bound = Bound()
    episodes: dict[EpisodeId, Episode] = {}
    invited: dict[SessionId, dt.datetime] = {}
    missed: dict[SessionId, dt.datetime] = {}

    def over(self, other: "Journey") -> "Journey":
        """Both journeys, of two records of one human."""
        return Journey(
            encounters={**other.encounters, **self.encounters},
            bound=Bound(
                {**other.bound.instruments, **self.bound.instruments},
                {**other.bound.restrictions, **self.bound.restrictions},
            ),
            episodes={**other.episodes, **self.episodes},
            invited={**other.invited, **self.invited},
            missed={**other.missed, **self.missed},
        )

    def holds_hub_offer(self, at: dt.datetime) -> bool:
        """Whether a ticket that carries a hub offer had been issued by a moment."""
        return any(
            one.offers_hub and not one.voided and one.at <= at
            for episode in self.episodes.values()
            for one in episode.tickets
        )


def evolve_journey(state: Journey, fact: Fact) -> Journey:
    """A person's journey."""
    change = msgspec.structs.replace
    match fact:
        case InvitationMade():
            return change(state, invited={**state.invited, fact.session: fact.at})
        case HubMissed():
            return change(state, missed={**state.missed, fact.session: fact.at})
        case HubAttended():
            return change(state, missed={one: at for one, at in state.missed.items() if one != fact.session})
        case SessionCancelled():
            return change(
                state,
                invited={one: at for one, at in state.invited.items() if one != fact.session},
                missed={one: at for one, at in state.missed.items() if one != fact.session},
            )
        case _ if isinstance(fact, EPISODE_FACTS):
            now = evolve_episode(state.episodes.get(fact.episode), fact)
            return state if now is None else change(state, episodes={**state.episodes, fact.episode: now})
        case _:
            return change(
                state,
                encounters=evolve_encounters(state.encounters, fact),
                bound=evolve_bound(state.bound, fact),
            )


def journey_of(person: PersonId) -> Knowledge[Journey]:
    """A person's journey."""
    types = (
        *ENCOUNTER_FACTS,
        *BOUND_FACTS,
        *EPISODE_FACTS,
        InvitationMade,
        HubAttended,
        HubMissed,
        SessionCancelled,
    )
    return knowing(Journey(), evolve_journey, types, f"person:{person}")
