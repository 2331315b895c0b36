"""The documents say what is so: their commands run, their links lead somewhere, their lists are complete.

In a block of kind `console` a line that begins with `$` is a command, indented lines go on with it, and what follows is
what it printed, cut at a `…`. Calls (`ask`) are made to a server that has loaded the demo's cases, in the test's own
process.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import inspect
import pkgutil
import re
import shlex
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

import click
import msgspec
import pytest

import api
import application
import domain
from api import demo, settings, sheets, wiring
from api.cli import import_ as importing
from api.cli import main as hub_command
from api.cli import report as reporting
from api.problems import refusals
from api.v1 import ROUTES
from domain.refusals import Refusal
from tests.api.world import World, world

ROOT: Final = Path(__file__).parents[1]
DOCUMENTS: Final = (
    ROOT / "README.md",
    ROOT / "THIRD_PARTY.md",
    ROOT / "CHANGELOG.md",
    ROOT / "SECURITY.md",
    *sorted((ROOT / "docs").rglob("*.md")),
)
TOURS: Final = (ROOT / "README.md", ROOT / "docs" / "api.md")
LAW: Final = ROOT / "docs" / "security-and-law.md"

BLOCK: Final = re.compile(r"^ *```(?P<kind>\w+)?(?P<name> [\w.-]+)?\n(?P<body>.*?)^ *```$", re.MULTILINE | re.DOTALL)
LINK: Final = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING: Final = re.compile(r"^#+ (.+)$", re.MULTILINE)
SPOKEN: Final = re.compile(r"`((?:\./)?hub [a-z][^`]*)`")

DIFFERENT: Final = (  # what is another at each place and time
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "ID"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "ID"),
    (re.compile(r"\b[0-9a-f]{24}\b"), "HASH"),
    (re.compile(r"\b(?:P-)?[0-9A-Z]{3,4}-[0-9A-Z]{4}\b"), "REFERENCE"),
    (re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+(?:Z|\+00:00)"), "TIME"),
    (re.compile(r"^as of +\d{4}-\d\d-\d\d", re.MULTILINE), "as of DATE"),
    (re.compile(r'(?<="position":)\d+'), "POSITION"),
    (re.compile(r'(?<=etag: ")\d+'), "POSITION"),
)


class Step(msgspec.Struct, frozen=True):
    """A command of a document and what it printed."""

    command: str
    printed: str


def text_of(document: Path) -> str:
    return document.read_text(encoding="utf-8")


def blocks(document: Path, kind: str) -> Iterator[tuple[str, str]]:
    """The names and contents of a document's fenced blocks of a kind."""
    for found in BLOCK.finditer(text_of(document)):
        if found["kind"] == kind:
            yield (found["name"] or "").strip(), inspect.cleandoc(found["body"])


def steps(document: Path) -> list[Step]:
    """The commands of a document, in their order."""
    made: list[Step] = []
    for _, body in blocks(document, "console"):
        command: list[str] = []
        printed: list[str] = []
        for line in [*body.splitlines(), "$ "]:
            if line.startswith("$ "):
                if command:
                    made.append(Step("\n".join(command), "\n".join(printed).strip()))
                command, printed = [line.removeprefix("$ ")], []
            elif line.startswith("    ") and not printed:
                command.append(line)
            else:
                printed.append(line)
    return made


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda one: one.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    for target in LINK.findall(BLOCK.sub("", text_of(document))):
        if target.startswith(("https://", "http://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        file = (document.parent / path).resolve() if path else document
        assert file.exists(), f"{document.name} links to {target}"
        if anchor:
            slugs = {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in HEADING.findall(text_of(file))}
            assert anchor in slugs, f"{document.name} links to {target}"


def spoken_commands() -> list[tuple[str, list[str]]]:
    """Every `hub …` that a document names, in a block or in a sentence."""
    found: list[tuple[str, list[str]]] = []
    for document in DOCUMENTS:
        in_blocks = [one.command for one in steps(document) if one.command.startswith(("./hub ", "hub "))]
        for text in (*in_blocks, *SPOKEN.findall(BLOCK.sub("", text_of(document)))):
            words = shlex.split(text.removeprefix("./"))[1:]
            found.append((f"{document.name}: {text}", words))
    return found


NOT_YET: Final = {("backup",)}
"""Commands that a document names to say that they are not there."""


@pytest.mark.parametrize(("where", "words"), spoken_commands(), ids=[where for where, _ in spoken_commands()])
def test_every_command_and_option_exists(where: str, words: list[str]) -> None:
    if tuple(words) in NOT_YET:
        return
    command: click.Command = hub_command
    context = click.Context(command)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        named = command.get_command(context, words[0])
        assert named is not None, f"{where}: there is no such command"
        command, words = named, words[1:]
    options = {name for one in command.params for name in (*one.opts, *one.secondary_opts)} | {"--help", "-h"}
    unknown = {one for one in words if one.startswith("-") and one not in options}
    assert not unknown, f"{where}: there is no option {', '.join(unknown)}"


def every_refusal() -> list[type[Refusal]]:
    for package in (domain, application, api):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    return [
        one for one in dict.fromkeys(refusals()) if one.__module__.split(".")[0] in {"domain", "application", "api"}
    ]


def rows_of_the_law() -> dict[str, tuple[str, str]]:
    """Rule and test of each refusal that the document lists, by code."""
    after = text_of(LAW).partition("## Every refusal, its rule and its test")[2]
    return {
        found[1]: (found[2], found[3])
        for found in re.finditer(r"^\| `([a-z0-9-]+)` \| (.+) \| ([^|]+) \|$", after, re.MULTILINE)
    }


def test_the_law_lists_every_refusal_with_its_rule_and_no_other() -> None:
    listed = rows_of_the_law()
    kinds = every_refusal()
    assert listed.keys() == {one.code for one in kinds}
    for one in kinds:
        assert listed[one.code][0] == one.rule, f"{one.code}: the rule reads {one.rule!r}"


def test_each_refusal_is_told_in_the_test_that_the_law_names() -> None:
    listed = rows_of_the_law()
    for one in every_refusal():
        link = LINK.search(listed[one.code][1])
        if link is None:
            assert one.__subclasses__(), f"{one.code} names no test"
            continue
        told = text_of((LAW.parent / link[1]).resolve())
        assert re.search(rf'\b{one.__name__}\b|"{one.code}"', told), f"{link[1]} says nothing of {one.code}"


def test_codes_named_elsewhere_in_the_law_exist() -> None:
    codes = {one.code for one in every_refusal()}
    table = text_of(LAW).partition("## What the law asks")[2].partition("## Every refusal")[0]
    named = set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`", table))
    assert named
    assert named <= codes, f"no such refusal: {named - codes}"


SHOWN_BY: Final = re.compile(r"`([\w./-]+\.py)::(test_\w+)`")
FILE: Final = re.compile(r"`((?:\.ci|adapters|api|application|docs|domain|migrations|tests)/[\w./-]+)`")


@pytest.mark.parametrize("name", ["law.md", "threat-model.md", "asvs.md"])
def test_what_shows_that_a_requirement_is_met_exists(name: str) -> None:
    text = text_of(ROOT / "docs" / name)
    tests = SHOWN_BY.findall(text)
    assert tests
    for path, test in tests:
        assert re.search(rf"def {test}\(", text_of(ROOT / "tests" / path)), f"{path} has no {test}"
    for path in FILE.findall(text):
        assert (ROOT / path).exists(), f"{name} names {path}"


def test_the_law_has_thirteen_items() -> None:
    rows = re.findall(r"^\| (\d+) \|.*::test_", text_of(ROOT / "docs" / "law.md"), re.MULTILINE)
    assert rows == [str(number) for number in range(1, 14)]


def test_the_api_page_lists_every_address_and_no_other() -> None:
    listed = set(
        re.findall(
            r"`((?:GET|POST|PUT|PATCH) /v1/[^`?]+)`", text_of(ROOT / "docs" / "api.md").partition("## Resources")[2]
        )
    )
    assert listed == {f"{one.method} {one.path}" for one in ROUTES}


def test_the_table_of_variables_is_that_of_the_settings() -> None:
    read = {
        node.value
        for node in ast.walk(ast.parse(inspect.getsource(settings)))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"HUB_[A-Z_]+[A-Z]", node.value)
    }
    table = text_of(ROOT / "docs" / "operations.md").partition("## Environment variables")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(HUB_[A-Z_]+)` \|", table, re.MULTILINE)) == read


def test_the_error_lines_that_are_explained_are_said() -> None:
    source = "".join(text_of(one) for folder in ("api", "adapters") for one in sorted((ROOT / folder).rglob("*.py")))
    source = re.sub(r'"\s*\n\s*f?"', "", source).replace("{FREE_BYTES_MIN >> 20}", "300")
    table = text_of(ROOT / "docs" / "operations.md").partition("## What an error line means")[2]
    lines = re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)
    assert lines
    for line in lines:
        for piece in re.split(r"\s*…[\s;:)]*|\(Address already in use\)", line):
            assert piece.strip() in source, f"nothing says {piece!r}"


def test_decision_records_are_numbered_once_and_indexed() -> None:
    folder = ROOT / "docs" / "adr"
    files = sorted(one for one in folder.glob("*.md") if one.name != "README.md")
    numbers = [int(one.name[:4]) for one in files]
    assert numbers == list(range(1, len(files) + 1))
    index = text_of(folder / "README.md")
    for number, one in zip(numbers, files, strict=True):
        title = text_of(one).splitlines()[0]
        assert title.startswith(f"# {number}. ")
        assert f"| [{number}]({one.name}) | {title.partition('. ')[2]} |" in index


def same_everywhere(printed: str) -> str:
    """What was printed, without what is another at each place and time."""
    for pattern, name in DIFFERENT:
        printed = pattern.sub(name, printed)
    return printed


def assert_printed(step: Step, found: str) -> None:
    """Line by line as the document says, up to where it is cut."""
    said, real = same_everywhere(step.printed).splitlines(), same_everywhere(found).splitlines()
    assert len(said) == len(real), f"{step.command}\nprinted\n{found}"
    for line, is_so in zip(said, real, strict=True):
        whole, cut, _ = line.partition("…")
        # A cut may go through an id: what is left of it is no id any more
        shown = re.sub(r'"[^"]*$', "", whole) if cut else whole
        assert is_so.startswith(shown) if cut else is_so.rstrip() == shown, f"{step.command}\nprinted\n{found}"


class Shell:
    """As much of a shell as the tours need: variables, `ask`, `grep`, and two of the hub's commands."""

    def __init__(self, here: World, tokens: dict[str, str], folder: Path) -> None:
        self.here = here
        self.variables = tokens
        self.folder = folder
        self.last = ""
        self.calls = 0

    async def run(self, step: Step) -> None:
        assigned = re.fullmatch(r"(?:export )?([A-Z_]+)=(.+)", step.command, re.DOTALL)
        if assigned:
            self.assign(assigned[1], assigned[2])
            return
        if step.command.startswith(("ask()", "./hub demo", "./hub test")):
            return
        call, _, filtered = step.command.partition(" | ")
        words = shlex.split(re.sub(r"\$([A-Z_]+)", lambda found: self.quoted(call, found), call))
        match words:
            case ["ask", token, path, *options]:
                printed = await self.ask(token, path, options)
            case ["./hub", "report", "luscombe", "--partnership", name]:
                report = await sheets.report_luscombe(self.here.hub, partnership=name, from_date=None, to_date=None)
                printed = reporting._words(report)  # noqa: SLF001 - what a terminal shows
            case ["./hub", "import", file, "--partnership", name, "--ladder", ladder]:
                summary, rejects = await sheets.import_sheet(
                    self.here.hub, self.folder / file, partnership=name, ladder=ladder
                )
                assert rejects is not None
                printed = importing._words(summary, Path(rejects.name))  # noqa: SLF001 - as above
            case ["cat", file]:
                printed = (self.folder / file).read_text(encoding="utf-8")
            case _:
                pytest.fail(f"no test runs {step.command}")
        if filtered:
            printed = grep(shlex.split(filtered), printed)
        self.last = printed.strip()
        assert_printed(step, self.last)

    def quoted(self, call: str, found: re.Match[str]) -> str:
        """A variable's value: inside double quotes their inner ones are escaped, as the reading of words needs it."""
        value = self.variables[found[1]]
        return value.replace('"', '\\"') if call[: found.start()].count('"') % 2 else value

    def assign(self, name: str, value: str) -> None:
        """Ids, tokens and tags of a document are those of its day: take those of today."""
        if name == "HUB" or value.startswith("hub_"):
            return
        if name == "ETAG":
            self.variables[name] = re.findall(r"^etag: (.+)$", self.last, re.MULTILINE)[0]
        elif "'" in value:
            self.variables[name] = "".join(
                self.variables[part[1:]] if part.startswith("$") else part
                for part in re.split(r"'(\$[A-Z_]+)'", value[1:-1])
            )
        else:
            self.variables[name] = re.findall(rf'"{name.lower()}":"([^"]+)"', self.last)[0]

    async def ask(self, token: str, path: str, options: list[str]) -> str:
        """What curl prints: maybe the headers, the body, and the status on a line of its own."""
        headers = {"authorization": f"Bearer {token}"}
        method, content, shows_body, shows_headers = "GET", None, True, False
        rest = iter(options)
        for one in rest:
            match one, next(rest):
                case "--json", body:
                    method, content = "POST" if method == "GET" else method, body.encode()
                    headers |= {"content-type": "application/json", "accept": "application/json"}
                case "-H", header:
                    headers[header.partition(": ")[0]] = header.partition(": ")[2]
                case "-X", method:
                    pass
                case "-o", "/dev/null":
                    shows_body = False
                case "-D", "-":
                    shows_headers = True
                case option:
                    pytest.fail(f"no test knows {option}")
        answer = await self.here.client.request(method, path, headers=headers, content=content)
        self.calls += 1
        shown = [f"{name}: {value}" for name, value in answer.headers.items()] if shows_headers else []
        return "\n".join([*shown, answer.text if shows_body else "", str(answer.status_code)])


def grep(words: list[str], printed: str) -> str:
    match words:
        case ["grep", "-o", pattern]:
            return "\n".join(re.findall(pattern, printed))
        case ["grep", "-i", pattern]:
            return "\n".join(line for line in printed.splitlines() if re.search(pattern, line, re.IGNORECASE))
        case _:
            pytest.fail(f"no test knows {' '.join(words)}")


@contextlib.asynccontextmanager
async def touring(folder: Path) -> AsyncIterator[Shell]:
    """A shell beside a server that has loaded what the demo loads."""
    async with world(wiring.in_memory(), clock=None) as here:
        loaded = await demo.load(here.hub, lambda _: None)
        tokens = {
            one.worker.replace("-", "_").upper(): one.token for one in loaded.tokens if one.partnership == demo.BENCHES
        }
        yield Shell(here, tokens, folder)


@pytest.mark.anyio
async def test_the_tours_are_as_they_say(tmp_path: Path) -> None:
    for document in TOURS:
        for name, body in blocks(document, "csv"):
            (tmp_path / name).write_text(body + "\n", encoding="utf-8")
    async with touring(tmp_path) as shell:
        for document in TOURS:
            before = shell.calls
            for step in steps(document):
                await shell.run(step)
            assert shell.calls > before + 5
