"""Proof: how the two logs are signed, who witnesses them, who verified them last, and how to do it oneself."""

from pathlib import Path
from typing import Final, get_args

from api.problems import Flaw, ProblemError
from api.serving import Answer
from api.v1.proof import log_named, proof_states
from api.web.routes import AnyScreen, screen
from api.web.visit import Visit
from api.web.web import ALWAYS
from api.wiring import verifier_file
from application.proofs import ProofState
from domain.scrutiny.verification import Ledger

PATH: Final = "/proof"
LEDGERS: Final[tuple[Ledger, ...]] = get_args(Ledger)
PLAIN: Final = b"text/plain; charset=utf-8"
LONGEST: Final = 15
VERIFIER: Final = Path(verifier_file).read_text("utf-8")


def _kept(name: str, text: str) -> Answer:
    header = (b"content-disposition", f'attachment; filename="{name}"'.encode())
    return Answer(text.encode(), media_type=PLAIN, headers=(*ALWAYS, header))


def incarnation_of(state: ProofState) -> int:
    """Which incarnation a log is in, as the origin of its newest checkpoint says."""
    return 1 if state.newest is None else int(state.newest.origin.rpartition("/")[2])


async def overview(visit: Visit) -> Answer:
    """Both logs: heads, checkpoints, witnesses, and who verified them."""
    states = await proof_states(visit.hub, visit.viewer)
    told = await visit.hub.readings.panels.verifications(visit.viewer)
    return await visit.page(
        "proof/overview.html",
        section="scrutiny",
        logs=tuple(
            (ledger, state, incarnation_of(state), getattr(told, ledger))
            for ledger, state in zip(LEDGERS, states, strict=True)
        ),
        now=visit.hub.clock.now(),
        partnership=visit.viewer.partnership,
        may_record=await visit.may("write", "scrutiny"),
        position=visit.query.get("position", ""),
    )


async def verify(visit: Visit) -> Answer:
    """What can be checked without trust in this server, and how."""
    return await visit.page("proof/verify.html", section="scrutiny", partnership=visit.viewer.partnership)


async def verifier(_visit: Visit) -> Answer:
    """The verifier, to be read and kept."""
    return _kept("verify.py", VERIFIER)


async def checkpoint(visit: Visit) -> Answer:
    """The newest checkpoint that a quorum cosigned, to be kept. Raises: NotProved."""
    ledger = visit.ids["ledger"]
    note = (await visit.hub.proofs.checkpoint(log_named(visit.viewer, ledger))).note
    return _kept(f"{visit.viewer.partnership}-{ledger}.checkpoint", note)


async def receipt(visit: Visit) -> Answer:
    """The receipt of what stands at a position, to be kept."""
    log, typed = log_named(visit.viewer, visit.ids["ledger"]), visit.query.get("position", "")
    position = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= LONGEST else 0
    if not position:
        raise ProblemError("invalid-parameter", Flaw("?position", "wrong-form"))
    found = await visit.hub.proofs.receipt(log, position)
    return _kept(f"{visit.viewer.partnership}-{visit.ids['ledger']}-{position}.tlog-proof", found.receipt)


SCREENS: Final[tuple[AnyScreen, ...]] = (
    screen(PATH, overview, "position"),
    screen(f"{PATH}/verify", verify),
    screen(f"{PATH}/verify.py", verifier),
    screen(f"{PATH}/{{ledger}}/checkpoint", checkpoint),
    screen(f"{PATH}/{{ledger}}/receipt", receipt, "position"),
)
