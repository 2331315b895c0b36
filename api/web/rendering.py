"""Templates to pages: one environment, strict about what our own templates name, with the words and dates of the field.

GOV.UK's macros ask for parts of dictionaries that need not be there; whatever else is not there is our mistake.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from jinja2 import ChainableUndefined, ChoiceLoader, Environment, PackageLoader, PrefixLoader, Undefined
from jinja2.utils import missing

from api.web import wording
from api.web.frame_words import demo_words, partnership_words, section_words, worker_words
from api.web.languages import spoken
from api.web.static import asset
from api.web.translating import gettext, language, ngettext
from domain.calendar import civil_date

GOVUK: Final = "govuk_frontend_jinja"
_OPTIONAL: Final = frozenset({"caller", "undefined"})
"""What GOV.UK's macros look for at the top: whether they are called with a block, and a name for nothing."""


class _Missing(ChainableUndefined):
    """Empty where a part of a dictionary, or of what is missing already, is not there; a mistake anywhere else."""

    def _mind(self) -> None:
        known = self._undefined_obj
        if known is missing and self._undefined_name in _OPTIONAL:
            return
        if known is missing or not isinstance(known, dict | Undefined):
            self._fail_with_undefined_error()

    def __str__(self) -> str:
        self._mind()
        return ""

    def __bool__(self) -> bool:
        self._mind()
        return False

    def __iter__(self) -> Any:  # noqa: ANN401 - jinja2's own
        self._mind()
        return iter(())

    def __len__(self) -> int:
        self._mind()
        return 0


def iso_day(written: str | None) -> str:
    """A date of birth as it is kept, as a day; what is no full date is shown as it is."""
    if not written:
        return ""
    try:
        return wording.day(dt.date.fromisoformat(written))
    except ValueError:
        return written


def _or_nothing(written: Callable[[Any], str]) -> Callable[[Any], str]:
    """Writes nothing where nothing is known."""
    return lambda value: "" if value is None else written(value)


@cache
def rendering() -> "Rendering":
    """The one of this process: a template is compiled once."""
    return Rendering()


class Rendering:
    """Makes pages of templates."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=ChoiceLoader([PackageLoader("api.web"), PrefixLoader({GOVUK: PackageLoader(GOVUK)})]),
            autoescape=True,
            undefined=_Missing,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        )
        self._environment.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined] # added by the extension
        self._environment.filters |= {
            "day": _or_nothing(wording.day),
            "weekday": _or_nothing(wording.weekday),
            "clock": _or_nothing(wording.time),
            "moment": _or_nothing(wording.moment),
            "civil_day": _or_nothing(lambda at: wording.day(civil_date(at))),
            "iso_day": iso_day,
            "language": spoken,
            "agency_name": lambda agency, names: names.get(agency) or partnership_words(agency),
            "label_of": lambda code, of: wording.label(of, code),
        }
        self._environment.globals |= {
            "asset": asset,
            "label": wording.label,
            "field_words": wording.field,
            "field_of": wording.field_of,
            "act_words": wording.act,
            "language_name": wording.language_name,
            "ladder_name": wording.ladder_name,
            "said": wording.said,
            "language": language,
            "section_words": section_words,
            "partnership_words": partnership_words,
            "demo_words": demo_words,
            "worker_words": worker_words,
        }

    def warm(self) -> None:
        """Compile every template, so that nobody waits for it."""
        for name in self._environment.list_templates(filter_func=lambda one: not one.startswith(GOVUK)):
            self._environment.get_template(name)

    def page(self, template: str, context: Mapping[str, Any]) -> bytes:
        """A page as it goes out."""
        return self._environment.get_template(template).render(context).encode()
