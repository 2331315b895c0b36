"""The contact sheet that partnerships keep today: what a row may say, and what it asks of the system.

One row is one thing that happened. A row is applied whole or not at all, as one act.
"""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Final

import msgspec

from domain import codes
from domain.calendar import civil_date, noon
from domain.refusals import HappensInFuture

COLUMNS: Final = (
    "row_id",
    "when",
    "kind",
    "person",
    "given_name",
    "family_name",
    "alias",
    "born",
    "age_band",
    "sex",
    "language",
    "ethnicity",
    "ethnicity_observed",
    "place",
    "area",
    "behaviour",
    "step",
    "serial",
    "screen",
    "authorised_by",
    "session",
    "attended",
    "agency",
    "need",
    "service",
    "answers",
    "status",
    "reason",
    "instrument",
    "outcome",
    "worker",
    "note",
)
REQUIRED_COLUMNS: Final = ("when", "kind", "person")

KINDS: Final = ("encounter", "ticket", "invitation", "attendance", "referral", "answer", "instrument", "outcome")
ADVERSE_KINDS: Final = frozenset({"ticket", "instrument"})
INSTRUMENTS: Final = ("cpw", "cpn", "fpn", "civil-injunction", "cbo-application", "cbo")
IDENTITY_COLUMNS: Final = (
    "given_name",
    "family_name",
    "alias",
    "born",
    "age_band",
    "sex",
    "language",
    "ethnicity",
    "ethnicity_observed",
)
NEEDED_BY_KIND: Final[Mapping[str, tuple[str, ...]]] = {
    "encounter": (),
    "ticket": ("step",),
    "invitation": ("session",),
    "attendance": ("session", "attended"),
    "referral": ("agency", "need"),
    "answer": ("answers", "status"),
    "instrument": ("instrument",),
    "outcome": ("outcome",),
}
LANGUAGES: Final[Mapping[str, str]] = {
    "arabic": "ar",
    "british sign language": "bfi",
    "bulgarian": "bg",
    "czech": "cs",
    "english": "en",
    "estonian": "et",
    "farsi": "fa",
    "french": "fr",
    "german": "de",
    "hungarian": "hu",
    "italian": "it",
    "kurdish": "ku",
    "latvian": "lv",
    "lithuanian": "lt",
    "pashto": "ps",
    "polish": "pl",
    "portuguese": "pt",
    "punjabi": "pa",
    "romanian": "ro",
    "russian": "ru",
    "slovak": "sk",
    "somali": "so",
    "spanish": "es",
    "tigrinya": "ti",
    "turkish": "tr",
    "ukrainian": "uk",
    "urdu": "ur",
}
"""Languages that sheets name in words, and their codes (BCP 47)."""
LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
EARLIEST: Final = dt.datetime(1900, 1, 1, tzinfo=dt.UTC)
"""Nothing that a sheet says happened before: an earlier date is a slip."""
EARLIEST_YEAR: Final[Mapping[str, int]] = {"born": 1850, "session": 1900}
LATEST_YEAR: Final = 2200
LONGEST: Final = 400
LONGEST_NOTE: Final = 10_000

_CODES: Final[Mapping[str, tuple[str, ...]]] = {
    "kind": KINDS,
    "age_band": codes.codes_of(codes.AgeBand),
    "sex": codes.codes_of(codes.Sex),
    "ethnicity": codes.codes_of(codes.Ethnicity),
    "ethnicity_observed": codes.codes_of(codes.Ethnicity),
    "behaviour": codes.codes_of(codes.AsbType),
    "screen": codes.codes_of(codes.ScreenResult),
    "attended": ("yes", "no"),
    "need": codes.codes_of(codes.Need),
    "status": codes.codes_of(codes.ReferralStatus),
    "reason": codes.codes_of(codes.DeclineReason),
    "instrument": INSTRUMENTS,
    "outcome": codes.codes_of(codes.EpisodeOutcome),
}


class RowRefused(Exception):  # noqa: N818 - the answer no, to one row
    """A row that does not parse or breaks a rule: the column at fault, the reason's code, and the reason in words."""

    def __init__(self, column: str, reason: str, explanation: str) -> None:
        super().__init__(reason)
        self.column, self.reason, self.explanation = column, reason, explanation


class SheetRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row, its fields read; None is not known."""

    line: int
    when: dt.datetime
    kind: str
    person: str
    row_id: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    alias: str | None = None
    born: dt.date | None = None
    age_band: codes.AgeBand | None = None
    sex: codes.Sex | None = None
    language: str | None = None
    ethnicity: codes.Ethnicity | None = None
    ethnicity_observed: codes.Ethnicity | None = None
    place: str | None = None
    area: str | None = None
    behaviour: codes.AsbType | None = None
    step: str | None = None
    serial: str | None = None
    screen: codes.ScreenResult | None = None
    authorised_by: str | None = None
    session: dt.date | None = None
    attended: bool | None = None
    agency: str | None = None
    need: codes.Need | None = None
    service: str | None = None
    answers: str | None = None
    status: codes.ReferralStatus | None = None
    reason: codes.DeclineReason | None = None
    instrument: codes.InstrumentKind | None = None
    outcome: codes.EpisodeOutcome | None = None
    worker: str | None = None
    note: str | None = None

    @property
    def adverse(self) -> bool:
        """Whether the row records a step against the person: such a step names a human."""
        return self.kind in ADVERSE_KINDS


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Who a person is by all that a sheet says of them."""

    given_name: str | None = None
    family_name: str | None = None
    alias: str | None = None
    born: dt.date | None = None
    age_band: codes.AgeBand | None = None
    sex: codes.Sex | None = None
    language: str | None = None
    ethnicity: codes.Ethnicity | None = None
    ethnicity_observed: codes.Ethnicity | None = None


def read_row(fields: Mapping[str, str], line: int, latest: dt.datetime) -> SheetRow:
    """The row that the fields say. Nothing happened after `latest`.

    Raises: RowRefused naming the first column at fault. The value itself is never in the reason: it may be personal.
    """
    said = {name: value for name, value in fields.items() if value != ""}
    _check(said)
    read: dict[str, object] = dict(said)
    read["when"] = when = _moment(said["when"], latest)
    if "language" in said:
        read["language"] = _language(said["language"])
    for name in ("born", "session"):
        if name in said:
            read[name] = _date(name, said[name])
    if "born" in said and _date("born", said["born"]) > civil_date(when):
        raise RowRefused("born", "born-later", "nobody is met before they are born")
    if "attended" in said:
        read["attended"] = said["attended"] == "yes"
    return msgspec.convert({"line": line, **read}, SheetRow)


def _check(said: Mapping[str, str]) -> None:
    for name in REQUIRED_COLUMNS:
        if name not in said:
            raise RowRefused(name, "missing", f"a row needs {name}")
    for name, value in said.items():
        longest = LONGEST_NOTE if name == "note" else LONGEST
        if len(value) > longest:
            raise RowRefused(name, "too-long", f"at most {longest} characters")
        if "\x00" in value:
            raise RowRefused(name, "control-character", "a NUL character is not text")
        known = _CODES.get(name)
        if known is not None and value not in known:
            raise RowRefused(name, "unknown-code", f"one of {', '.join(known)}")
    for name in NEEDED_BY_KIND[said["kind"]]:
        if name not in said:
            raise RowRefused(name, "missing", f"a row of kind {said['kind']} needs {name}")
    if said.get("status") == "rejected" and "reason" not in said:
        raise RowRefused("reason", "missing", "a rejected referral needs its reason")


def _language(text: str) -> str:
    """A language by its code, or by its English name."""
    known = LANGUAGES.get(text.casefold(), text)
    primary, dash, rest = known.partition("-")
    code = primary.lower() + dash + rest
    if LANGUAGE.fullmatch(code) is None:
        raise RowRefused("language", "unknown-language", "a language code such as pl, or its English name")
    return code


def _moment(text: str, latest: dt.datetime) -> dt.datetime:
    try:
        dated = len(text) == len("2024-05-13")
        at = noon(dt.date.fromisoformat(text)) if dated else dt.datetime.fromisoformat(text)
    except ValueError:
        raise RowRefused("when", "not-a-time", "ISO 8601 with offset, or a date") from None
    if at.tzinfo is None:
        raise RowRefused("when", "naive-time", "a time of day needs its offset, such as +01:00")
    if at > latest:
        raise RowRefused("when", HappensInFuture.code, HappensInFuture.rule)
    if at < EARLIEST:
        raise RowRefused("when", "too-early", f"nothing before {EARLIEST:%Y}")
    return at


def _date(column: str, text: str) -> dt.date:
    try:
        date = dt.date.fromisoformat(text)
    except ValueError:
        raise RowRefused(column, "not-a-date", "a date such as 2024-05-13") from None
    if not EARLIEST_YEAR[column] <= date.year <= LATEST_YEAR:
        raise RowRefused(column, "not-a-date", f"a date from {EARLIEST_YEAR[column]} to {LATEST_YEAR}")
    return date
