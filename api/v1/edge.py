"""What is worked out when a request comes in: coarse open fields for the guards, and names made to be read aloud."""

import datetime as dt
import secrets
from typing import Final

from api.endpoints import new_id
from api.problems import Flaw, ProblemError
from api.routes import Values
from domain.calendar import civil_date
from domain.codes import age_band

READABLE: Final = "23456789CDFGHJKMNPQRTVWX"
"""Letters and digits that are not taken for one another, and make no words."""


def reference(values: Values) -> None:
    """A person's reference: short, random, and readable over the phone. 24^7 of them."""
    code = "".join(secrets.choice(READABLE) for _ in range(7))
    values["reference"] = f"P-{code[:3]}-{code[3:]}"


def known_of_person(values: Values) -> None:
    """What guards may know of who somebody is: whether there is a name, and the age band on the day it was said."""
    values["has_name"] = bool(values["given_name"] or values["family_name"])
    if values["born"] is not None:
        values["age_band"] = age_band(values["born"], values["age_as_of"] or civil_date(values["at"]))


def new_person(values: Values) -> None:
    """All of it for somebody who is entered now."""
    reference(values)
    known_of_person(values)


def on_a_day(values: Values) -> None:
    """The day that stands in an address. Raises ProblemError (404) where it is none."""
    try:
        values["on"] = dt.date.fromisoformat(str(values["on"]))
    except ValueError:
        raise ProblemError("unknown") from None


def ticket(values: Values) -> None:
    """A ticket names an episode, or opens one; one that makes an instrument names it."""
    if values["episode"] is None:
        if values["opening"] is None:
            raise ProblemError("invalid-body", Flaw("/episode", "missing"))
        values["episode"] = new_id()
    if values["terms"] is not None and values["instrument"] is None:
        values["instrument"] = new_id()


def referral(values: Values) -> None:
    """A referral that was drafted before is named; a new one is given its id."""
    values["referral"] = values["referral"] or new_id()
