"""The person's documents are said in each of their languages, in whole, and each says who has checked it."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from api.web import translating
from api.web.extracting import WEB
from api.web.paper.printing import KINDS
from api.web.translating import LANGUAGES, LOCALE, SOURCE, checked, gettext, language, ngettext, speaking, spoken
from api.web.wording.codes import CODES

OTHERS = [one for one in LANGUAGES if one != SOURCE]
FOR_PERSON = [one.template for one in KINDS.values() if one.for_person]
LISTS = (
    "need",
    "encounter-kind",
    "asb-type",
    "instrument-kind",
    "step-meaning",
    "consent-purpose",
    "consent-status",
    "information-category",
    "lawful-basis",
    "plan-outcome",
    "action-result",
    "condition-kind",
    "look",
    "purpose",
    "role",
)
"""The lists whose codes the person's documents speak of."""


def catalogue(one: str) -> Catalog:
    with (LOCALE / one / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=one)


def said_to_the_person() -> Iterator[Any]:
    files: list[tuple[str, Path]] = [
        ("jinja2", WEB / "templates" / "paper" / f"{name}.html") for name in ("_parts", "privacy", *FOR_PERSON)
    ]
    files += [("python", WEB / "paper" / f"{name}.py") for name in ("parts", *FOR_PERSON)]
    for method, file in files:
        yield from (message for _, message, _, _ in extract_from_file(method, file))
    yield from (one.title for one in KINDS.values() if one.for_person)
    yield from (words for name in LISTS for words in CODES[name].values())


@pytest.mark.parametrize("one", OTHERS)
def test_what_is_for_the_person_is_translated_in_whole(one: str) -> None:
    known = catalogue(one)
    messages = set(said_to_the_person())
    assert len(messages) > 150
    assert not {message for message in messages if (found := known.get(message)) is None or not found.string}


@pytest.mark.parametrize("one", OTHERS)
def test_a_translation_fills_the_same_blanks_and_has_every_plural_form(one: str) -> None:
    known = catalogue(one)
    for message in known:
        if message.id:
            assert not list(message.check(known)), message.id
            forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
            singular = message.id[0] if isinstance(message.id, tuple | list) else message.id
            for form in forms:
                assert blanks(form) == blanks(singular), message.id
            assert len(forms) == (known.num_plurals if message.pluralizable else 1)


def blanks(text: Any) -> set[str]:  # noqa: ANN401 - what the library gives
    return set(re.findall(r"%\(\w+\)s|\{\w+\}", text))


@pytest.mark.parametrize("one", OTHERS)
def test_nothing_is_translated_that_is_not_said(one: str) -> None:
    template = (LOCALE / "messages.pot").read_text(encoding="utf-8")
    with (LOCALE / "messages.pot").open("rb") as file:
        said = {message.id for message in read_po(file)}
    assert template
    assert not {message.id for message in catalogue(one)} - said


@pytest.mark.parametrize("one", OTHERS)
def test_a_language_is_unchecked_until_its_catalogue_names_a_translator(
    one: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert checked(SOURCE)
    assert not checked(one)
    text = (LOCALE / one / "LC_MESSAGES" / "messages.po").read_text(encoding="utf-8")
    (tmp_path / one / "LC_MESSAGES").mkdir(parents=True)
    named = text.replace('"Language:', '"X-Checked-By: A. Translator\\n"\n"Language:', 1)
    (tmp_path / one / "LC_MESSAGES" / "messages.po").write_text(named, encoding="utf-8")
    monkeypatch.setattr(translating, "LOCALE", tmp_path)
    checked.cache_clear()
    try:
        assert checked(one)
    finally:
        checked.cache_clear()


def test_polish_counts_in_three_forms() -> None:
    with speaking("pl"):
        words = [
            ngettext(
                "%(num)s ticket was withdrawn. It does not count.",
                "%(num)s tickets were withdrawn. They do not count.",
                count,
            ).split()[1]
            for count in (1, 2, 5, 22)
        ]
    assert words == ["bilet", "bilety", "biletów", "bilety"]


def test_what_is_not_translated_is_said_in_english() -> None:
    with speaking("lt"):
        assert gettext("Housing") == "Būstas"
        assert gettext("Never translated") == "Never translated"
        assert gettext("") == ""
    assert gettext("Housing") == "Housing"


async def in_its_language(one: str) -> tuple[str, str]:
    with speaking(one):
        await asyncio.sleep(0)
        return language(), gettext("Housing")


@pytest.mark.anyio
async def test_two_who_are_answered_at_once_are_answered_each_in_their_language() -> None:
    all_three = await asyncio.gather(in_its_language("pl"), in_its_language("ro"), in_its_language("en"))
    assert tuple(all_three) == (("pl", "Mieszkanie"), ("ro", "Locuință"), ("en", "Housing"))


def test_the_first_language_that_the_person_knows_and_we_speak_is_preset() -> None:
    assert spoken(("bfi", "lt-LT", "pl")) == "lt"
    assert spoken(("ar",)) == SOURCE
    assert spoken(()) == SOURCE
