"""What a line of a timeline says: its sentence, its two times where they differ, and its fields in words."""

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any, Final, get_args, get_origin, get_type_hints

import msgspec

from api.web import wording
from api.web.frame_words import worker_words
from api.web.languages import spoken
from api.web.translating import gettext as _
from application.readings.moments import Moment
from domain.facts import CATALOGUE
from domain.governance.transfer import HistoryReceived
from domain.ids import ID_TYPES, AgencyId, ServiceId, WorkerId

LATE: Final = dt.timedelta(minutes=1)
"""What is written down within a minute was written down at once."""
UNSAID: Final = frozenset({"at", "person", "has_name"})
AMENDING: Final = frozenset({"encounter-corrected", "encounter-voided", "ticket-voided", "instrument-voided",
                             "death-retracted", "hub-check-in-voided", "persons-unmerged",
                             "person-identified"})  # fmt: skip
MAJOR: Final = frozenset({"person-registered", "ticket-issued", "hub-attended", "referral-sent", "episode-closed",
                          "plan-opened", "person-died", "persons-merged"})  # fmt: skip
ALERTING: Final = frozenset({"flag-raised", "ticket-issued", "instrument-served", "instrument-breached",
                             "escalation-refused", "stay-began", "person-died"})  # fmt: skip
CAME_ALONG: Final = ("told_identity", "told_health", "told_intelligence")
IN_LANGUAGES: Final = frozenset({"language", "understands", "reads"})
_NAMED: Final = frozenset({AgencyId, ServiceId})


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A line as a page shows it. `late` is when it was written down, where that is not when it happened."""

    key: str
    type: str
    category: str
    sentence: str
    happened: dt.datetime
    late: dt.datetime | None
    agency: AgencyId
    worker: str
    fields: tuple[tuple[str, str], ...]
    hidden: tuple[tuple[str, AgencyId | None], ...]
    erased: tuple[str, ...]
    amends: str | None
    amending: bool
    major: bool
    alerting: bool


def told(
    moments: Sequence[Moment], names: Mapping[str, str], encounters: Mapping[str, dt.datetime]
) -> tuple[Told, ...]:
    """Lines of a timeline. `encounters` are the days of those that the viewer may see, by id."""
    return tuple(_told(one, names, encounters) for one in moments)


def _told(one: Moment, names: Mapping[str, str], encounters: Mapping[str, dt.datetime]) -> Told:
    amends = None
    happened = encounters.get(str(one.fact.get("encounter")))
    if one.type in {"encounter-corrected", "encounter-voided"} and happened is not None:
        amends = _("It amends what was recorded of %(moment)s. Both stay on record.") % {
            "moment": wording.moment(happened)
        }
    return Told(
        key=str(one.position),
        type=one.type,
        category=one.category,
        sentence=wording.said(one.type, one.fact, names),
        happened=one.happened,
        late=one.recorded if abs(one.recorded - one.happened) > LATE else None,
        agency=one.agency,
        worker=worker_words(one.actor),
        fields=fields_of(one, names),
        hidden=tuple((wording.field(hidden.field).label, hidden.ask) for hidden in one.hidden),
        erased=tuple(wording.field(name).label for name in one.erased),
        amends=amends,
        amending=one.type in AMENDING,
        major=one.type in MAJOR,
        alerting=one.type in ALERTING,
    )


def came_along(one: Moment) -> tuple[str, tuple[tuple[str, str], ...]]:
    """What another partnership had recorded, in a sentence and field by field, as far as it was opened."""
    kind = str(one.fact["kind"])
    cls = max((each for each in CATALOGUE.items() if each[0][0] == kind), default=None)
    told: dict[str, Any] = {}
    for name in CAME_ALONG:
        told |= msgspec.json.decode(one.fact.get(name) or "{}", type=dict[str, Any])
    if cls is None:  # another version of the system wrote it
        unknown = _("Something that this version of the system has no words for")
        return unknown, tuple((wording.field(name).label, str(value)) for name, value in told.items())
    hints = _hints(*cls[0])
    typed = {name: _converted(value, hints.get(name)) for name, value in told.items()}
    fields = ((wording.field(name).label, value_words(hints.get(name), value, {})) for name, value in typed.items())
    return wording.said(kind, typed, {}), tuple(pair for pair in fields if pair[1])


def _converted(value: object, hint: object) -> object:
    """A value as its field has it, where it fits there."""
    try:
        return msgspec.convert(value, hint, strict=False)
    except (msgspec.ValidationError, TypeError):
        return value


def fields_of(one: Moment, names: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """What was recorded, field by field, as far as it was opened; ids are said where they have a name."""
    if one.type == HistoryReceived.fact_type:
        said, fields = came_along(one)
        return ((_("What was recorded there"), said), *fields)
    hints = _hints(one.type, one.version)
    found: list[tuple[str, str]] = []
    for name, value in one.fact.items():
        if name in UNSAID or value is None or value in ((), frozenset(), False, ""):
            continue
        if name == "by_agency" and value == one.agency:
            continue
        if name in IN_LANGUAGES:
            said = ", ".join(spoken(code) for code in ((value,) if isinstance(value, str) else value))
        else:
            said = value_words(hints.get(name), value, names)
        if said:
            found.append((wording.field(name).label, said))
    return tuple(found)


def value_words(hint: object, value: Any, names: Mapping[str, str]) -> str:  # noqa: ANN401 - any field
    """A value of a field in words; nothing for an id that has no name."""
    inner = _plain(hint)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    match value:
        case tuple() | list() | frozenset() | set():
            parts = get_args(inner)
            several = value if isinstance(value, tuple | list) else sorted(value, key=str)
            said = [value_words(parts[0] if parts else None, each, names) for each in several]
            return ", ".join(one for one in said if one)
        case msgspec.Struct():
            own = get_type_hints(type(value), include_extras=True)
            pairs = [
                (wording.field(name).label, value_words(own[name], getattr(value, name), names))
                for name in value.__struct_fields__
                if getattr(value, name) not in (None, (), "")
            ]
            return "; ".join(f"{label}: {said}" for label, said in pairs if said)
        case dt.datetime():
            return wording.moment(value)
        case dt.date():
            return wording.day(value)
        case str() if inner is WorkerId:
            return worker_words(value)
        case str() if inner in ID_TYPES:
            return names.get(value, value if inner in _NAMED else "")
        case str() if wording.codes_in(hint):
            return wording.label(hint, value)
        case str() if value in names:
            return names[value]
        case _:
            return str(value)


def _plain(hint: object) -> object:
    """The type of a field without what is said besides, and without None."""
    while get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    kept = [part for part in get_args(hint) if part is not type(None)]
    if get_origin(hint) is None or not kept or get_origin(hint) in {tuple, frozenset, list, set}:
        return hint
    return _plain(kept[-1] if len(kept) == 1 else kept[0])


@lru_cache(500)
def _hints(fact_type: str, version: int) -> Mapping[str, object]:
    return get_type_hints(CATALOGUE[fact_type, version], include_extras=True)


__all__ = ["Told", "fields_of", "told", "value_words"]
