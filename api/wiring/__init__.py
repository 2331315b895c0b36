"""The one place that knows the adapters: it joins them to the ports that everything else speaks to."""

from adapters.calendars import bank_holidays
from adapters.postgres.embedded import EmbeddedPostgres, ServerUnavailableError
from adapters.postgres.inspection import DatabaseUnreachableError, Inspection, inspect
from adapters.postgres.migrations import MigrationError, migrate, pending
from adapters.postgres.projector import NothingToRollBack, Projector, RebuildInProgress
from adapters.postgres.restoring import NotRestorable
from adapters.postgres.signer import Signer
from adapters.proof.signing import Secret, SecretUnreadable, fingerprint, make_secret, read_secrets
from adapters.proof.verifier import Fault
from adapters.proof.verifier import __file__ as verifier_file
from adapters.proof.verifier import main as verify_main
from adapters.proof.witness import Witness
from adapters.sealing.keys import EpochUnderWay, KeysUnusable
from adapters.sheets import CsvSheet, RejectsFile, RejectsUnwritable, SheetUnreadable, write_sheet
from api.wiring.epochs import EpochMoved, moved_epoch, refuse_unusable_keys
from api.wiring.hubs import IN_MEMORY, SystemClock, in_memory, opened
from api.wiring.keys import keys_exist
from api.wiring.projection import embedded, projector, tokens
from api.wiring.proof import checkpoints_of, log_lines, restored, signer, witnesses_of

__all__ = [
    "IN_MEMORY",
    "CsvSheet",
    "DatabaseUnreachableError",
    "EmbeddedPostgres",
    "EpochMoved",
    "EpochUnderWay",
    "Fault",
    "Inspection",
    "KeysUnusable",
    "MigrationError",
    "NotRestorable",
    "NothingToRollBack",
    "Projector",
    "RebuildInProgress",
    "RejectsFile",
    "RejectsUnwritable",
    "Secret",
    "SecretUnreadable",
    "ServerUnavailableError",
    "SheetUnreadable",
    "Signer",
    "SystemClock",
    "Witness",
    "bank_holidays",
    "checkpoints_of",
    "embedded",
    "fingerprint",
    "in_memory",
    "inspect",
    "keys_exist",
    "log_lines",
    "make_secret",
    "migrate",
    "moved_epoch",
    "opened",
    "pending",
    "projector",
    "read_secrets",
    "refuse_unusable_keys",
    "restored",
    "signer",
    "tokens",
    "verifier_file",
    "verify_main",
    "witnesses_of",
    "write_sheet",
]
