"""What forbids something, by the code that a record keeps of it: the rule in words, and what would permit it."""

from collections.abc import Mapping
from functools import lru_cache

import msgspec

from api.problems import refusals


class Rule(msgspec.Struct, frozen=True):
    """A rule and the way past it; the latter may be empty."""

    words: str
    permitted_by: str


@lru_cache(1)
def _known() -> Mapping[str, Rule]:
    return {kind.code: Rule(kind.rule, kind.permitted_by) for kind in refusals()}


def rule(code: str) -> Rule:
    """The rule of a code; a code of a rule that there is no more stands for itself."""
    return _known().get(code) or Rule(code.replace("-", " ").capitalize(), "")
