"""Lays documents out: as a part of a page to print from the browser, and as PDF where WeasyPrint is installed.

PDF is an extra. It is tagged for PDF/UA-1, says its language and what kind of document it is, and nothing of whose it
is: neither its title nor its properties name anybody. Nothing is fetched for it, whatever a text says.
"""

from functools import lru_cache
from typing import Any, Final

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from api.web.static import MANIFEST, STATIC
from api.web.translating import N_, gettext, language, ngettext
from domain.governance.partnership import Look


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of document; what is `for_person` is made in the person's language.

    `title` speaks to whoever reads it, `listed` to the worker who prints it. To print it is an export, or a disclosure
    where it goes to somebody outside.
    """

    name: str
    template: str
    title: str
    listed: str
    for_person: bool
    look: Look = "export"


KINDS: Final = {
    one.name: one
    for one in (
        Kind(name="ticket", template="ticket", title=N_("Your ticket"), listed=N_("Ticket"), for_person=True),
        Kind(name="hub-card", template="hub_card", title=N_("Support hub"), listed=N_("Hub card"), for_person=True),
        Kind(name="plan", template="plan", title=N_("Your support plan"), listed=N_("Support plan"), for_person=True),
        Kind(
            name="sharing",
            template="sharing",
            title=N_("Who may know what about you"),
            listed=N_("Who may know what"),
            for_person=True,
        ),
        Kind(
            name="standing",
            template="standing",
            title=N_("Where you stand, and why"),
            listed=N_("Where the person stands, and why"),
            for_person=True,
        ),
        Kind(name="own", template="own", title=N_("Your page"), listed=N_("The person's own page"), for_person=True),
        Kind(name="summary", template="summary", title=N_("Case summary"), listed=N_("Case summary"), for_person=False),
        Kind(
            name="sign-in", template="sign_in", title=N_("Sign-in sheet"), listed=N_("Sign-in sheet"), for_person=False
        ),
        Kind(
            name="letter",
            template="letter",
            title=N_("Referral"),
            listed=N_("Letter about a referral"),
            for_person=False,
            look="disclosure",
        ),
        Kind(
            name="access-pack",
            template="access_pack",
            title=N_("What is held about you"),
            listed=N_("All that is held about the person"),
            for_person=False,
            look="disclosure",
        ),
        Kind(
            name="accesses",
            template="accesses",
            title=N_("Who has looked"),
            listed=N_("Who has looked"),
            for_person=True,
        ),
    )
}
"""Every kind of document, by its name in addresses."""

_CONTROL: Final = {code: "\ufffd" for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n\r"}


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a template shows
    """Texts as anybody can print them: no control characters."""
    return value.translate(_CONTROL) if isinstance(value, str) and not isinstance(value, Markup) else value


@lru_cache(1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("api.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        finalize=_plain,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined] # the extension
    return environment


def laid_out(kind: Kind, paper: msgspec.Struct) -> Markup:
    """A document as part of a page, in the language that is being spoken."""
    return Markup(_environment().get_template(f"paper/{kind.template}.html").render(paper=paper))  # noqa: S704 - escaped


def file_name(kind: Kind) -> str:
    """What a PDF is called: by its kind, never by whose it is."""
    return f"{kind.name}.pdf"


@lru_cache(1)
def pdf_offered() -> bool:
    """Whether PDF can be made here: the extra is installed, and the libraries that it draws with."""
    try:
        import weasyprint  # noqa: PLC0415, F401 - an extra, and slow to load
    except (ImportError, OSError):
        return False
    return True


class NothingIsFetched(Exception):  # noqa: N818 - an outcome
    """A document asked for something of another place."""


def pdf(kind: Kind, paper: msgspec.Struct) -> bytes:
    """A document as PDF, in the language that is being spoken."""
    import weasyprint  # noqa: PLC0415 - an extra, and slow to load

    page = Markup(
        '<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8"><title>{title}</title></head>'
        "<body>{content}</body></html>"
    ).format(language=language(), title=gettext(kind.title), content=laid_out(kind, paper))
    style = weasyprint.CSS(string=_style(), url_fetcher=_refuse)
    made: bytes = weasyprint.HTML(string=page, url_fetcher=_refuse).write_pdf(
        stylesheets=[style], pdf_variant="pdf/ua-1", pdf_tags=True
    )
    return made


@lru_cache(1)
def _style() -> str:
    return (STATIC / MANIFEST.files["documents.css"].file).read_text(encoding="utf-8")


def _refuse(url: str, *_: object, **__: object) -> dict[str, Any]:
    raise NothingIsFetched(url)
