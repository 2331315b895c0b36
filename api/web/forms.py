"""Forms made from the bodies of the API: the same fields with the same limits, filled in by people.

What was typed is kept as it was typed until it is recorded: a form that comes back holds all of it, and says at each
field what is wrong.
"""

import datetime as dt
import types
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin
from urllib.parse import parse_qsl

import msgspec

from api.problems import Flaw, Problem, ProblemError, flaw_of
from api.web import languages, wording
from api.web.translating import N_, gettext
from domain.calendar import LONDON
from domain.ids import ID_PATTERN

FIELDS_LIMIT: Final = 2_000
LINE_LENGTH: Final = 400
"""A longer text is typed into several lines."""

Kind = Literal[
    "line",
    "text",
    "choice",
    "choices",
    "yes-no",
    "tick",
    "day",
    "moment",
    "number",
    "group",
    "lines",
    "groups",
    "languages",
]
MORE: Final = "more"
LESS: Final = "less"
"""The buttons that add a group to a form, and take one away; the value is the name of the group."""
GROUPS_LIMIT: Final = 200
Options = Sequence[tuple[str, str]]
_ABSENT: Final = object()
_CONTROL: Final = {**{code: None for code in range(32) if code not in {9, 10}}, 127: None}

WRONG: Final[Mapping[str, str]] = {
    "missing": N_("Enter %(field)s"),
    "too-short": N_("Enter %(field)s"),
    "too-long": N_("%(Field)s is too long: at most %(limit)s characters"),
    "not-a-time": N_("Enter %(field)s as a date and a time"),
    "no-offset": N_("Enter %(field)s as a date and a time"),
    "not-a-date": N_("Enter %(field)s as a date, such as 27 3 2026"),
    "not-in-the-list": N_("Select %(field)s from the list"),
    "wrong-form": N_("%(Field)s is not written as it should be"),
    "out-of-range": N_("%(Field)s is outside what is possible"),
    "wrong-type": N_("%(Field)s cannot be read"),
}


class Sent:
    """A form as it was sent."""

    def __init__(self, content: bytes = b"") -> None:
        try:
            pairs = parse_qsl(
                content.decode(), keep_blank_values=True, errors="strict", max_num_fields=FIELDS_LIMIT, encoding="utf-8"
            )
        except (ValueError, UnicodeDecodeError):
            raise ProblemError("bad-request") from None
        self._hold((name, value.replace("\r\n", "\n").translate(_CONTROL)) for name, value in pairs)

    def _hold(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.pairs = tuple(pairs)
        self._all: dict[str, list[str]] = {}
        for name, value in self.pairs:
            self._all.setdefault(name, []).append(value)

    def one(self, name: str, default: str = "") -> str:
        """The value of a field, without the blanks around it."""
        return self._all.get(name, [default])[0].strip()

    def many(self, name: str) -> list[str]:
        """The values of a field that may be given several times, without empty ones."""
        return [value.strip() for value in self._all.get(name, []) if value.strip()]

    def __contains__(self, name: str) -> bool:
        return name in self._all

    def under(self, prefix: str) -> list[str]:
        """The names that begin with a prefix."""
        return [name for name in self._all if name.startswith(prefix)]

    def regrouped(self) -> "Sent | None":
        """The form with a group more or less, where one of the buttons for that was pressed; else None."""
        for act in (MORE, LESS):
            name, _, number = self.one(act).rpartition(".")
            if name and number.isdecimal() and int(number) < GROUPS_LIMIT:
                moved = ((_moved(key, f"{name}.", int(number), act), value) for key, value in self.pairs)
                changed = Sent()
                new = ((self.one(act), "1"),) if act == MORE else ()
                changed._hold((*((key, value) for key, value in moved if key), *new))
                return changed
        return None


def _moved(key: str, prefix: str, number: int, act: str) -> str:
    """What a field is called once a group came before its own, or went; nothing where it went with the group."""
    if key in {MORE, LESS}:
        return ""
    at, dot, inner = key.removeprefix(prefix).partition(".")
    if not key.startswith(prefix) or not at.isdecimal() or int(at) < number:
        return key
    if act == LESS and int(at) == number:
        return ""
    return f"{prefix}{int(at) + (1 if act == MORE else -1)}{dot}{inner}"


class Field(msgspec.Struct, kw_only=True):
    """A field as a page shows it, with what was typed into it."""

    name: str
    kind: Kind
    label: str
    hint: str = ""
    required: bool = False
    blank: bool = False
    """Whether leaving it empty says something: that it is not known."""
    options: Options = ()
    limit: int | None = None
    typed: str = ""
    chosen: tuple[str, ...] = ()
    others: Options = ()
    """What can be chosen besides, of languages: those that are met less."""
    error: str = ""
    fields: "tuple[Field, ...]" = ()
    add: str = ""
    """What the button is called that adds a group; for one of several groups, before this one."""
    remove: str = ""
    next: str = ""
    """The name of the group that would come after all others."""

    @property
    def id(self) -> str:
        """Where a link in the summary of errors leads."""
        return self.name


class Filled(msgspec.Struct, frozen=True):
    """What became of a form: its fields as typed, and the body where nothing is wrong with them."""

    fields: tuple[Field, ...]
    body: msgspec.Struct | None
    errors: tuple[tuple[str, str], ...] = ()
    """The id of a field and what is wrong with it, in the order of the fields."""


class Form(msgspec.Struct, frozen=True):
    """A form as its page shows it: to be filled in; or as typed, with what is wrong with it or what forbids it."""

    fields: Sequence[Field]
    errors: Sequence[tuple[str, str]] = ()
    problem: Problem | None = None

    def without(self, name: str) -> "Form":
        """The form without a field that this page does not ask for."""
        return msgspec.structs.replace(self, fields=tuple(one for one in self.fields if one.name != name))


class Shape(msgspec.Struct, frozen=True):
    """How a field is filled in."""

    kind: Kind
    hint: Any
    codes: tuple[str, ...] = ()
    limit: int | None = None
    inner: type[msgspec.Struct] | None = None


def fields_of(
    body: type[msgspec.Struct],
    command: type | None = None,
    *,
    options: Mapping[str, Options] | None = None,
    left_out: Iterable[str] = (),
    sent: Sent | None = None,
    known: Mapping[str, Any] | None = None,
    prefix: str = "",
) -> tuple[Field, ...]:
    """The fields of a body: filled with what was sent, else with what is known."""
    out = frozenset(left_out)
    made: list[Field] = []
    for one in msgspec.structs.fields(body):
        if one.name in out or (prefix and not one.required and _is_id(one.type) and one.name not in (options or {})):
            continue  # what is made within a group is named by the system
        shape = shape_of(one.type, one.name, choices=one.name in (options or {}))
        words = wording.field(one.name, command)
        name = prefix + one.name
        field = Field(
            name=name,
            kind=shape.kind,
            label=words.label,
            hint=words.hint,
            required=one.required,
            blank=not one.required and one.default is None,
            limit=shape.limit,
            options=_options(one.name, shape, options or {}),
        )
        value = (known or {}).get(one.name, _ABSENT if one.required else one.default)
        if shape.kind == "group" and shape.inner is not None:
            field.fields = fields_of(
                shape.inner, command, options=options, sent=sent, known=_as_known(value), prefix=f"{name}."
            )
        elif shape.kind == "groups" and shape.inner is not None:
            _put_groups(field, shape.inner, command, options, sent, value)
        elif shape.kind == "languages":
            _put_languages(field, sent, value)
        elif sent is not None:
            field.typed, field.chosen = sent.one(name), tuple(sent.many(name))
        elif value is not _ABSENT and value is not msgspec.NODEFAULT and value is not None:
            field.typed, field.chosen = typed_as(value)
        made.append(field)
    made.sort(key=lambda field: field.name == f"{prefix}at")  # when it happened is mostly now: asked last
    return tuple(made)


def _put_languages(field: Field, sent: Sent | None, value: Any) -> None:  # noqa: ANN401 - codes, or nothing
    """Those that were chosen, else those known: each stands in the list to tick, however rare, and none is dropped."""
    known = value if isinstance(value, tuple | list | frozenset) else ()
    field.chosen = tuple(known) if sent is None else languages.chosen(sent, field.name)
    field.typed = "" if sent is None else languages.unreadable(sent, field.name)
    field.options, field.others = languages.usual(field.chosen), languages.others()


def _put_groups(
    field: Field,
    inner: type[msgspec.Struct],
    command: type | None,
    options: Mapping[str, Options] | None,
    sent: Sent | None,
    value: Any,  # noqa: ANN401 - the groups that are known, or nothing
) -> None:
    """The groups that were sent, else those known; one at least where one is needed."""
    known = list(value) if isinstance(value, tuple | list | frozenset) else []
    numbers = list(range(len(known))) if sent is None else _numbers(sent, field.name)
    if field.required and not numbers:
        numbers = [0]
    words = wording.each(field.name.rpartition(".")[2])
    field.add, field.next = words.add, f"{field.name}.{max(numbers, default=-1) + 1}"
    field.fields = tuple(
        Field(
            name=f"{field.name}.{number}",
            kind="group",
            label=words.one % {"number": place},
            add=words.before % {"number": place},
            remove=words.remove % {"number": place},
            fields=fields_of(
                inner,
                command,
                options=options,
                sent=sent if sent is not None and not _untouched(sent, f"{field.name}.{number}", inner) else None,
                known=_as_known(known[number]) if sent is None and number < len(known) else None,
                prefix=f"{field.name}.{number}.",
            ),
        )
        for place, number in enumerate(numbers, 1)
    )


def _numbers(sent: Sent, name: str) -> list[int]:
    """The numbers of the groups that the form had."""
    found = {one[len(name) + 1 :].partition(".")[0] for one in sent.under(f"{name}.")}
    return sorted(int(one) for one in found if one.isdecimal() and int(one) < GROUPS_LIMIT)


def _filled(sent: Sent, name: str, inner: type[msgspec.Struct]) -> list[int]:
    """The numbers of the groups into which something was typed."""
    return [one for one in _numbers(sent, name) if not _untouched(sent, f"{name}.{one}", inner)]


def _untouched(sent: Sent, name: str, inner: type[msgspec.Struct]) -> bool:
    """Whether a group is as it was offered: what is chosen from the beginning was chosen by nobody."""
    for one in msgspec.structs.fields(inner):
        own = f"{name}.{one.name}"
        shape = shape_of(one.type, one.name, choices=False)
        offered = "" if one.required or one.default in {msgspec.NODEFAULT, None} else typed_as(one.default)[0]
        match shape.kind:
            case "group":
                assert shape.inner is not None
                untouched = _untouched(sent, own, shape.inner)
            case "groups":
                assert shape.inner is not None
                untouched = not _filled(sent, own, shape.inner)
            case "tick":
                untouched = (sent.one(own) == "yes") == (offered == "yes")
            case "choices" | "lines":
                untouched = "\n".join(sent.many(own)) in {"", offered}
            case _:
                untouched = sent.one(own) in {"", offered}
        if not untouched:
            return False
    return True


def fill(
    body: type[msgspec.Struct],
    sent: Sent,
    command: type | None = None,
    *,
    options: Mapping[str, Options] | None = None,
    given: Mapping[str, Any] | None = None,
    prefix: str = "",
) -> Filled:
    """Read a form into a body. `given` are fields that the page sets itself, which the form does not hold."""
    given = given or {}
    fields = fields_of(body, command, options=options, left_out=given, sent=sent, prefix=prefix)
    values: dict[str, Any] = dict(given)
    errors: list[tuple[str, str]] = []
    by_name = {field.name: field for field in fields}
    for one in msgspec.structs.fields(body):
        field = by_name.get(prefix + one.name)
        if field is None:
            continue
        shape = shape_of(one.type, one.name, choices=one.name in (options or {}))
        value = _read(field, shape, sent, command, options, errors)
        if value is _ABSENT:
            if one.required and not any(id_ == field.id or id_.startswith(f"{field.id}.") for id_, _ in errors):
                field.error = _wrong(field, "missing")
                errors.append((field.id, field.error))
            continue
        try:
            values[one.name] = msgspec.convert(value, one.type, strict=False)
        except msgspec.ValidationError as error:
            field.error = _wrong(field, flaw_of(error).code)
            errors.append((field.id, field.error))
    if errors:
        return Filled(fields, None, tuple(errors))
    return Filled(fields, body(**values))


def refused(filled: Filled, flaw: Flaw) -> Filled:
    """The form with what the edge found wrong with it."""
    name = flaw.pointer.strip("/").split("/")[0]
    for field in filled.fields:
        if field.name == name:
            field.error = _wrong(field, flaw.code)
            return Filled(filled.fields, None, ((field.id, field.error),))
    return Filled(filled.fields, None, (("", gettext("Something on this page cannot be read")),))


def _read(
    field: Field,
    shape: Shape,
    sent: Sent,
    command: type | None,
    options: Mapping[str, Options] | None,
    errors: list[tuple[str, str]],
) -> Any:  # noqa: ANN401 - of whatever type the field is
    match shape.kind:
        case "group":
            assert shape.inner is not None
            if not field.required and _untouched(sent, field.name, shape.inner):
                return _ABSENT
            inner = fill(shape.inner, sent, command, options=options, prefix=f"{field.name}.")
            field.fields = inner.fields
            errors.extend(inner.errors)
            return _ABSENT if inner.body is None else inner.body
        case "groups":
            assert shape.inner is not None
            filled = {
                f"{field.name}.{at}": fill(shape.inner, sent, command, options=options, prefix=f"{field.name}.{at}.")
                for at in _filled(sent, field.name, shape.inner)
            }
            errors.extend(error for one in filled.values() for error in one.errors)
            for group in field.fields:
                if group.name in filled:
                    group.fields = filled[group.name].fields
            bodies = tuple(one.body for one in filled.values())
            return bodies if bodies and all(bodies) else _ABSENT
        case "choices":
            return field.chosen or _ABSENT
        case "languages":
            return (*field.chosen, *filter(None, (field.typed,))) or _ABSENT
        case "lines":
            return tuple(line.strip() for line in field.typed.splitlines() if line.strip()) or _ABSENT
        case "tick":
            return bool(field.typed)
        case "yes-no":
            return {"yes": True, "no": False}.get(field.typed, _ABSENT)
        case "moment":
            return _moment(field.typed)
        case _:
            return field.typed or _ABSENT


def _moment(typed: str) -> Any:  # noqa: ANN401 - the moment, or what was typed instead
    if not typed:
        return _ABSENT
    try:
        at = dt.datetime.fromisoformat(typed)
    except ValueError:
        return typed
    return at if at.tzinfo else at.replace(tzinfo=LONDON)


def _wrong(field: Field, code: str) -> str:
    label = field.label.rstrip("?")
    words = gettext(WRONG.get(code, WRONG["wrong-type"]))
    return words % {"field": label[:1].lower() + label[1:], "Field": label, "limit": field.limit or ""}


def _options(name: str, shape: Shape, options: Mapping[str, Options]) -> Options:
    if name in options:
        return options[name]
    if shape.kind == "yes-no":
        return (("yes", gettext("Yes")), ("no", gettext("No")))
    return tuple((code, wording.label(shape.hint, code)) for code in shape.codes)


def typed_as(value: Any) -> tuple[str, tuple[str, ...]]:  # noqa: ANN401 - of whatever type the field is
    """What a value looks like in a form: typed, and chosen."""
    match value:
        case bool():
            return ("yes" if value else "no"), ()
        case dt.datetime():
            return value.astimezone(LONDON).strftime("%Y-%m-%dT%H:%M"), ()
        case dt.date():
            return value.isoformat(), ()
        case frozenset() | tuple() | list() | set():
            several = tuple(str(one) for one in value)
            return "\n".join(several), several
        case _:
            return str(value), (str(value),)


def words_of(field: Field) -> str:
    """What stands in a field, as people read it; nothing where it is empty."""
    labels = dict(field.options)
    if field.kind in {"choices", "languages"}:
        return ", ".join(labels.get(one, one) for one in field.chosen)
    return labels.get(field.typed, ", ".join(field.typed.splitlines()))


def _as_known(value: Any) -> Mapping[str, Any]:  # noqa: ANN401 - a struct, or nothing
    return msgspec.structs.asdict(value) if isinstance(value, msgspec.Struct) else {}


@lru_cache(4_096)
def shape_of(hint: Any, name: str, *, choices: bool) -> Shape:  # noqa: ANN401, C901 - types of types
    """How a field of a type is filled in."""
    origin, parts = get_origin(hint), get_args(hint)
    limit: int | None = None
    while origin is Annotated:
        for meta in parts[1:]:
            if isinstance(meta, msgspec.Meta) and meta.pattern is not None:
                limit = min(limit or LINE_LENGTH, meta.max_length or LINE_LENGTH)
            elif isinstance(meta, msgspec.Meta) and meta.max_length is not None:
                limit = meta.max_length
        hint, (origin, parts) = parts[0], (get_origin(parts[0]), get_args(parts[0]))
    if origin in {Union, types.UnionType}:
        kept = [part for part in parts if part is not type(None)]
        inner = shape_of(kept[0], name, choices=choices)
        if inner.kind == "tick":
            return Shape("yes-no", hint)
        return inner
    if origin is Literal:
        return Shape("choice", hint, codes=tuple(str(part) for part in parts))
    if origin in {frozenset, tuple, list, set}:
        if _is_language(parts[0]):
            return Shape("languages", hint)
        inner = shape_of(parts[0], name, choices=choices)
        if inner.codes or choices:
            return Shape("choices", hint, codes=inner.codes)
        if inner.inner is not None:
            return Shape("groups", hint, inner=inner.inner)
        return Shape("lines", hint, limit=inner.limit)
    if hint is bool:
        return Shape("tick", hint)
    if hint is dt.datetime:
        return Shape("moment", hint)
    if hint is dt.date:
        return Shape("day", hint)
    if hint in {int, float}:
        return Shape("number", hint)
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return Shape("group", hint, inner=hint)
    if choices:
        return Shape("choice", hint)
    return Shape("text" if limit is None or limit > LINE_LENGTH else "line", hint, limit=limit)


def _is_id(hint: Any) -> bool:  # noqa: ANN401 - types of types
    if get_origin(hint) in {Union, types.UnionType}:
        return any(_is_id(part) for part in get_args(hint))
    return any(isinstance(one, msgspec.Meta) and one.pattern == ID_PATTERN for one in get_args(hint))


def _is_language(hint: Any) -> bool:  # noqa: ANN401 - types of types
    return any(isinstance(one, msgspec.Meta) and one.pattern == languages.PATTERN for one in get_args(hint))
