"""That a log was restored from a backup older than what witnesses had seen of it: the loss is admitted."""

from typing import Literal

from domain.facts import Fact
from domain.ids import WorkerId

Loss = Literal["disk", "database", "machine", "operator-error", "attack"]


class LogRestored(Fact, type="log-restored", version=1):
    """Opens the next incarnation of a log. The one that ended had `size` leaves of that `root`; the first `left` stand.

    Two people answer for it. `root` is base64, as checkpoints say it.
    """

    size: int
    root: str
    left: int
    loss: Loss
    authorised_by: tuple[WorkerId, ...]
