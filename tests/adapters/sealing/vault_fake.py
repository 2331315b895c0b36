"""A fake of HashiCorp Vault's transit engine, served on loopback: true to the protocol as far as the hub uses it.

Written from Vault's API documentation and the rules that its source states (`path_keys_config.go`, `path_trim.go`,
`path_encrypt.go`, `path_decrypt.go`, `path_rewrap.go`). It covers: tokens, a sealed server, making, reading, rotating,
configuring and trimming a key of type aes256-gcm96, and batches of encrypt, decrypt and rewrap with the error of each
item. It does not cover: policies, derived and convergent keys, nonces and associated data, single items, audit, leases,
replication and TLS. It is a fake: nothing here shows that a real Vault does the same.
"""

import base64
import json
import re
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TOO_OLD = "ciphertext or signature version is disallowed by policy (too old)"


class Refused(Exception):  # noqa: N818 - an answer
    """Answered with 400 and these words."""


class Key:
    """A key with its versions."""

    def __init__(self) -> None:
        self.versions = {1: secrets.token_bytes(32)}
        self.min_decryption, self.min_encryption, self.min_available = 1, 0, 0
        self.exportable = self.allow_plaintext_backup = False

    @property
    def latest(self) -> int:
        return max(self.versions)

    def told(self) -> dict[str, Any]:
        return {
            "type": "aes256-gcm96",
            "latest_version": self.latest,
            "min_decryption_version": self.min_decryption,
            "min_encryption_version": self.min_encryption,
            "min_available_version": self.min_available,
            "exportable": self.exportable,
            "allow_plaintext_backup": self.allow_plaintext_backup,
            "derived": False,
            "deletion_allowed": False,
            "keys": {str(one): 1_700_000_000 for one in self.versions if one >= self.min_decryption},
        }

    def config(self, body: dict[str, Any]) -> None:
        decryption = body.get("min_decryption_version", self.min_decryption) or 1
        encryption = body.get("min_encryption_version", self.min_encryption)
        if decryption > self.latest:
            raise Refused(f"cannot set min decryption version of {decryption}, latest key version is {self.latest}")
        if encryption > self.latest:
            raise Refused(f"cannot set min encryption version of {encryption}, latest key version is {self.latest}")
        if 0 < encryption < decryption:
            raise Refused(
                "cannot set min encryption/decryption values; min encryption version must be greater or equal"
            )
        if self.min_available > encryption:
            raise Refused("min encryption version should not be less than min available version")
        if self.min_available > decryption:
            raise Refused("min decryption version should not be less then min available version")
        self.min_decryption, self.min_encryption = decryption, encryption

    def trim(self, body: dict[str, Any]) -> None:
        if "min_available_version" not in body:
            raise Refused("missing min_available_version")
        least = body["min_available_version"]
        if least < self.min_available:
            raise Refused("minimum available version cannot be decremented")
        if self.min_encryption == 0:
            raise Refused("minimum available version cannot be set when minimum encryption version is not set")
        if least > self.min_encryption:
            raise Refused("minimum available version cannot be greater than minmum encryption version")
        if least > self.min_decryption:
            raise Refused("minimum available version cannot be greater than minimum decryption version")
        if least <= 0:
            raise Refused("minimum available version should be positive")
        self.min_available = least
        self.versions = {number: key for number, key in self.versions.items() if number >= least}

    def encrypt(self, item: dict[str, str]) -> dict[str, Any]:
        nonce = secrets.token_bytes(12)
        box = nonce + AESGCM(self.versions[self.latest]).encrypt(nonce, base64.b64decode(item["plaintext"]), b"")
        return {
            "ciphertext": f"vault:v{self.latest}:{base64.b64encode(box).decode()}",
            "key_version": self.latest,
        }

    def decrypt(self, item: dict[str, str]) -> dict[str, Any]:
        found = re.fullmatch(r"vault:v(\d+):(.+)", item.get("ciphertext", ""))
        if found is None:
            raise Refused("invalid ciphertext: no prefix")
        version, box = int(found[1]), base64.b64decode(found[2])
        if version > self.latest:
            raise Refused("invalid ciphertext: version is too new")
        if version < self.min_decryption:
            raise Refused(TOO_OLD)
        try:
            plain = AESGCM(self.versions[version]).decrypt(box[:12], box[12:], b"")
        except InvalidTag:
            raise Refused("cipher: message authentication failed") from None
        return {"plaintext": base64.b64encode(plain).decode()}

    def rewrap(self, item: dict[str, str]) -> dict[str, Any]:
        return self.encrypt(self.decrypt(item))


class Vault:
    """The engine, what it was asked, and how it can fail."""

    def __init__(self) -> None:
        self.keys: dict[str, Key] = {}
        self.token = f"hvs.{secrets.token_hex(12)}"
        self.sealed = False
        self.asked: Counter[str] = Counter()
        self.before: Callable[[str], None] = lambda _act: None
        """Called before something is done, such as to have something else happen first."""
        self._alone = threading.RLock()
        self.address = ""

    def answer(self, method: str, path: str, token: str, body: dict[str, Any]) -> tuple[int, object]:
        if token != self.token:
            return 403, {"errors": ["2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"]}
        found = re.fullmatch(r"/v1/transit/(keys|encrypt|decrypt|rewrap)/([\w-]+)(?:/(rotate|config|trim))?", path)
        if found is None:
            return 404, {"errors": [f'no handler for route "{path}". route entry not found.']}
        act = found[3] or (found[1] if found[1] != "keys" else ("read" if method == "GET" else "make"))
        self.before(act)
        if self.sealed:
            return 503, {"errors": ["Vault is sealed"]}
        with self._alone:
            self.asked[act] += 1
            return self._done(act, found[2], body)

    def _done(self, act: str, name: str, body: dict[str, Any]) -> tuple[int, object]:
        if act == "make":
            self.keys.setdefault(name, Key())
        key = self.keys.get(name)
        if key is None:
            return (404, {"errors": []}) if act == "read" else (400, {"errors": ["encryption key not found"]})
        if act in {"encrypt", "decrypt", "rewrap"}:
            return self._each(getattr(key, act), body)
        try:
            if act == "rotate":
                key.versions[key.latest + 1] = secrets.token_bytes(32)
            elif act in {"config", "trim"}:
                getattr(key, act)(body)
        except Refused as refused:
            return 400, {"errors": [str(refused)]}
        return 200, {"data": key.told()}

    def _each(self, act: Callable[[dict[str, str]], dict[str, Any]], body: dict[str, Any]) -> tuple[int, object]:
        if not body.get("batch_input"):
            return 400, {"errors": ["missing batch input to process"]}
        results: list[dict[str, Any]] = []
        for item in body["batch_input"]:
            try:
                results.append(act(item))
            except Refused as refused:
                results.append({"error": str(refused)})
        return 400 if any("error" in one for one in results) else 200, {"data": {"batch_results": results}}


@contextmanager
def served() -> Iterator[Vault]:
    """A fake that answers for as long as this is open."""
    vault = Vault()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = json.loads(self.rfile.read(length) or b"{}")
            status, answer = vault.answer(self.command, self.path, self.headers.get("X-Vault-Token", ""), body)
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_PUT = do_GET  # noqa: N815 - http.server's names

        def log_message(self, *_: object) -> None:
            """Nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        running = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        running.start()
        vault.address = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield vault
        finally:
            server.shutdown()
            running.join()
