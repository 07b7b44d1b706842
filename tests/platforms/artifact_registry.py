# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A registry as Artifact Registry is one: Debian's docker-registry, which takes only who has a token for what is done.

Who gives the tokens is a stand-in of Google's: it takes the names of gcloud's helper and of an access token's user,
with an access token that lives, and lets them do what they ask for in one repository. The registry looks at its
signature.
"""

from __future__ import annotations

import base64
import ctypes
import datetime
import http.client
import json
import os
import secrets
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import yaml
from cluster import ROOT
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from ports import free_port

SERVICE, ISSUER, REPOSITORY = "registry", "tokens.example", "example-project/models"
USERS = ("_dcgcloud_token", "oauth2accesstoken")
CLONE_NEWNET = 0x40000000


def packaged(program: str) -> str:
    """The path of a program of the Debian package of its name."""
    script = ["bash", ROOT / "tests/scripts/packaged.sh", program, program]
    return subprocess.run(script, check=True, capture_output=True, text=True).stdout.strip()


def part(data: bytes) -> str:
    """One of the three parts of a token."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class Signer:
    """Signs what a login may do, with a key whose certificate the registry trusts."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, ISSUER)])
        now = datetime.datetime.now(datetime.UTC)
        unsigned = x509.CertificateBuilder(name, name, self._key.public_key(), x509.random_serial_number())
        day = datetime.timedelta(days=1)
        unsigned = unsigned.not_valid_before(now - day).not_valid_after(now + day)
        self.certificate = unsigned.sign(self._key, hashes.SHA256())

    def token(self, access: list[dict]) -> str:
        der = self.certificate.public_bytes(serialization.Encoding.DER)
        header = {"typ": "JWT", "alg": "RS256", "x5c": [base64.b64encode(der).decode()]}
        now = int(time.time())
        times = {"iat": now, "nbf": now - 10, "exp": now + 300}
        claims = {"iss": ISSUER, "aud": SERVICE, "sub": "", "jti": secrets.token_hex(8), "access": access, **times}
        signed = f"{part(json.dumps(header).encode())}.{part(json.dumps(claims).encode())}"
        return f"{signed}.{part(self._key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def asked_for(scope: str) -> dict:
    """``scope``: repository:NAME:ACTION,ACTION"""
    kind, _colon, rest = scope.partition(":")
    name, _colon, actions = rest.rpartition(":")
    return {"type": kind, "name": name, "actions": actions.split(",")}


class Logins:
    """Where a registry's clients get their tokens. ``refused``: logins whose access token was not taken."""

    def __init__(self, google, tokens) -> None:
        self.signer, self.refused = Signer(), 0

        def answer(request) -> None:
            user, _colon, password = (
                base64.b64decode((request.headers.get("Authorization") or "").removeprefix("Basic "))
                .decode()
                .partition(":")
            )
            if user not in USERS or not tokens.live(f"Bearer {password}"):
                self.refused += 1
                request.reply(401, json.dumps({"errors": [{"code": "UNAUTHORIZED", "message": "bad credentials"}]}))
                return
            asked = parse_qs(urlsplit(request.path).query)
            assert asked["service"] == [SERVICE], asked
            access = [asked_for(scope) for scope in asked.get("scope", [])]
            access = [entry for entry in access if entry["name"].startswith(f"{REPOSITORY}/")]
            request.reply(200, json.dumps({"token": self.signer.token(access)}))

        # Who asks by OAuth2's way first asks by this one then.
        def absent(request) -> None:
            request.body()
            request.reply(404, "no such page")

        self.server = google.serve(type("Logins", (google.Handler,), {"do_GET": answer, "do_POST": absent}))
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/v2/token"


class Registry:
    """``host``: as images name it. ``pushed``: the manifests that were put there, one line each."""

    def __init__(self, folder: Path, logins: Logins) -> None:
        self.port, self._log = free_port(), folder / "registry.log"
        self.host, self._logins = f"127.0.0.1:{self.port}", logins
        trusted = folder / "trusted.pem"
        trusted.write_bytes(logins.signer.certificate.public_bytes(serialization.Encoding.PEM))
        token = {"realm": logins.url, "service": SERVICE, "issuer": ISSUER, "rootcertbundle": str(trusted)}
        configuration = {
            "version": 0.1,
            "storage": {"filesystem": {"rootdirectory": str(folder / "blobs")}},
            "http": {"addr": self.host},
            "auth": {"token": token},
        }
        (folder / "registry.yml").write_text(yaml.safe_dump(configuration))
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [packaged("docker-registry"), "serve", folder / "registry.yml"], stdout=log, stderr=log
            )
        self._wait()

    def _wait(self) -> None:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            try:
                return socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.1)
        raise AssertionError(self._log.read_text())

    @property
    def pushed(self) -> list[str]:
        lines = self._log.read_text().splitlines()
        return [line for line in lines if '"PUT /v2/' in line and "/manifests/" in line]

    def digest(self, name: str, tag: str) -> str:
        """What the registry itself says."""
        repository = f"{REPOSITORY}/{name}"
        token = self._logins.signer.token([{"type": "repository", "name": repository, "actions": ["pull"]}])
        accepted = "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {"Authorization": f"Bearer {token}", "Accept": accepted}
        connection.request("HEAD", f"/v2/{repository}/manifests/{tag}", headers=headers)
        answer = connection.getresponse()
        assert answer.status == 200, answer.status
        return answer.headers["Docker-Content-Digest"]

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)


def process_of_containerd(sockets: Path) -> str:
    """The number of the process that a node's containerd is."""
    configured = f"--config={sockets}/containerd.toml".encode()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if words[0].endswith(b"containerd") and configured in words:
            return process.name
    raise AssertionError(f"{sockets} has no containerd: run make cluster")


def listening_in(namespace: str, port: int) -> socket.socket:
    """A socket that listens on 127.0.0.1 of the network namespace of that process."""
    made: list[socket.socket] = []

    def make() -> None:
        # Of this thread alone, which ends with it. Its sockets stay where they were made.
        with open(f"/proc/{namespace}/ns/net") as handle:
            if ctypes.CDLL(None, use_errno=True).setns(handle.fileno(), CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        made.append(socket.create_server(("127.0.0.1", port)))

    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    return made[0]


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        source.close()
        target.close()


@contextmanager
def reachable_from(process: str, *ports: int) -> Iterator[None]:
    """These ports of 127.0.0.1 are the same where that process runs: images are named by them."""
    listening = [listening_in(process, port) for port in ports]

    def serve(server: socket.socket, port: int) -> None:
        while True:
            try:
                client = server.accept()[0]
            except OSError:
                return
            own = socket.create_connection(("127.0.0.1", port))
            for pair in ((client, own), (own, client)):
                threading.Thread(target=_copy, args=pair, daemon=True).start()

    for server, port in zip(listening, ports, strict=True):
        threading.Thread(target=serve, args=(server, port), daemon=True).start()
    try:
        yield
    finally:
        for server in listening:
            server.shutdown(socket.SHUT_RDWR)
            server.close()
