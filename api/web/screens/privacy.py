"""What the law asks the partnership to have on paper: what people are told is for everybody, the rest for few.

What people are told is said in short in each of their languages, and in full as it is written from the configuration.
"""

from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from api.problems import Flaw, ProblemError
from api.serving import Answer, Call
from api.web.routes import AnyScreen, open_screen, screen
from api.web.translating import LANGUAGES, SOURCE, checked, speaking
from api.web.visit import Visit
from api.web.web import Web
from application.ports import log_of
from application.privacy import RETENTION_YEARS, documents
from domain.governance.partnership import partnership
from domain.governance.scope import PROTECTS_DATA
from domain.ids import PartnershipId
from domain.refusals import NotPermitted

PATH: Final = "/privacy"
LANGUAGE: Final = "language"
CLASSES: Final = {
    "h1": "govuk-heading-l",
    "h2": "govuk-heading-m",
    "h3": "govuk-heading-s",
    "p": "govuk-body",
    "ul": "govuk-list govuk-list--bullet",
    "ol": "govuk-list govuk-list--number",
    "table": "govuk-table",
    "th": "govuk-table__header",
    "td": "govuk-table__cell",
    "a": "govuk-link",
}
ONE_LOWER: Final = {"h1": "h2", "h2": "h3", "h3": "h4"}
"""Headings of a document stand below that of its page."""

_markdown: Final = MarkdownIt("commonmark", {"html": False}).enable("table")


def laid_out(text: str) -> Markup:
    """A document of ours as part of a page; nothing in it is markup but what Markdown makes."""
    tokens = _markdown.parse(text)
    for one in tokens:
        _dressed(one)
    return Markup(_markdown.renderer.render(tokens, _markdown.options, {}))  # noqa: S704 - HTML is escaped


def _dressed(one: Token) -> None:
    if one.nesting >= 0 and one.tag in CLASSES and not one.hidden:
        one.attrSet("class", CLASSES[one.tag])
    one.tag = ONE_LOWER.get(one.tag, one.tag)
    for inner in one.children or ():
        _dressed(inner)


async def told(web: Web, call: Call) -> Answer:
    """What people are told, in the language that was chosen. Raises ProblemError (400, 404)."""
    chosen = call.query.get(LANGUAGE, SOURCE)
    if chosen not in LANGUAGES:
        raise ProblemError("invalid-parameter", Flaw(f"?{LANGUAGE}", "not-in-the-list"))
    known, _ = await web.hub.decider.folds.fold(log_of(PartnershipId(call.ids["partnership"])), partnership())
    if not known.agencies:
        raise ProblemError("unknown")
    with speaking(chosen):
        return web.render(
            "privacy.html",
            {
                **web.bare_frame(),
                "agencies": sorted(one.name for one in known.agencies.values()),
                "years": RETENTION_YEARS,
                "chosen": chosen,
                "languages": LANGUAGES,
                "checked": checked(chosen),
                "here": call.path,
                "full": laid_out(documents(known, web.hub.clock.now()).privacy_information),
            },
        )


async def written(visit: Visit) -> Answer:
    """The impact assessment, the record of processing and what people are told, as things are configured now."""
    if visit.viewer.role not in PROTECTS_DATA:
        raise NotPermitted
    shown = (await visit.hub.readings.governance.privacy(visit.viewer)).documents
    return await visit.page(
        "privacy_documents.html",
        documents=[
            laid_out(one) for one in (shown.impact_assessment, shown.record_of_processing, shown.privacy_information)
        ],
        public=f"{PATH}/{visit.viewer.partnership}",
    )


SCREENS: Final[tuple[AnyScreen, ...]] = (
    open_screen(f"{PATH}/{{partnership}}", told, LANGUAGE),
    screen("/privacy-documents", written),
)
