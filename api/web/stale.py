"""What became of a record while somebody typed: which fields it says otherwise now, who changed them, and when.

Who and when is read from the timeline as the viewer may see it: what they may not see there, is not said here either.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from api.web import forms, wording
from api.web.forms import Field
from api.web.frame_words import worker_words
from api.web.translating import gettext as _
from api.web.visit import READ_AT, Visit
from application.readings.moments import Moment
from domain.ids import PersonId

LINES: Final = 50
"""So far back is looked for who changed something."""
CLEARED: Final = "cleared"


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A field of which the record says something else than was typed; who said so, if somebody did meanwhile."""

    label: str
    now: str
    typed: str
    by: str


def tag_of(position: int) -> str:
    """The state that a page was read at, as a form carries it and an API client would send it."""
    return f'"{position}-{"0" * 24}"'


def position_in(tag: str) -> int:
    """The position of a state that a form carries."""
    written = tag.strip('"').partition("-")[0]
    return int(written) if written.isdecimal() else 0


async def differences(
    visit: Visit, now: Sequence[Field], typed: Sequence[Field], known: Mapping[str, Any]
) -> tuple[Difference, ...]:
    """The fields that differ, as the page came back."""
    yours = {field.name: forms.words_of(field) for field in typed}
    differ = [field for field in now if field.name in known and forms.words_of(field) != yours[field.name]]
    since = await _since(visit) if differ else ()
    names = await visit.agency_names() if since else {}
    return tuple(
        Difference(
            label=field.label,
            now=forms.words_of(field),
            typed=yours[field.name],
            by=_said_by(next((one for one in since if _says(one, field.name)), None), names),
        )
        for field in differ
    )


async def _since(visit: Visit) -> Sequence[Moment]:
    """What was recorded of what the address names since the page was read, the latest first."""
    if "person" not in visit.ids:
        return ()
    lines = await visit.hub.readings.timelines.timeline(visit.viewer, PersonId(visit.ids["person"]), limit=LINES)
    read_at = position_in(visit.sent.one(READ_AT))
    return [
        one
        for one in lines.items
        if one.position > read_at and all(one.fact.get(name, id_) == id_ for name, id_ in visit.ids.items())
    ]


def _says(one: Moment, name: str) -> bool:
    return one.fact.get(name) is not None or name in one.fact.get(CLEARED, ())


def _said_by(one: Moment | None, names: Mapping[str, str]) -> str:
    if one is None:
        return ""
    return _("%(worker)s of %(agency)s, %(moment)s") % {
        "worker": worker_words(one.actor),
        "agency": names.get(one.agency, one.agency),
        "moment": wording.moment(one.recorded),
    }
