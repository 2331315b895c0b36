"""What did they know: a decision about somebody, what it was made on, and whether it would be made again today."""

from typing import Final

from api.serving import Answer
from api.web import wording
from api.web.frame_words import worker_words
from api.web.routes import AnyScreen, screen
from api.web.screens.person.about import about, encounters_of, words_of
from api.web.telling import told
from api.web.translating import gettext as _
from api.web.visit import Visit


async def show(visit: Visit) -> Answer:
    """The decision that added a line of the timeline."""
    one = await about(visit)
    shown = await visit.hub.readings.decisions.decision(visit.viewer, one.person, visit.ids["position"])
    names, encounters = await words_of(one), await encounters_of(one)
    known = told([each.moment for each in shown.known], names, encounters)
    seen_then = [each.seen_then for each in shown.known]
    return await one.page(
        "person/decision.html",
        "timeline",
        shown=shown,
        worker=worker_words(shown.worker),
        added=told(shown.added, names, encounters),
        could_see=[line for line, seen in zip(known, seen_then, strict=True) if seen],
        by_rule=[line for line, seen in zip(known, seen_then, strict=True) if not seen],
        rules=sorted((wording.said(name, {}, {}), count) for name, count in shown.about_nobody.items()),
        differing=[_difference(each) for each in shown.again.differing],
    )


def _difference(written: str) -> str:
    """In what a decision would come out otherwise: a fact that would not come, one that would, or a field of one."""
    name, _dot, field = written.lstrip("+-").partition(".")
    sentence = wording.said(name, {}, {})
    if written.startswith("-"):
        return _("Would not be recorded today: %(what)s") % {"what": sentence}
    if written.startswith("+"):
        return _("Would be recorded today: %(what)s") % {"what": sentence}
    return _("Would read otherwise: %(what)s, %(field)s") % {"what": sentence, "field": wording.field(field).label}


SCREENS: Final[tuple[AnyScreen, ...]] = (screen("/people/{person}/decisions/{position}", show),)
