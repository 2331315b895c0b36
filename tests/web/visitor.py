"""Somebody with a browser that runs no scripts: reads pages, fills in their forms, follows where it is sent."""

from collections import Counter
from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Any, Self

import httpx

from tests.web.site import Site

PAGE = {"accept": "text/html", "sec-fetch-site": "same-origin"}


class Form:
    """A form of a page, with what stands in it."""

    def __init__(self, action: str, method: str) -> None:
        self.action = action
        self.method = method
        self.fields: list[tuple[str, str]] = []

    def value(self, name: str) -> str:
        return next((value for known, value in self.fields if known == name), "")


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ids: Counter[str] = Counter()
        self.tags: Counter[str] = Counter()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self._open: Form | None = None
        self._area: str | None = None
        self._select: str | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags[tag] += 1
        if "id" in given:
            self.ids[given["id"]] += 1
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        if tag == "form":
            self._open = Form(given.get("action", ""), given.get("method", "get").upper())
            self.forms.append(self._open)
        elif self._open is not None and tag == "input":
            kind = given.get("type", "text")
            if kind in {"checkbox", "radio"} and "checked" not in given:
                return
            if given.get("name"):
                self._open.fields.append((given["name"], given.get("value", "on" if kind == "checkbox" else "")))
        elif self._open is not None and tag == "textarea":
            self._area, self._text = given.get("name"), ""
        elif self._open is not None and tag == "select":
            self._select = given.get("name")
        elif self._open is not None and tag == "option" and self._select and "selected" in given:
            self._open.fields.append((self._select, given.get("value", "")))

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area is not None and self._open is not None:
            self._open.fields.append((self._area, self._text.removeprefix("\n")))
            self._area = None
        elif tag == "select":
            self._select = None
        elif tag == "form":
            self._open = None


class Seen:
    """A page as it was seen."""

    def __init__(self, response: httpx.Response) -> None:
        self.status = response.status_code
        self.text = response.text
        self.headers = response.headers
        self.path = response.url.raw_path.decode()
        parser = _Page()
        parser.feed(response.text)
        self.ids, self.tags = parser.ids, parser.tags
        self.forms: Sequence[Form] = parser.forms
        self.links: Sequence[str] = parser.links

    def form(self, action: str = "") -> Form:
        """The form that is sent to an address; the last one where none is named, past the sign-out of the header."""
        return [one for one in self.forms if action in {"", one.action}][-1]


class Visitor:
    """A browser profile of its own."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.client = httpx.AsyncClient(base_url=site.url, headers=PAGE, follow_redirects=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.aclose()

    async def open(self, path: str) -> Seen:
        return Seen(await self.client.get(path))

    async def send(self, form: Form, **typed: str | Sequence[str]) -> Seen:
        """Fill in and send: what is typed takes the place of what stood there."""
        data: dict[str, Any] = {}
        for name, value in form.fields:
            data.setdefault(name, []).append(value)
        data |= {name.replace("__", "."): value for name, value in typed.items()}
        return Seen(await self.client.request(form.method, form.action, data=data))

    async def sign_in(self, worker: str, partnership: str = "fenland", to: str = "/") -> Seen:
        """Sign in as a worker of the demo."""
        seen = Seen(
            await self.client.post("/demo/sign-in", data={"worker": worker, "partnership": partnership, "to": to})
        )
        assert seen.status == 200, seen.text
        return seen
