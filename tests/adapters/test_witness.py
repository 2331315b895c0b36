"""A witness cosigns what goes on from what it has seen, remembers before it answers, and never cosigns a fork."""

import base64
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from adapters.proof import signing, tiles
from adapters.proof.signing import Secret, make_secret, read_secrets
from adapters.proof.tree import leaf_hash
from adapters.proof.verifier import Checkpoint, Key, note_of, signed_at
from adapters.proof.witness import Reply, Witness
from tests.adapters.proof_world import HUB, log_line

ORIGIN = "hub.example.org/fenland/case/1"
ROOT = Path(__file__).parents[2]


class Log:
    """A log with so many leaves, told apart by what they say."""

    def __init__(self, leaves: list[str]) -> None:
        self.hashes = [leaf_hash(one.encode()) for one in leaves]
        self.tiles = tiles.grown(0, {}, self.hashes)

    def checkpoint(self, size: int) -> Checkpoint:
        root = tiles.hash_of((0, size), self.tiles)
        return Checkpoint(ORIGIN, size, root)

    def note(self, size: int, secret: Secret = HUB) -> bytes:
        body = signing.body_of(self.checkpoint(size))
        return signing.noted(body, secret.log_key(ORIGIN).sign(body))

    def request(self, old: int, size: int, secret: Secret = HUB) -> bytes:
        path = tuple(tiles.hash_of(one, self.tiles) for one in tiles.consistency(old, size)) if old <= size else ()
        return signing.request(old, path, self.note(size, secret))


LOG = Log([f"leaf {number}" for number in range(50)])
FORK = Log([f"leaf {number}" if number != 3 else "another" for number in range(50)])


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    (tmp_path / "policy").write_text(f"{log_line()}\nquorum none\n")
    return Witness(make_secret(tmp_path / "key", "north.example.org"), tmp_path / "policy", tmp_path / "store")


def again(witness: Witness, tmp_path: Path) -> Witness:
    del witness
    return Witness(read_secrets(tmp_path / "key")[0], tmp_path / "policy", tmp_path / "store")


def holds(witness: Witness, reply: Reply, size: int) -> bool:
    note = note_of(LOG.note(size) + reply.body, "test")
    return reply.status == 200 and signed_at(note, Key.read(witness.vkey, "test"), "test") is not None


def test_it_cosigns_the_first_and_what_goes_on_from_it(witness: Witness) -> None:
    assert holds(witness, witness.add_checkpoint(LOG.request(0, 5)), 5)
    assert holds(witness, witness.add_checkpoint(LOG.request(5, 5)), 5), "the same again, for a newer time"
    assert holds(witness, witness.add_checkpoint(LOG.request(5, 33)), 33)


def test_it_says_what_it_has_seen_and_remembers_it_when_it_is_started_again(witness: Witness, tmp_path: Path) -> None:
    witness.add_checkpoint(LOG.request(0, 7))
    for one in (witness, again(witness, tmp_path)):
        for old, size in ((0, 9), (5, 9), (9, 9)):
            reply = one.add_checkpoint(LOG.request(old, size))
            assert (reply.status, reply.body, reply.media_type) == (409, b"7\n", "text/x.tlog.size")
    assert witness.add_checkpoint(LOG.request(7, 9)).status == 200


def test_a_fork_is_refused_at_the_same_size_and_beyond(witness: Witness) -> None:
    witness.add_checkpoint(LOG.request(0, 20))
    same = witness.add_checkpoint(FORK.request(20, 20))
    assert (same.status, same.body) == (409, b"20\n")
    assert witness.add_checkpoint(FORK.request(20, 30)).status == 422
    assert witness.add_checkpoint(LOG.request(20, 30)).status == 200, "the log itself is not held to account for it"


def test_only_logs_of_its_policy_by_their_own_keys(witness: Witness, tmp_path: Path) -> None:
    other = Secret("hub.example.org", bytes(32))
    assert witness.add_checkpoint(LOG.request(0, 5, other)).status == 403
    (tmp_path / "policy").write_text("quorum none\n")
    assert witness.add_checkpoint(LOG.request(0, 5)).status == 404


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: body[:0],
        lambda body: body.replace(b"old 0", b"old 00"),
        lambda body: body.replace(b"old 0", b"old -1"),
        lambda body: body.replace(b"old 0", b"new 0"),
        lambda body: body.replace(b"\n\n", b"\n", 1),
        lambda body: body.replace(b"old 0\n", b"old 0\nno-hash\n"),
        lambda body: body.replace(b"old 0\n", b"old 0\n" + base64.b64encode(bytes(32)) + b"\n" * 2) * 64,
        lambda body: body[:-1],
        lambda body: body + b"x" * 70_000,
    ],
)
def test_what_is_no_request_is_refused(witness: Witness, spoil: Callable[[bytes], bytes]) -> None:
    assert witness.add_checkpoint(spoil(LOG.request(0, 5))).status in {400, 413}
    assert witness.add_checkpoint(LOG.request(0, 5)).status == 200, "nothing was remembered of it"


def test_a_proof_with_the_first_checkpoint_or_none_with_a_later_is_refused(witness: Witness) -> None:
    with_proof = LOG.request(0, 5).replace(b"old 0\n", b"old 0\n" + base64.b64encode(bytes(32)) + b"\n")
    assert witness.add_checkpoint(with_proof).status == 422
    witness.add_checkpoint(LOG.request(0, 5))
    assert witness.add_checkpoint(signing.request(5, (), LOG.note(9))).status == 422
    assert witness.add_checkpoint(signing.request(9, (), LOG.note(5))).status == 400


def test_of_many_at_once_one_goes_on_from_each_size(witness: Witness, tmp_path: Path) -> None:
    """Two processes on one file: no size is cosigned for two roots, and none after a larger one."""
    witness.add_checkpoint(LOG.request(0, 10))
    several = [witness, again(witness, tmp_path)]
    with ThreadPoolExecutor(8) as pool:
        asked = [(size, log) for size in range(11, 31) for log in (LOG, FORK)]
        replies = list(pool.map(lambda one: several[one[0] % 2].add_checkpoint(one[1].request(10, one[0])), asked))
    cosigned = [one for one, reply in zip(asked, replies, strict=True) if reply.status == 200]
    assert len(cosigned) == 1
    assert cosigned[0][1] is LOG


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def serve(folder: Path, port: int) -> subprocess.Popen[bytes]:
    options = ["--key", "key", "--policy", "policy", "--store", "store", "--port", str(port)]
    process = subprocess.Popen(
        [sys.executable, "-m", "api.cli", "witness", "serve", *options],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert b"serving" in process.stdout.readline()
    return process


def test_killed_at_any_moment_it_has_forgotten_nothing_that_it_cosigned(
    witness: Witness, tmp_path: Path, free_port: int
) -> None:
    """SIGKILL while it is being asked: what it answered is what it knows, and the fork it never cosigns."""
    url = f"http://127.0.0.1:{free_port}/add-checkpoint"
    size = 0
    for round_ in range(4):
        process = serve(tmp_path, free_port)
        try:
            with httpx.Client(timeout=5) as client, ThreadPoolExecutor(1) as pool:
                for _ in range(200):
                    try:
                        reply = client.post(url, content=LOG.request(size, size + 1))
                        break
                    except httpx.ConnectError:
                        time.sleep(0.02)
                assert reply.status_code == 200
                size += 1
                asking = pool.submit(client.post, url, content=LOG.request(size, size + 1))
                time.sleep(0.002 * round_)
                process.send_signal(signal.SIGKILL)
                answered = asking.exception(timeout=10) is None and asking.result().status_code == 200
        finally:
            process.kill()
            process.communicate()
        known = again(witness, tmp_path).add_checkpoint(FORK.request(0, 40))
        assert known.status == 409
        assert int(known.body) >= size + answered, "what was answered is remembered"
        size = int(known.body)
        if size > 3:
            assert again(witness, tmp_path).add_checkpoint(FORK.request(size, 40)).status == 422
