"""Just enough of SVG: elements with escaped texts, and texts broken into lines that fit."""

import re
import textwrap
from collections.abc import Iterable
from html import escape
from typing import Final

LETTER: Final = 7.6
"""How wide a letter of 14 pixels is taken to be: a little wider than most are."""
LINE: Final = 18
HYPHENS: Final = str.maketrans("_", "-")

_UNWRITABLE: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML has no way to write."""

Attribute = str | float | None


def element(name: str, *within: str, **attributes: Attribute) -> str:
    """An element. Attributes are named as in SVG, with `_` for `-` and `class_` for `class`; None is left out."""
    written = "".join(
        f' {key.rstrip("_").translate(HYPHENS)}="{_value(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    content = "".join(within)
    return f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written}/>"


def text(said: str) -> str:
    """A text within an element."""
    return escape(_UNWRITABLE.sub("\ufffd", said), quote=False)


def _value(value: str | float) -> str:
    if isinstance(value, str):
        return escape(_UNWRITABLE.sub("\ufffd", value))
    return number(value)


def number(value: float) -> str:
    """A length, to a tenth of a pixel."""
    return f"{value:.1f}" if round(value, 1) % 1 else str(round(value))


def points(*pairs: tuple[float, float]) -> str:
    """Points as a path names them."""
    return " ".join(f"{number(float(x))},{number(float(y))}" for x, y in pairs)


def width_of(said: str) -> float:
    """How wide a text is, at most."""
    return len(said) * LETTER


def broken(said: str, width: float, lines: int = 3) -> list[str]:
    """A text in lines that fit; what is too long ends in an ellipsis, and stands in full in the table."""
    letters = max(4, int(width / LETTER))
    return textwrap.wrap(said, letters, max_lines=lines, placeholder="…", break_long_words=True) or [""]


def lines_of(
    lines: Iterable[str], x: float, y: float, class_: str = "hub-chart__text", anchor: str | None = None
) -> str:
    """Lines of text under each other, the first on the base line y."""
    spans = [element("tspan", text(one), x=x, y=y + at * LINE) for at, one in enumerate(lines)]
    return element("text", *spans, class_=class_, text_anchor=anchor)
