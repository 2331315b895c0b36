"""What everybody may see: probes, metrics, the description of the API and what its problem types mean."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from html import escape
from pathlib import Path
from typing import Final

import msgspec

from api.hub import Hub
from api.metrics import MEDIA_TYPE as METRICS_TYPE
from api.metrics import Metrics
from api.problems import KINDS, ProblemError, refusals, retry_after, status_of, title_of
from api.routes import Open
from api.serving import Answer, Call
from application.ports import LogUnavailable

STATIC: Final = Path(__file__).parent / "static"
SWAGGER: Final = STATIC / "swagger-ui-5.35.0"
HTML: Final = b"text/html; charset=utf-8"
DATABASE_SECONDS: Final = 1.0
"""How long what is counted waits for what the database knows: it is asked for when all is slow, too."""
NOT_CACHED: Final = (b"cache-control", b"no-store")
# Swagger UI draws with inline styles and its icons are data; nothing is fetched from another host.
SWAGGER_POLICY: Final = (
    b"content-security-policy",
    (
        b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        b"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
)
TEXT_POLICY: Final = (b"content-security-policy", b"default-src 'none'; base-uri 'none'; frame-ancestors 'none'")

Show = Callable[[Hub, Call], Awaitable[Answer]]


class Health(msgspec.Struct, frozen=True):
    """How the server stands; `checks` are by name."""

    status: str
    checks: dict[str, str]


async def live(_hub: Hub, _call: Call) -> Answer:
    """Whether the process answers. It asks nothing of the database."""
    return Answer(b'{"status":"live"}', headers=(NOT_CACHED,))


async def ready(hub: Hub, _call: Call) -> Answer:
    """Whether requests can be answered: the database, its migrations and the keys."""
    checks = await hub.ready()
    stand = {check.name: "well" if check.well else check.note or "not well" for check in checks}
    if not all(check.well for check in checks):
        raise ProblemError("not-ready", headers=[NOT_CACHED, *retry_after()], facts=stand)
    return Answer(msgspec.json.encode(Health("ready", stand)), headers=(NOT_CACHED,))


async def problem_types(_hub: Hub, _call: Call) -> Answer:
    """Every type of problem."""
    rows = "".join(
        f'<tr><td><a href="/problems/{code}">{code}</a></td><td>{status}</td><td>{escape(title)}</td></tr>'
        for code, (status, title, _) in sorted(explained().items())
    )
    content = f"<table><thead><tr><th>code</th><th>status</th><th>title</th></tr></thead><tbody>{rows}</tbody></table>"
    return _text("Problem types", content)


async def problem_type(_hub: Hub, call: Call) -> Answer:
    """What one type of problem means, and what would permit what it refuses."""
    code = call.ids["code"]
    found = explained().get(code)
    if found is None:
        raise ProblemError("no-such-address")
    status, title, words = found
    content = f"<p>{status} <code>{code}</code></p>" + "".join(f"<p>{escape(one)}</p>" for one in words if one)
    return _text(title, content)


def explained() -> dict[str, tuple[int, str, tuple[str, ...]]]:
    """Every problem type: its status, its title, and what there is to say of it."""
    found: dict[str, tuple[int, str, tuple[str, ...]]] = {
        code: (kind.status, kind.title, (kind.detail,)) for code, kind in KINDS.items()
    }
    for kind in refusals():
        permitted = f"What would permit it: {kind.permitted_by}" if kind.permitted_by else ""
        known = found.get(kind.code)
        words = (kind.rule, permitted) if known is None else (*known[2], kind.rule, permitted)
        found[kind.code] = (status_of(kind), title_of(kind) if known is None else known[1], words)
    return found


def pages(metrics: Metrics, describe: Callable[[], bytes]) -> tuple[Open, ...]:
    """The pages of a server. Its description is made when it is first asked for."""
    described: list[bytes] = []

    async def openapi(_hub: Hub, _call: Call) -> Answer:
        """The description of the API, OpenAPI 3.1."""
        if not described:
            described.append(describe())
        return Answer(described[0])

    async def measured(hub: Hub, _call: Call) -> Answer:
        """What the server counts, for Prometheus."""
        try:
            async with asyncio.timeout(DATABASE_SECONDS):
                metrics.proved(await hub.proofs.lags())
                metrics.erasure_wait.set((await hub.erasing.waiting()).seconds(hub.clock.now()))
        except (LogUnavailable, TimeoutError):
            metrics.proved(None)
            metrics.erasure_wait.set(math.nan)
        return Answer(metrics.page(), media_type=METRICS_TYPE, headers=(NOT_CACHED,))

    return (
        _page("/health/live", live),
        _page("/health/ready", ready),
        _page("/metrics", measured, "text/plain"),
        _page("/schema/openapi.json", openapi),
        _page("/docs", _file(STATIC / "swagger-ui.html", HTML), "text/html", "swagger_ui"),
        _page("/docs/start.js", _file(STATIC / "start.js", b"text/javascript"), "text/javascript", "swagger_ui_start"),
        *(
            _page(f"/docs/{name}", _file(SWAGGER / name, media), media.decode(), f"swagger_ui_{number}")
            for number, (name, media) in enumerate(
                (
                    ("swagger-ui-bundle.js", b"text/javascript"),
                    ("swagger-ui.css", b"text/css"),
                    ("favicon-32x32.png", b"image/png"),
                )
            )
        ),
        _page("/problems", problem_types, "text/html"),
        _page("/problems/{code}", problem_type, "text/html"),
    )


def _page(path: str, show: Show, produces: str = "application/json", name: str = "") -> Open:
    summary = (show.__doc__ or "").strip().split("\n")[0]
    return Open(path=path, show=show, summary=summary, name=name or show.__name__, produces=produces)


def _file(file: Path, media_type: bytes) -> Show:
    content = file.read_bytes()

    async def show(_hub: Hub, _call: Call) -> Answer:
        """A file of the interactive description."""
        return Answer(
            content, media_type=media_type, headers=(SWAGGER_POLICY, (b"cache-control", b"public, max-age=3600"))
        )

    return show


def _text(title: str, content: str) -> Answer:
    page = (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title></head>'
        f"<body><h1>{escape(title)}</h1>{content}</body></html>"
    )
    return Answer(page.encode(), media_type=HTML, headers=(TEXT_POLICY,))
