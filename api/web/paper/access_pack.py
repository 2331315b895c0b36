"""All that is held about a person, in words: what was recorded, by whom, who looked, and what is left out and why."""

from typing import Any

import msgspec

from api.web import wording
from api.web.languages import spoken
from api.web.paper.known import Around
from api.web.paper.parts import Phone, Sheet, phones, sheet
from api.web.telling import IN_LANGUAGES
from application.readings.access_packs import AccessPack
from application.rights.access_pack import PackField, PackLine, SharedWith


class OneField(msgspec.Struct, frozen=True, kw_only=True):
    """A field in words; `left_out` says why it is not told."""

    name: str
    value: str | None
    left_out: str | None
    erased: bool


class OneLine(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was recorded."""

    when: str
    what: str
    who: str
    role: str
    recorded: str
    fields: tuple[OneField, ...]


class OneShare(msgspec.Struct, frozen=True, kw_only=True):
    """Who looked or was told, how often, from when to when."""

    who: str
    role: str
    what: str
    why: str
    times: int
    first: str
    last: str
    to: str | None


class PackPaper(msgspec.Struct, frozen=True, kw_only=True):
    """All that is held."""

    sheet: Sheet
    digest: str
    unchanged: bool
    lines: tuple[OneLine, ...]
    shared: tuple[OneShare, ...]
    left_out: tuple[tuple[str, int], ...]
    phones: tuple[Phone, ...]


def pack_paper(around: Around, made: AccessPack) -> PackPaper:
    """The pack that was made, in plain words."""
    return PackPaper(
        sheet=sheet(around),
        digest=made.digest,
        unchanged=made.unchanged,
        lines=tuple(_line(around, one) for one in made.pack.lines),
        shared=tuple(_share(around, one) for one in made.pack.shared),
        left_out=tuple(
            (wording.label("withholding-ground", ground), count) for ground, count in made.pack.withheld.items()
        ),
        phones=phones(around),
    )


def _line(around: Around, one: PackLine) -> OneLine:
    told = {each.name: each.value for each in one.fields if each.value is not None}
    return OneLine(
        when=wording.moment(one.happened),
        what=wording.said(one.type, told, around.names),
        who=around.name(one.agency),
        role=wording.label("role", one.role),
        recorded=wording.moment(one.recorded),
        fields=tuple(_field(around, one, each) for each in one.fields if each.value != one.agency),
    )


def _field(around: Around, line: PackLine, one: PackField) -> OneField:
    return OneField(
        name=wording.field_of(line.type, one.name),
        value=None if one.value is None else in_words(line.type, one.name, one.value, around.names),
        left_out=None if one.ground is None else wording.label("withholding-ground", one.ground),
        erased=one.erased,
    )


def in_words(fact_type: str, name: str, value: Any, names: dict[str, str]) -> str:  # noqa: ANN401 - any field
    """A value as it can be read."""
    match value:
        case str() if value in names:
            return names[value]
        case str() if name in IN_LANGUAGES:
            return spoken(value)
        case dict():
            return "; ".join(
                f"{wording.field(key).label}: {in_words(fact_type, name, one, names)}"
                for key, one in value.items()
                if one not in (None, [], (), "")
            )
        case list() | tuple():
            return ", ".join(in_words(fact_type, name, one, names) for one in value)
        case _:
            return wording.in_words(fact_type, name, value)


def _share(around: Around, one: SharedWith) -> OneShare:
    return OneShare(
        who=around.name(one.agency),
        role=wording.label("role", one.role),
        what=wording.label("look", one.kind),
        why=wording.label("purpose", one.purpose),
        times=one.times,
        first=wording.moment(one.first),
        last=wording.moment(one.last),
        to=around.name(one.recipient) if one.recipient else None,
    )
