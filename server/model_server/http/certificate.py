# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The server's certificate and key: checked at the start, and reloaded when their files change."""

from __future__ import annotations

import logging
import ssl
from pathlib import Path

LOGGER = logging.getLogger("model_server")
CERTIFICATE, KEY = "SERVER_TLS_CERTIFICATE_FILE", "SERVER_TLS_KEY_FILE"


class CertificateError(Exception):
    """A certificate or key that cannot be used; the message names the variable, the file and the reason."""


class Certificate:
    """The certificate of new connections. Open connections keep the one they began with.

    :param certificate_file: the certificate, and those of the authorities between it and a root, as PEM.
    :param key_file: its private key, as PEM and not encrypted.
    :ivar context: for the next connection.
    :ivar pem: the certificate and the key that it was made of.
    :raises CertificateError: they cannot be used.
    """

    def __init__(self, certificate_file: str, key_file: str):
        self.files = {CERTIFICATE: Path(certificate_file), KEY: Path(key_file)}
        self.seen = self._fingerprint()  # taken before the files are read, so that no later change is missed
        self.context = self._load()

    def refresh(self) -> None:
        """Reload the files if they changed. Files that do not fit together change nothing: one may be written first."""
        now = self._fingerprint()
        if now == self.seen:
            return
        self.seen = now
        try:
            self.context = self._load()
        except CertificateError as error:
            LOGGER.error("the changed certificate is not used: %s", error)
        else:
            LOGGER.info("certificate reloaded")

    def _fingerprint(self) -> list[tuple[int, int, int] | None]:
        """Inode, size and time of both files, through the links of a mounted secret: they show a change."""
        found: list[tuple[int, int, int] | None] = []
        for path in self.files.values():
            try:
                status = path.stat()
                found.append((status.st_ino, status.st_size, status.st_mtime_ns))
            except OSError:
                found.append(None)
        return found

    def _load(self) -> ssl.SSLContext:
        certificate = self._check(CERTIFICATE, "certificate", b"-----BEGIN CERTIFICATE-----")
        key = self._check(KEY, "private key", b"PRIVATE KEY-----")
        if b"ENCRYPTED" in key:
            raise CertificateError(f"{KEY}={self.files[KEY]}: the key is encrypted; the server cannot decrypt it")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.options |= ssl.OP_NO_RENEGOTIATION  # a client could keep the server busy with it
        context.set_alpn_protocols(["http/1.1"])
        try:
            context.load_cert_chain(self.files[CERTIFICATE], self.files[KEY])
        except ssl.SSLError as error:
            if error.reason == "KEY_VALUES_MISMATCH":
                raise CertificateError(f"{KEY}={self.files[KEY]}: not the key of {self.files[CERTIFICATE]}") from error
            raise CertificateError(f"{CERTIFICATE} or {KEY}: OpenSSL cannot use it: {error}") from error
        except OSError as error:
            raise CertificateError(f"{CERTIFICATE} or {KEY}: {error}") from error
        self.pem = certificate, key
        return context

    def _check(self, variable: str, what: str, mark: bytes) -> bytes:
        path = self.files[variable]
        try:
            data = path.read_bytes()
        except OSError as error:
            raise CertificateError(f"{variable}={path}: {error.strerror}") from error
        if mark not in data:
            raise CertificateError(f"{variable}={path}: holds no {what} as PEM")
        return data
