"""The files that pages are made with: named by what they hold, so that a browser asks for each only once.

`asset("hub.css")` is the address of one in a template. `api.web.assets.build` writes them; nothing is built here.
"""

import gzip
from pathlib import Path
from typing import Final

import msgspec

from api.hub import Hub
from api.routes import Open
from api.serving import Answer, Call

STATIC: Final = Path(__file__).parent / "static"
PLACE: Final = "/assets/"
FOREVER: Final = (b"cache-control", b"public, max-age=31536000, immutable")
ANY: Final = "*/*"
TYPES: Final = {
    ".css": b"text/css; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".svg": b"image/svg+xml",
    ".png": b"image/png",
}
TEXTS: Final = frozenset({".css", ".js", ".svg"})

HTMX_CONFIG: Final = msgspec.json.encode(
    {
        "includeIndicatorStyles": False,  # our own style sheet has them: no inline style
        "allowEval": False,
        "allowScriptTags": False,
        "selfRequestsOnly": True,
        "historyCacheSize": 0,  # no page about a person is kept in the browser
        "refreshOnHistoryMiss": True,
        "responseHandling": [
            {"code": "204", "swap": False},
            {"code": "[23]..", "swap": True},
            {"code": "409|412|422", "swap": True},  # the same form, with what is to mend
            {"code": "[45]..", "swap": False, "error": True},
        ],
    }
).decode()
"""For `<meta name="htmx-config">`: nothing that the policy of a page forbids, and nothing kept."""


class Entry(msgspec.Struct, frozen=True):
    """A file and its hash."""

    file: str
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """The files by the names that templates know, and a hash of what they were built from."""

    sources: str
    files: dict[str, Entry]


MANIFEST: Final = msgspec.json.decode((STATIC / "manifest.json").read_bytes(), type=Manifest)


def asset(name: str) -> str:
    """The address of a file.

    Raises: KeyError, if there is none of that name.
    """
    return PLACE + MANIFEST.files[name].file


class Asset:
    """One file, whole and compressed, as it is sent."""

    def __init__(self, entry: Entry) -> None:
        path = STATIC / entry.file
        self._media_type = TYPES[path.suffix]
        self._content = path.read_bytes()
        self._compressed = gzip.compress(self._content, mtime=0) if path.suffix in TEXTS else None
        self._tag = entry.sha256[:24].encode()

    async def __call__(self, _hub: Hub, call: Call) -> Answer:
        """The file, unless the browser has it."""
        headers = [FOREVER, (b"vary", b"accept-encoding")]
        content, tag = self._content, b'"%b"' % self._tag
        if self._compressed is not None and takes_gzip(call.headers.get(b"accept-encoding", b"")):
            content, tag = self._compressed, b'"%b-gzip"' % self._tag
            headers.append((b"content-encoding", b"gzip"))
        headers.append((b"etag", tag))
        if tag in {one.strip().removeprefix(b"W/") for one in call.headers.get(b"if-none-match", b"").split(b",")}:
            return Answer(b"", 304, headers=tuple(headers))
        return Answer(content, media_type=self._media_type, headers=tuple(headers))


def takes_gzip(header: bytes) -> bool:
    """Whether an Accept-Encoding header names gzip and does not refuse it."""
    for part in header.lower().split(b","):
        name, _, rest = part.partition(b";")
        if name.strip() == b"gzip":
            return rest.replace(b" ", b"") not in {b"q=0", b"q=0.0", b"q=0.00", b"q=0.000"}
    return False


def assets() -> tuple[Open, ...]:
    """An address for every file."""
    return tuple(
        Open(
            path=PLACE + entry.file,
            show=Asset(entry),
            summary="A file that pages are made with.",
            name=f"asset_{name}",
            produces=ANY,
        )
        for name, entry in MANIFEST.files.items()
    )
