"""The verifier finds what is wrong with an audit export, names it, and finds nothing where nothing is."""

import asyncio
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from adapters.proof.signing import Secret, origin_of
from adapters.proof.tree import tree_of
from adapters.proof.verifier import Fault, Key, Report, commitment, ed25519_holds, leaf_hash, policy_of, verify
from adapters.proof.verifier import main as verifier_main
from adapters.sealing.codec import commitment as written_commitment
from api.wiring import verifier_file
from application.ports import LogId
from domain.ids import PartnershipId
from tests import audits
from tests.api.world import FENLAND
from tests.mutations import Audit, an_audit, mutate

CASE = LogId(f"{FENLAND}/case")


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    folder = tmp_path / "audit"
    folder.mkdir()
    return asyncio.run(an_audit(folder, random.Random(7)))  # noqa: S311 - no secret


def first_fault(audit: Audit, **given: object) -> str:
    with pytest.raises(Fault) as found:
        verify(audit.folder, audit.policy, **given)  # type: ignore[arg-type]
    return str(found.value)


def test_an_export_that_is_as_it_was_holds(audit: Audit) -> None:
    receipt = audits.receipt(CASE, audit.leaves["case"], 3)
    report: Report = verify(
        audit.folder, audit.policy, kept=audit.kept, receipts=[("mine", receipt)], sample=audit.sample
    )
    assert report.leaves == {
        f"hub.example.org/{FENLAND}/{ledger}/1": len(leaves) for ledger, leaves in audit.leaves.items()
    }
    assert set(report.cosigned[f"hub.example.org/{FENLAND}/case/1"]) == {"north", "south"}
    assert report.commands > 10
    assert report.revealed > 3
    assert (report.kept, report.receipts) == (2, 1)


def test_the_short_form_of_many_mutations(audit: Audit) -> None:
    """The long one is `python -m tests.mutations`."""
    assert sum(mutate(audit, 330).values()) == 330


def test_the_first_thing_that_is_wrong_is_named_with_its_place(audit: Audit) -> None:
    leaves = [*audit.leaves["case"]]
    leaves[4] = leaves[4].replace(b'"role":"', b'"role":"x', 1)
    path = audit.folder / "case.leaves"
    path.write_bytes(b"".join(one + b"\n" for one in leaves))
    assert (
        first_fault(audit) == "case.leaves, position 5: not the leaf that was signed, whose hash stands in case.hashes"
    )
    hashes = audit.folder / "case.hashes"
    hashes.write_bytes(b"".join(map(leaf_hash, leaves)))
    assert first_fault(audit).endswith(
        f"positions 1 to {len(leaves)}: not the leaves that the checkpoint was signed over"
    )
    hashes.write_bytes(bytes(32) + audit.files["case.hashes"][32:])
    assert first_fault(audit) == "case.leaves, position 1: not the leaf whose hash stands in case.hashes"
    path.write_bytes(audit.files["case.leaves"])
    assert first_fault(audit).startswith("case.leaves, position 1: the leaf is the one that was signed, and its hash")
    hashes.write_bytes(audit.files["case.hashes"])
    del leaves[4]
    path.write_bytes(b"".join(one + b"\n" for one in leaves))
    assert first_fault(audit) == "case.leaves, position 5: the leaf says that it is 6"


def test_a_past_rewritten_with_every_key_is_found_by_a_kept_checkpoint_alone(audit: Audit) -> None:
    leaves = [*audit.leaves["case"]]
    leaves[2] = leaves[2].replace(b'"role":"', b'"role":"x', 1)
    audits.write_log(audit.folder, FENLAND, "case", leaves)
    verify(audit.folder, audit.policy)
    assert "rewritten since" in first_fault(audit, kept=audit.kept)


def test_an_end_cut_off_with_every_key_is_found_by_a_kept_checkpoint_alone(audit: Audit) -> None:
    (audit.folder / "revealed.jsonl").unlink()
    audits.write_log(audit.folder, FENLAND, "case", audit.leaves["case"][:5])
    verify(audit.folder, audit.policy)
    assert "cut off" in first_fault(audit, kept=audit.kept)


def test_a_receipt_finds_that_its_act_is_gone(audit: Audit) -> None:
    receipt = ("mine", audits.receipt(CASE, audit.leaves["case"], 3))
    leaves = [*audit.leaves["case"]]
    leaves[2] = leaves[2].replace(b'"role":"', b'"role":"x', 1)
    audits.write_log(audit.folder, FENLAND, "case", leaves)
    verify(audit.folder, audit.policy)
    assert first_fault(audit, receipts=[receipt]) == "case.leaves, position 3: not the leaf of mine"


def test_one_witness_of_two_is_no_quorum(audit: Audit) -> None:
    note = audits.signed(CASE, audit.leaves["case"], by=audits.WITNESSES[:1])
    (audit.folder / "case.checkpoint").write_bytes(note)
    assert first_fault(audit) == "case.checkpoint: cosigned by north, which is no quorum"


def test_a_log_that_the_policy_names_and_the_export_leaves_out_is_missed(audit: Audit) -> None:
    for path in audit.folder.glob("access.*"):
        path.unlink()
    log = f"hub.example.org/{FENLAND}/access/1"
    assert first_fault(audit) == f"access.checkpoint: it is missing: the policy names the log {log}"
    assert first_fault(audit, kept=audit.kept).endswith(f"does not contain the log {log}")


def test_what_has_another_form_is_said_to_be_wrong_like_any_lie(audit: Audit) -> None:
    """No export, however it was made, ends the verifier without its answer."""
    for line in (
        {"ledger": "case", "position": 3, "field": "x", "salt": 5, "value": "1"},
        {"ledger": [], "position": 3, "field": "x", "status": "erased"},
        {"ledger": "case", "position": True, "field": "x", "status": "withheld"},
        {"ledger": "case", "position": 3, "field": {}, "status": "withheld"},
    ):
        (audit.folder / "revealed.jsonl").write_bytes(audits.line(**line))
        assert first_fault(audit).startswith("revealed.jsonl, line 1")
    (audit.folder / "revealed.jsonl").unlink()
    for value in (b"[" * 100_000, b'{"at":' + b"[" * 5_000 + b"]" * 5_000 + b"}", b"5", b"\xff"):
        leaves = [*audit.leaves["case"]]
        said, kind, _, _ = leaves[2].rsplit(b"\t", 3)
        leaves[2] = b"\t".join((said, kind, value, b"}"))
        audits.write_log(audit.folder, FENLAND, "case", leaves)
        assert first_fault(audit) == "case.leaves, position 3: it does not read as a leaf"


def test_a_policy_that_is_no_text_is_said_to_be_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "policy").write_bytes(b"\xff")
    (tmp_path / "kept").write_bytes(b"")
    assert verifier_main(["--policy", str(tmp_path / "policy"), "--kept", str(tmp_path / "kept")]) == 1
    assert capsys.readouterr().out == "WRONG  policy: not a text\n"


def test_a_field_that_is_called_erased_needs_an_erasure_that_somebody_ordered(audit: Audit) -> None:
    """Orders and completions are facts like others: of a person, by a human."""
    lines = [json.loads(one) for one in (audit.folder / "revealed.jsonl").read_bytes().splitlines()]
    about = [json.loads(leaf)["about"] for leaf in audit.leaves["case"]]
    at, person = next(
        (number, said.removeprefix("person:"))
        for number, one in enumerate(lines)
        if "value" in one
        for said in about[one["position"] - 1]
        if said.startswith("person:")
    )
    lines[at] = {name: lines[at][name] for name in ("ledger", "position", "field")} | {"status": "erased"}
    (audit.folder / "revealed.jsonl").write_bytes(b"".join(audits.line(**one) for one in lines))
    assert "is said to be erased" in first_fault(audit)

    def erasure(kind: str, number: int) -> bytes:
        leaf = audit.leaves["case"][-1]
        said, _, _, _ = leaf.rsplit(b"\t", 3)
        fields = json.dumps({"at": "2025-06-02T10:00:00Z", "person": person}).encode()
        written = said + b'\t,"type":"%b","version":1,"fields":\t%b\t}' % (kind.encode(), fields)
        return audits.moved(written, len(audit.leaves["case"]) + number)

    completed = erasure("erasure-completed", 1)
    audits.write_log(audit.folder, FENLAND, "case", [*audit.leaves["case"], completed])
    assert first_fault(audit).endswith("an erasure that nobody ordered")
    both = [erasure("erasure-ordered", 1), erasure("erasure-completed", 2)]
    audits.write_log(audit.folder, FENLAND, "case", [*audit.leaves["case"], *both])
    report = verify(audit.folder, audit.policy)
    assert (report.erasures, report.erased) == (1, 1)


def test_a_decision_rests_on_nothing_that_came_after_it(audit: Audit) -> None:
    at, leaf = next((n, one) for n, one in enumerate(audit.leaves["case"]) if b'"read":[[' in one)
    said = json.loads(leaf)["decision"]["read"][0][0]
    leaves = [*audit.leaves["case"]]
    leaves[at] = leaf.replace(b'"read":[[%d' % said, b'"read":[[%d' % (at + 1), 1)
    audits.write_log(audit.folder, FENLAND, "case", leaves)
    assert first_fault(audit).startswith(f"case.leaves, position {at + 1}: the record of its decision")


@pytest.mark.parametrize(
    ("fields", "kept_size", "found"),
    [
        ({"size": 20, "authorised_by": ["a", "b"]}, 15, None),
        ({"size": 20, "authorised_by": ["a", "b"]}, 8, None),
        ({"size": 14, "authorised_by": ["a", "b"]}, 15, "longer, than its restoration admits"),
        ({"size": 20, "authorised_by": ["a", "a"]}, 8, "two people did not authorise"),
        ({"size": 5, "authorised_by": ["a", "b"]}, 8, "does not say what was lost"),
    ],
)
def test_a_restoration_opens_an_incarnation_and_admits_what_was_lost(
    audit: Audit, fields: dict[str, object], kept_size: int, found: str | None
) -> None:
    """Of twenty leaves twelve are left; the panel kept a checkpoint of the first incarnation."""
    first = audit.leaves["case"][:20]
    (audit.folder / "revealed.jsonl").unlink()
    kept = [("kept", audits.signed(CASE, first[:kept_size]))]
    said, _, _, _ = first[11].rsplit(b"\t", 3)
    written = json.dumps({"at": "2025-06-02T10:00:00Z", "root": audits.code(bytes(32)), **fields}).encode()
    leaf = said + b'\t,"type":"log-restored","version":1,"fields":\t%b\t}' % written
    second = [*first[:12], audits.moved(leaf, 13).replace(b'{"incarnation":1', b'{"incarnation":2')]
    policy = audits.a_policy(FENLAND, incarnations=2)
    note = audits.signed(CASE, second, incarnation=2)
    audits.write_log(audit.folder, FENLAND, "case", second, note)
    if found is None:
        report = verify(audit.folder, policy, kept=kept)
        assert report.restorations == [f"{CASE}: incarnation 1 ended with 20 leaves, of which 12 are left"]
    else:
        with pytest.raises(Fault, match=found):
            verify(audit.folder, policy, kept=kept)


def test_a_receipt_of_what_a_restoration_lost_says_so_and_one_of_what_is_left_is_still_held_to_it(audit: Audit) -> None:
    """Receipts under a checkpoint that counts more than is left: the root cannot be compared, the leaf can."""
    first = audit.leaves["case"][:20]
    (audit.folder / "revealed.jsonl").unlink()
    said, _, _, _ = first[11].rsplit(b"\t", 3)
    written = json.dumps({"size": 20, "root": audits.code(tree_of(first).root), "authorised_by": ["a", "b"]}).encode()
    restored = said + b'\t,"type":"log-restored","version":1,"fields":\t%b\t}' % written
    restored = audits.moved(restored, 13).replace(b'{"incarnation":1', b'{"incarnation":2')
    policy = audits.a_policy(FENLAND, incarnations=2)
    receipts = [(f"receipt {at}", audits.receipt(CASE, first, at)) for at in (5, 15)]

    def written_with(left: list[bytes]) -> None:
        leaves = [*left, restored]
        audits.write_log(audit.folder, FENLAND, "case", leaves, audits.signed(CASE, leaves, incarnation=2))

    written_with(first[:12])
    report = verify(audit.folder, policy, receipts=receipts)
    assert report.receipts == 1
    assert report.lost == [
        f"receipt 15: position 15 of hub.example.org/{FENLAND}/case/1 was lost, as its restoration says"
    ]
    written_with([*first[:4], first[4].replace(b'"role":"', b'"role":"x', 1), *first[5:12]])
    verify(audit.folder, policy)
    with pytest.raises(Fault, match="position 5: not the leaf of receipt 5"):
        verify(audit.folder, policy, receipts=receipts)


def test_it_runs_as_one_file_with_the_standard_library_alone(audit: Audit, tmp_path: Path) -> None:
    """Isolated: no package that is installed here can be imported."""
    (tmp_path / "policy").write_text(audits.policy_text(FENLAND))
    (tmp_path / "kept").write_bytes(audit.kept[0][1])
    (tmp_path / "receipt").write_bytes(audits.receipt(CASE, audit.leaves["case"], 3))
    copy = tmp_path / "verify.py"
    copy.write_bytes(Path(verifier_file).read_bytes())
    command = [sys.executable, "-I", "-S", str(copy), "audit", "--policy", "policy"]
    more = ["--kept", "kept", "--receipt", "receipt", *(f"--sample={one}" for one in audit.sample)]
    done = subprocess.run([*command, *more], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("HOLDS\n")
    with (audit.folder / "case.leaves").open("ab") as file:
        file.write(b"{}\n")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout.startswith("WRONG  case.leaves, position")
    done = subprocess.run([*command[:-1], "nowhere"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2


RFC_8032 = """
d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a .
e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155
5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b

3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c 72
92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da
085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00
"""
"""The first two vectors of §7.1: key, message, signature."""


@pytest.mark.parametrize("vector", RFC_8032.strip().split("\n\n"))
def test_ed25519_is_that_of_the_rfc(vector: str) -> None:
    public, message, *signature = vector.split()
    assert ed25519_holds(*map(bytes.fromhex, (public, message.strip("."), "".join(signature))))


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200), st.integers(0, 511))
def test_ed25519_takes_what_another_signed_and_nothing_that_was_altered(seed: bytes, message: bytes, bit: int) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = key.public_key().public_bytes_raw(), key.sign(message)
    assert ed25519_holds(public, message, signature)
    altered = bytearray(signature)
    altered[bit // 8] ^= 1 << bit % 8
    assert not ed25519_holds(public, message, bytes(altered))
    assert not ed25519_holds(public, message + b"x", signature)
    assert not ed25519_holds(public, message, signature[:-1])


def test_a_signature_has_one_writing() -> None:
    """With the group's order added to its number it would hold as well."""
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    signature = key.sign(b"x")
    order = 2**252 + 27742317777372353535851937790883648493
    other = signature[:32] + (int.from_bytes(signature[32:], "little") + order).to_bytes(32, "little")
    assert not ed25519_holds(key.public_key().public_bytes_raw(), b"x", other)


@given(st.binary(min_size=32, max_size=32), st.text(max_size=20), st.binary(max_size=50))
def test_the_verifier_commits_as_the_writer_does(salt: bytes, name: str, value: bytes) -> None:
    assert commitment(salt, name, value) == written_commitment(salt, name, value)


def key_of(number: int) -> Key:
    return Secret(f"w{number}", bytes([number] * 32)).witness_key.key


def witness(number: int) -> str:
    return f"witness w{number} {key_of(number).vkey}\n"


THREE = "".join(map(witness, range(3)))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "names no quorum"),
        (f"{THREE}group g 1 w0 w1 w2\nquorum g\n", "two forks"),
        (f"{THREE}quorum w0\n", "two forks"),
        (f"{THREE}group g any w0 w1 w2\nquorum g\n", "two forks"),
        (f"{THREE}group g 4 w0 w1 w2\nquorum g\n", "not a number of members"),
        (f"{THREE}group g 2 w0 w1 w9\nquorum g\n", "named before"),
        (f"{THREE}group g all w0 w1\ngroup h all w0 w2\nquorum g\n", "each in one group"),
        (f"{THREE}{witness(1)}quorum none\n", "there already"),
        (f"{THREE}witness w4 {key_of(1).vkey}\nquorum none\n", "there already"),
        ("witness w0 w0+00000000+AAAA\nquorum none\n", "id that it names"),
        ("quorum none\nquorum none\n", "not a line"),
        ("log\nquorum none\n", "not a line"),
    ],
)
def test_a_policy_that_two_forks_could_meet_or_that_does_not_read_is_refused(text: str, found: str) -> None:
    with pytest.raises(Fault, match=found):
        policy_of(text)


def test_a_quorum_is_met_as_its_groups_say() -> None:
    policy = policy_of(f"# ours\n{THREE}\n group g 2 w0 w1 w2\nquorum g\n")
    assert (policy.met({"w0", "w2"}), policy.met({"w1"}), policy.met(()), policy.least) == (True, False, False, 2)
    assert policy_of("quorum none\n").met(())


def test_while_a_key_is_changed_either_policy_holds() -> None:
    """The log signs by both; who has not heard of the new one is not told that it is wrong."""
    partnership = PartnershipId("fenland")
    origin = origin_of("hub.example.org", CASE, 1)
    new = Secret("hub.example.org", bytes([9] * 32))
    both = (
        audits.signed(CASE, [b"x"], by=())
        + new.log_key(origin).sign(audits.signed(CASE, [b"x"], by=()).partition(b"\n\n")[0] + b"\n").encode()
    )
    for secret in (audits.HUB, new):
        policy = policy_of(f"log {secret.log_key(origin).key.vkey}\nquorum none\n")
        assert verify(None, policy, kept=[("kept", both)]).kept == 1
    assert partnership == FENLAND
