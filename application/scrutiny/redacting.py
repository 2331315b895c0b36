"""What a panel is shown of a fact: names become roles, places districts, and dates the days before the decision.

Nothing is shown because nobody forbade it: a field is shown if its type holds codes, counts, days or yes and no, or if
it is named here. Words are cleared of whatever might name somebody, at the price of some that name nobody.
"""

import datetime as dt
import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from domain.actors import Role
from domain.calendar import civil_date
from domain.codes import AgencyKind
from domain.facts import Fact, declared
from domain.governance.partnership import Partnership
from domain.ids import AgencyId, WorkerId

CODED: Final = frozenset({"step", "skipped", "overridden", "area", "language", "understands", "reads"})
"""Texts that are codes, though their types do not say so."""
NAME: Final = "[name]"
NUMBER: Final = "[number]"
_OPENERS: Final = """
a about after again all also an and another any around as asked at back because been before being both but
by came can could did do does drinking during each everybody everyone few first for from given had has have
he her here him his however i if in into is issued it its just known last later many met more most no nobody
none not nothing now of offered officer officers on once one only or others our out over people person
police refused said seen she since so some somebody spoke still street subject that the their them then
there these they this those told took two under until up was we went were what when where which while who
will with without would you
"""
OPENERS: Final = frozenset(_OPENERS.split())
"""Words that begin a sentence and name nobody."""

_LETTERS: Final = re.compile(r"[^\W\d_]+")
_PARTS: Final = re.compile(r"\S*[\d@]\S*|\w[\w'\u2019-]*|\s+|.", re.DOTALL)
_SEVERAL: Final = re.compile(r"(\[name\])(?:[\s,]+\[name\])+")


class FromDecision(msgspec.Struct, frozen=True):
    """A day, by how many days it lies after the decision; before it, the number is negative."""

    days: int


class Redactor:
    """Redacts the facts of one pack: the same worker has the same number in all of it."""

    def __init__(self, known: Partnership, decided_on: dt.date) -> None:
        self._known = known
        self._decided_on = decided_on
        self._workers: dict[WorkerId, int] = {}

    def worker(self, one: WorkerId, role: Role | None = None) -> str:
        """`constable 1`: by the role they acted in, else by the post they hold now."""
        number = self._workers.setdefault(one, len(self._workers) + 1)
        if role is None:
            post = self._known.staff.posts.get(one)
            role = None if post is None else post.role
        return f"{role or 'worker'} {number}"

    def agency(self, one: AgencyId) -> AgencyKind | Literal["agency"]:
        """Of which kind an agency is."""
        return self._known.kind_of(one) or "agency"

    def day(self, at: dt.datetime | dt.date) -> FromDecision:
        """How many days before or after the decision."""
        on = civil_date(at) if isinstance(at, dt.datetime) else at
        return FromDecision((on - self._decided_on).days)

    def fields(self, fact: Fact, left_out: Collection[str]) -> dict[str, Any]:
        """What may be shown of a fact; `left_out` betray health and are need-to-know."""
        shown: dict[str, Any] = {}
        for name, kind in _kinds(type(fact)).items():
            value = getattr(fact, name)
            if value is None or value in ((), frozenset()) or name in left_out:
                continue
            shown[name] = self._one(kind, value)
        return shown

    def _one(self, kind: str, value: Any) -> Any:  # noqa: ANN401 - a field of any fact
        if isinstance(value, tuple | frozenset):
            return [self._one(kind, one) for one in (sorted(value) if isinstance(value, frozenset) else value)]
        match kind:
            case "worker":
                return self.worker(value)
            case "agency":
                return self.agency(value)
            case "day":
                return self.day(value)
            case _:
                return value


def as_written(cls: type[Fact]) -> frozenset[str]:
    """The fields of a class that are shown as they stand in the leaf: codes, counts, yes and no."""
    return frozenset(name for name, kind in _kinds(cls).items() if kind == "code")


@lru_cache(1_000)
def _kinds(cls: type[Fact]) -> Mapping[str, str]:
    """The fields of a class that may be shown, and how."""
    personal = declared(cls).personal
    found: dict[str, str] = {}
    for name, hint in get_type_hints(cls, include_extras=False).items():
        if name in personal or name == "at" or name.startswith("fact_") or name == "tag_templates":
            continue
        kind = "code" if name in CODED else _kind(hint)
        if kind is not None:
            found[name] = kind
    return found


def _kind(hint: Any) -> str | None:  # noqa: ANN401 - a type hint
    if hint is WorkerId:
        return "worker"
    if hint is AgencyId:
        return "agency"
    if hint in {bool, int}:
        return "code"
    if hint in {dt.date, dt.datetime}:
        return "day"
    origin, args = get_origin(hint), [one for one in get_args(hint) if one not in {type(None), Ellipsis}]
    if origin is Literal:
        return "code"
    if origin in {tuple, frozenset, Union} or type(hint).__name__ == "UnionType":
        kinds = {_kind(one) for one in args}
        return kinds.pop() if len(kinds) == 1 else None
    return None


def cleared(words: str, names: Collection[str]) -> str:
    """Words without what might name somebody: known names, words with a capital, and whatever holds a digit or an @.

    Of a script that has no capitals, nothing is left.
    """
    known = {part.casefold() for one in names for part in _LETTERS.findall(one)}
    made: list[str] = []
    begins = True
    for part in _PARTS.findall(words):
        plain = part.casefold()
        if any(one.isnumeric() or one == "@" for one in part):
            made.append(NUMBER)
            begins = False
        elif any(one.isalpha() for one in part):
            made.append(NAME if _names(part, plain, begins, known) else part)
            begins = False
        else:
            made.append(part)
            begins = begins or part in ".!?:" or "\n" in part
    return _SEVERAL.sub(NAME, "".join(made))


def _names(part: str, plain: str, begins: bool, known: Collection[str]) -> bool:  # noqa: FBT001
    if any(one in known for one in _LETTERS.findall(plain)):
        return True
    if plain == "i" or (begins and plain in OPENERS):
        return False
    return any(one.isalpha() and not (one == one.lower() != one.upper()) for one in part)
