"""The one place that knows the adapters: it joins them to the ports that everything else speaks to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres.embedded import EmbeddedPostgres, ServerUnavailableError
from adapters.postgres.inspection import DatabaseUnreachableError, Inspection, inspect
from adapters.postgres.migrations import MigrationError, migrate, pending

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.settings import Settings

__all__ = [
    "DatabaseUnreachableError",
    "EmbeddedPostgres",
    "Inspection",
    "MigrationError",
    "ServerUnavailableError",
    "embedded",
    "inspect",
    "migrate",
    "pending",
]


def embedded(settings: Settings, progress: Callable[[str], None] | None = None) -> EmbeddedPostgres:
    """The home's own server; nothing runs before it is entered, as a context manager of either kind."""
    return EmbeddedPostgres(settings.home, settings.postgres_binaries, progress)
