# Copyright (c) modelops.serving contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Certificates for a server on 127.0.0.1, laid out as Kubernetes mounts a secret, and clients that trust them."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

NOW = datetime.now(UTC)
AUTHORITY_KEY = ec.generate_private_key(ec.SECP256R1())
# What an authority's key is for.
SIGNS = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def called(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])


def certificate(
    name: str,
    public_key: ec.EllipticCurvePublicKey,
    extension: x509.ExtensionType,
    key: ec.EllipticCurvePrivateKey = AUTHORITY_KEY,
    by: str = "authority",
) -> bytes:
    """A certificate that the authority signed, as PEM: with all that Python 3.13 asks for, which is strict."""
    ca = isinstance(extension, x509.BasicConstraints)
    builder = (
        x509.CertificateBuilder(called(by), called(name), public_key, x509.random_serial_number())
        .not_valid_before(NOW - timedelta(hours=1))
        .not_valid_after(NOW + timedelta(days=1))
        .add_extension(extension, critical=ca)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
    )
    if ca:
        builder = builder.add_extension(SIGNS, critical=True)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def authority(name: str, key: ec.EllipticCurvePrivateKey) -> bytes:
    """An authority's own certificate, as PEM."""
    return certificate(name, key.public_key(), x509.BasicConstraints(ca=True, path_length=0), key, name)


AUTHORITY = authority("authority", AUTHORITY_KEY)


def make(password: bytes = b"", host: str = "") -> tuple[bytes, bytes]:
    """A certificate for ``host``, or else for 127.0.0.1, and its key, both as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    name = x509.DNSName(host) if host else x509.IPAddress(ip_address("127.0.0.1"))
    names = x509.SubjectAlternativeName([name])
    return certificate("model-api", key.public_key(), names), key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, encryption
    )


def another_authority() -> bytes:
    """The certificate of an authority that signed nothing here, as PEM."""
    return authority("another authority", ec.generate_private_key(ec.SECP256R1()))


class Secret:
    """A mounted secret of type kubernetes.io/tls: its files are links through `..data`, which is swapped as one.

    :ivar settings: the server's.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self.number = 0
        self.trusted = ssl.create_default_context(cadata=AUTHORITY.decode())
        (folder / "ca.crt").write_bytes(AUTHORITY)
        self.write(*make())
        for name in ("tls.crt", "tls.key"):
            (folder / name).symlink_to(Path("..data") / name)
        self.settings = {
            "SERVER_TLS_CERTIFICATE_FILE": str(folder / "tls.crt"),
            "SERVER_TLS_KEY_FILE": str(folder / "tls.key"),
        }

    def write(self, certificate: bytes, key: bytes) -> None:
        """Put other files in place as the kubelet does."""
        self.number += 1
        data = self.folder / f"..{self.number}"
        data.mkdir()
        (data / "tls.crt").write_bytes(certificate)
        (data / "tls.key").write_bytes(key)
        (self.folder / "..new").symlink_to(data.name)
        (self.folder / "..new").rename(self.folder / "..data")
