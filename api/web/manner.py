"""How pages are spoken to: forms come in, and a problem is a page too."""

from typing import TYPE_CHECKING, Final

from api.problems import Headers, Problem
from api.serving import Answer, Call

if TYPE_CHECKING:
    from api.web.web import Web

FORM: Final = b"application/x-www-form-urlencoded"


class WebManner:
    """What somebody's browser sends, and how it is told no."""

    takes = FORM

    def __init__(self, web: "Web") -> None:
        self._web = web

    async def problem(self, problem: Problem, headers: Headers, call: Call) -> Answer:
        """A page that says what is wrong, what would permit it, and whom to phone."""
        return await self._web.problem_page(problem, headers, call)
