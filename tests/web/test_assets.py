"""The files that pages are made with: fresh, small, kept by the browser for good, and free of what is not ours."""

import gzip
import re
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import pytest

from api.web.assets.build import AXE, KEPT, sources_digest
from api.web.assets.build import MANIFEST as MANIFEST_NAME
from api.web.static import MANIFEST, STATIC, asset, takes_gzip
from tests.api.world import World, world

pytestmark = pytest.mark.anyio

FIRST_LOAD = ("hub.css", "hub.js", "htmx.js")


@pytest.fixture
async def here() -> AsyncIterator[World]:
    async with world() as made:
        yield made


def test_the_files_are_those_that_the_manifest_names() -> None:
    found = {one.name for one in STATIC.iterdir()} - KEPT - {MANIFEST_NAME}
    assert found == {entry.file for entry in MANIFEST.files.values()}
    for entry in MANIFEST.files.values():
        assert sha256((STATIC / entry.file).read_bytes()).hexdigest() == entry.sha256
        assert entry.sha256.startswith(Path(entry.file).stem.rpartition(".")[2])


def test_the_files_are_built_from_the_sources_as_they_are() -> None:
    assert MANIFEST.sources == sources_digest(), "run python -m api.web.assets.build, and commit what it writes"


def test_the_copy_of_axe_is_the_one_that_is_named() -> None:
    named = re.search(r"^([0-9a-f]{64})  axe\.min\.js$", (AXE / "THIRD_PARTY.md").read_text(), re.MULTILINE)
    assert named
    assert sha256((AXE / "axe.min.js").read_bytes()).hexdigest() == named[1]


def test_a_first_load_leaves_room_for_the_page() -> None:
    sizes = {name: len(gzip.compress((STATIC / MANIFEST.files[name].file).read_bytes())) for name in FIRST_LOAD}
    assert sizes["hub.css"] <= 25 * 1024
    assert sum(sizes.values()) <= 60 * 1024


def test_the_style_fetches_nothing_and_bears_no_brand_of_gov_uk() -> None:
    style = (STATIC / MANIFEST.files["hub.css"].file).read_text()
    for not_ours in ("@font-face", "@import", "url(", "GDS Transport", "crest", "crown"):
        assert not_ours not in style


async def test_a_file_is_kept_for_good_and_sent_compressed(here: World) -> None:
    answer = await here.client.get(asset("hub.css"), headers={"accept-encoding": "br, gzip"})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == "accept-encoding"
    plain = await here.client.get(asset("hub.css"), headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == answer.content == (STATIC / MANIFEST.files["hub.css"].file).read_bytes()
    assert plain.headers["etag"] != answer.headers["etag"]
    again = await here.client.get(
        asset("hub.css"), headers={"accept-encoding": "gzip", "if-none-match": answer.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("hub.js", "text/javascript; charset=utf-8"),
        ("htmx.js", "text/javascript; charset=utf-8"),
        ("favicon.svg", "image/svg+xml"),
        ("favicon.png", "image/png"),
    ],
)
async def test_every_file_is_served_as_what_it_is(here: World, name: str, media_type: str) -> None:
    answer = await here.client.get(asset(name))
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", ["hub.css", "manifest.json", "THIRD_PARTY.md", "..%2fstatic.py", ""])
async def test_nothing_else_is_served(here: World, name: str) -> None:
    assert (await here.client.get(f"/assets/{name}")).status_code == 404


def test_a_template_cannot_name_what_is_not_there() -> None:
    with pytest.raises(KeyError):
        asset("hub.less")


@pytest.mark.parametrize(
    ("header", "takes"),
    [(b"gzip", True), (b"br;q=1, GZIP;q=0.5", True), (b"gzip;q=0", False), (b"br", False), (b"", False)],
)
def test_a_browser_says_whether_it_takes_gzip(header: bytes, takes: bool) -> None:  # noqa: FBT001 - a parameter of a table
    assert takes_gzip(header) is takes
