# Copyright: (c) 2026, modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real kube-apiserver with an etcd of its own on loopback, and nothing else: no nodes, no controllers.

The programs are those that the local cluster builds. ``make cluster`` builds them when they are missing.
"""

from __future__ import annotations

import contextlib
import hashlib
import subprocess
import time
from pathlib import Path

import certificates
import go_programs
import urllib3
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from ports import free_port

ROOT = Path(__file__).resolve().parents[2]
BUILT_FROM = ("scripts/build_go.sh", "roles/local_cluster/files/go/go.mod", "roles/local_cluster/files/go/go.sum")
ADMIN, READER = "admin-token", "reader-token"
START_SECONDS = 180.0


def programs() -> Path:
    """The folder that the local cluster keeps its programs in; its name is the hash of what they are built from."""
    text = "".join((ROOT / name).read_text(encoding="utf-8").rstrip() for name in BUILT_FROM)
    return go_programs.CACHE / hashlib.sha256(text.encode()).hexdigest()[:12]


class RealApi:
    """A context manager. ``host`` is its URL, ``ca_file`` what its certificate is signed by; tokens are above."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.ca_file = folder / "ca.crt"
        self.host = ""
        self._started: list[subprocess.Popen] = []

    def __enter__(self) -> RealApi:
        try:
            store = self._start_etcd()
            self._start_apiserver(store)
            self._wait_until_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_exception) -> None:
        for process in reversed(self._started):
            process.terminate()
        for process in reversed(self._started):
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()

    def _start_etcd(self) -> str:
        client, peer = free_port(), free_port()
        url, peer_url = f"http://127.0.0.1:{client}", f"http://127.0.0.1:{peer}"
        self._start(
            "etcd",
            f"--data-dir={self.folder / 'etcd'}",
            f"--listen-client-urls={url}",
            f"--advertise-client-urls={url}",
            f"--listen-peer-urls={peer_url}",
            f"--initial-advertise-peer-urls={peer_url}",
            f"--initial-cluster=default={peer_url}",
            "--unsafe-no-fsync",
        )
        return url

    def _start_apiserver(self, store: str) -> None:
        port = free_port()
        self.host = f"https://127.0.0.1:{port}"
        self._write_credentials()
        self._start(
            programs() / "kube-apiserver",
            f"--etcd-servers={store}",
            "--bind-address=127.0.0.1",
            f"--secure-port={port}",
            f"--tls-cert-file={self.folder / 'tls.crt'}",
            f"--tls-private-key-file={self.folder / 'tls.key'}",
            f"--token-auth-file={self.folder / 'tokens.csv'}",
            "--authorization-mode=RBAC",
            # Pods may be made without the controller that makes ServiceAccounts.
            "--disable-admission-plugins=ServiceAccount",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={self.folder / 'accounts.key'}",
            f"--service-account-signing-key-file={self.folder / 'accounts.key'}",
            "--service-cluster-ip-range=10.0.0.0/16",
            # Two watches of one second each must be able to end as such.
            "--min-request-timeout=1",
        )

    def _write_credentials(self) -> None:
        certificate, key = certificates.make()
        self.ca_file.write_bytes(certificates.AUTHORITY)
        (self.folder / "tls.crt").write_bytes(certificate)
        (self.folder / "tls.key").write_bytes(key)
        accounts = ec.generate_private_key(ec.SECP256R1())
        pem = accounts.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        (self.folder / "accounts.key").write_bytes(pem)
        tokens = f'{ADMIN},admin,admin,"system:masters"\n{READER},reader,reader\n'
        (self.folder / "tokens.csv").write_text(tokens, encoding="utf-8")
        for name in ("tls.key", "accounts.key", "tokens.csv"):
            (self.folder / name).chmod(0o600)

    def _start(self, program: str | Path, *arguments: str) -> None:
        with open(self.folder / f"{Path(program).name}.log", "wb") as log:
            command = ["nice", "-n", "5", str(program), *arguments]
            self._started.append(subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL))

    def _wait_until_ready(self) -> None:
        pool = urllib3.PoolManager(ca_certs=str(self.ca_file), retries=False)
        headers = {"Authorization": f"Bearer {ADMIN}"}
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            self._check_alive()
            with contextlib.suppress(urllib3.exceptions.HTTPError):
                if pool.request("GET", f"{self.host}/readyz", headers=headers).status == 200:
                    return
            time.sleep(0.2)
        raise RuntimeError(f"the API server was not ready after {START_SECONDS:.0f} s: {self._last_words()}")

    def _check_alive(self) -> None:
        for process in self._started:
            if process.poll() is not None:
                raise RuntimeError(f"{process.args[3]} ended with {process.returncode}: {self._last_words()}")

    def _last_words(self) -> str:
        logs = sorted(self.folder.glob("*.log"))
        return " | ".join(f"{log.name}: {log.read_text(errors='replace')[-600:]}" for log in logs)
