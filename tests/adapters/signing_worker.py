"""A process that signs until it is killed: `python -m tests.adapters.signing_worker URL FOLDER`."""

import asyncio
import sys
from pathlib import Path

from adapters.postgres import signer
from tests.adapters.proof_world import proof_world


async def main(url: str, folder: str) -> None:
    """As the installation's signer does, only without rest."""
    signer.POLL_SECONDS = 0.01  # type: ignore[misc]
    signer.COSIGN_SECONDS = 0.02  # type: ignore[misc]
    async with proof_world(url, Path(folder)) as here:
        sys.stdout.write("signing\n")
        sys.stdout.flush()
        await here.signer.run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
