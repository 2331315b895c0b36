"""Why the system says no: one tree, each refusal with a stable code, the rule it rests on and what would permit it.

    Refusal
    ├── Unknown        there is no such thing, or none that concerns you: the two are not told apart
    ├── NotPermitted   you may not do that here, whoever may
    ├── Conflict       somebody decided otherwise meanwhile, or the thing is past that
    ├── Guarded        a rule of the domain forbids it now
    └── Unreadable     a command contradicts itself

A refusal carries typed facts and no personal data; it knows nothing of HTTP.
"""

from typing import ClassVar, TypeVar

from domain.facts import Facts
from domain.ids import AgencyId

T = TypeVar("T")


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error
    """The answer no. Subclasses say the rule; an instance says what it was about."""

    code: ClassVar[str]
    rule: ClassVar[str]
    """The rule in one sentence, with its source where it has one."""
    permitted_by: ClassVar[str] = ""
    """What would permit it, in one sentence to a worker."""

    def __init__(self, ask: AgencyId | None = None, remembered: Facts = (), **facts: object) -> None:
        """`ask` is the agency to phone; `facts` are ids, codes, dates and counts, never personal data.

        `remembered` are the facts by which the log remembers this refusal, where it matters to somebody.
        """
        super().__init__(self.code)
        self.ask = ask
        self.remembered = remembered
        self.facts = facts

    def __str__(self) -> str:
        return " ".join([self.code, *(f"{name}={value}" for name, value in self.facts.items())])


class Unknown(Refusal):
    """There is no such thing, or none that concerns you."""

    code = "unknown"
    rule = "What does not concern your agency is answered as if it were not there."
    permitted_by = "Check the reference, or ask the hub coordinator."


def found(known: T | None) -> T:
    """What there is. Raises Unknown."""
    if known is None:
        raise Unknown
    return known


class NotPermitted(Refusal):
    """This is not for your role or agency to do."""

    code = "not-permitted"
    rule = "Each step is taken by those who are authorised to take it."
    permitted_by = "Ask somebody whose role allows it."


class Conflict(Refusal):
    """The thing is no longer in a state that allows it."""

    code = "conflict"
    rule = "A thing is changed only from a state that allows the change."
    permitted_by = "Read it again: somebody has decided meanwhile."


class Guarded(Refusal):
    """A rule of the domain forbids it now."""

    code = "guarded"
    rule = "A rule forbids this step now."


class Unreadable(Refusal):
    """A command that contradicts itself or names what cannot be."""

    code = "unreadable"
    rule = "A command says one thing."


class AlreadyExists(Conflict):
    """The id is taken."""

    code = "already-exists"
    rule = "An id names one thing for good."


class HappensInFuture(Unreadable):
    """Nothing is recorded before it happens."""

    code = "happens-in-future"
    rule = "What happened lies in the past, give or take two minutes of clock drift."
    permitted_by = "Correct the time, or record it once it has happened."
