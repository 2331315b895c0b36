"""A body is its command as it may come from outside: never sealed, bounded, with the time left to the edge."""

from typing import Annotated

import msgspec
import pytest

from api.bodies import body_of
from domain.facts import Command, IdentityText
from domain.ids import AgencyId, PersonId


class Note(Command):
    """Write a note."""

    person: PersonId
    text: IdentityText = None
    title: Annotated[str, msgspec.Meta(min_length=2)] = "note"
    told: tuple[AgencyId, ...] = ()


BODY = body_of(Note, {"person"})


def read(text: str) -> object:
    return msgspec.json.decode(text, type=BODY)


def test_what_the_path_names_and_nobody_says_is_left_out() -> None:
    assert BODY.__name__ == "NoteBody"
    assert set(BODY.__struct_fields__) == {"at", "text", "title", "told"}
    assert msgspec.to_builtins(read("{}")) == {"at": None, "text": None, "title": "note", "told": ()}


@pytest.mark.parametrize(
    "text",
    [
        '{"text":["key","context","AAAA"]}',
        '{"text":""}',
        '{"text":" \\n\\u00a0"}',
        '{"title":"   "}',
        f'{{"text":"{"x" * 10_001}"}}',
        f'{{"title":"{"x" * 10_001}"}}',
        '{"title":"x"}',
        '{"told":["No Slug"]}',
        f'{{"told":[{",".join(["1"] * 1_001)}]}}',
        '{"at":"2025-06-02T10:00:00"}',
        '{"person":"p-1"}',
    ],
)
def test_what_may_not_come_from_outside_does_not(text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        read(text)
