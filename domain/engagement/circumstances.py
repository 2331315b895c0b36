"""What the guards of street work know of a person and of the officer: coarse, open, and nothing of equality.

Age band, languages, open flags and whether the person can be reached now come from the register; ethnicity, sex, belief
and disability have no field here, so they cannot be an input (Equality Act 2010; Data Protection Act 2018 Part 3).
"""

from collections.abc import Iterator
from typing import Literal

import msgspec

from domain.actors import Actor, Role
from domain.codes import AgeBand, FlagKind, ScreenResult
from domain.ids import PersonId, WorkerId
from domain.refusals import Guarded, Refusal, Unreadable


class Circumstances(msgspec.Struct, frozen=True, kw_only=True):
    """A person at a moment, with the flags that pause a ladder. What is not known is None or empty."""

    age_band: AgeBand | None = None
    stopped: Literal["died", "custody", "hospital"] | None = None
    flags: frozenset[FlagKind] = frozenset()
    understands: frozenset[str] = frozenset()
    reads: frozenset[str] = frozenset()
    needs_interpreter: bool = False
    keep_apart: frozenset[PersonId] = frozenset()
    no_fixed_abode: bool | None = None
    has_income: bool | None = None


class Issuer(msgspec.Struct, frozen=True, kw_only=True):
    """Who issues: a named human (or None where none is named), and the powers held at that moment.

    `clerk` says that it is written down by somebody who may say what stands on paper.
    """

    worker: WorkerId | None
    role: Role | None = None
    powers: frozenset[str] = frozenset()
    clerk: bool = False


class Manner(msgspec.Struct, frozen=True, kw_only=True):
    """How a step was told to the person. No language is English.

    `paper`: written down from a form that has no room for whether it was understood.
    """

    language: str | None = None
    read_aloud: bool = False
    interpreter: bool = False
    understood: bool | None = None
    paper: bool = False


class NoHumanNamed(Unreadable):
    """An adverse step without a human who took it."""

    code = "no-human-named"
    rule = (
        "Every adverse step names the human who took it; none is taken by a machine (UK GDPR art.22A-22D, DPA s.50A)."
    )
    permitted_by = "Name the officer who took the step."


class PersonStopped(Guarded):
    """The person died, or is in custody or in hospital."""

    code = "person-stopped"
    rule = "Death, custody and hospital stop tickets, notices and invitations (ours)."
    permitted_by = "Wait until the register says that the person is free again, or correct the register."


class FlagOpen(Guarded):
    """A flag of vulnerability stands."""

    code = "flag-open"
    rule = "An open safeguarding, modern-slavery or capacity flag pauses the ladder (ours; Care Act 2014 s.42)."
    permitted_by = "Invite without a ticket; the safeguarding lead can end the flag once it was looked into."


class NotScreened(Guarded):
    """No vulnerability screen was made."""

    code = "not-screened"
    rule = "A vulnerability screen comes before any escalation (ours)."
    permitted_by = "Make the screen and give its result."


class ScreenFoundNeed(Guarded):
    """The screen found somebody who needs protection."""

    code = "screen-found-need"
    rule = "A screen that finds a safeguarding, modern-slavery or capacity concern pauses the ladder (ours)."
    permitted_by = "Raise the flag, tell the safeguarding lead, and invite without a ticket."


class NotUnderstood(Guarded):
    """The person would not understand it."""

    code = "not-understood"
    rule = "No adverse step is given in a language that the person does not understand (ours)."
    permitted_by = (
        "Give it in a language they understand, read aloud or by an interpreter, and record that they understood."
    )


class PowerNotHeld(Guarded):
    """The officer did not hold that power then."""

    code = "power-not-held"
    rule = "Who issues holds the power at that moment (Anti-social Behaviour, Crime and Policing Act 2014 s.53)."
    permitted_by = "Ask an officer who holds the power, or have the grant entered."


def issuer_of(by: Actor, officer: WorkerId | None) -> WorkerId | None:
    """The human who acts: the one named, or else the one who is signed in; the system is nobody."""
    named = officer or (None if by.role == "system" else by.worker)
    return None if named == "system" else named


def against_stopped(circumstances: Circumstances) -> Iterator[Refusal]:
    """Death, custody and hospital stop tickets and letters."""
    if circumstances.stopped is not None:
        # Whether it is custody or hospital is not for everybody to know.
        yield PersonStopped(stopped="died" if circumstances.stopped == "died" else "away")


def against_flags(circumstances: Circumstances) -> Iterator[Refusal]:
    """An open flag of vulnerability pauses."""
    if circumstances.flags:
        yield FlagOpen(flags=tuple(sorted(circumstances.flags)))


def against_screen(screen: ScreenResult | None) -> Iterator[Refusal]:
    """A screen was made, and found nothing."""
    if screen is None:
        yield NotScreened()
    elif screen != "none":
        yield ScreenFoundNeed(screen=screen)


def against_manner(circumstances: Circumstances, manner: Manner) -> Iterator[Refusal]:
    """It is told in a language the person understands, and read aloud to who does not read it.

    Where it is not told in English to somebody known to understand English, that they understood is recorded; a form
    without room for that stands for it, never for a language that the person does not understand.
    """
    language = _primary(manner.language or "en")
    spoken = {_primary(one) for one in circumstances.understands}
    foreign = bool(spoken) and "en" not in spoken
    follows = language in spoken if spoken else not circumstances.needs_interpreter
    if circumstances.needs_interpreter and manner.language is None:
        follows = False
    unread = bool(circumstances.reads) and language not in {_primary(one) for one in circumstances.reads}
    recorded = manner.understood is True or (manner.understood is None and manner.paper)
    if (
        manner.understood is False
        or not (follows or manner.interpreter)
        or (unread and not (manner.read_aloud or manner.interpreter))
        or ((foreign or circumstances.needs_interpreter or manner.interpreter) and not recorded)
    ):
        yield NotUnderstood(language=language)


def against_power(issuer: Issuer, power: str) -> Iterator[Refusal]:
    """A named officer held the power then."""
    if issuer.worker is not None and power not in issuer.powers:
        yield PowerNotHeld(power=power)


def _primary(language: str) -> str:
    return language.partition("-")[0]
