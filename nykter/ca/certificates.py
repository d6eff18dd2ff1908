"""Certificates and the revocation list as values: keys and instants in, signed documents out. Nothing is written here.

All keys are P-256 (ECDSA with SHA-256): small, and known to every TLS library a broker or a gateway may run on.
"""

import ipaddress
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from nykter.errors import NykterError

AUTHORITY_LIFE: Final = timedelta(days=3650)
SERVER_LIFE: Final = timedelta(days=365)
CLIENT_LIFE: Final = timedelta(days=180)
"""A gateway may be away for weeks and must still be let in when it returns (assumption: at most two months)."""
BACKDATED: Final = timedelta(minutes=10)
"""Certificates begin this much before they are made: the other machine's clock may be a little behind."""
LONGEST_NAME: Final = 64
"""ub-common-name, RFC 5280 appendix A."""

Key = ec.EllipticCurvePrivateKey


class Use(StrEnum):
    """What a certificate is for."""

    SERVER = "server"
    CLIENT = "client"


def new_key() -> Key:
    """A fresh P-256 key."""
    return ec.generate_private_key(ec.SECP256R1())


def authority_certificate(key: Key, name: str, *, now: datetime) -> x509.Certificate:
    """The authority's own certificate, signed by itself; it may sign no further authority."""
    subject = _subject(name)
    return (
        _begun(subject, subject, key.public_key(), x509.random_serial_number(), now, now + AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def signed_certificate(
    authority: x509.Certificate,
    authority_key: Key,
    public_key: ec.EllipticCurvePublicKey,
    name: str,
    use: Use,
    *,
    hosts: Sequence[str] = (),
    now: datetime,
) -> x509.Certificate:
    """A certificate for one server or client; it never outlives the authority. Raises NykterError for a name too long.

    `hosts`: the names and addresses a server answers under.
    """
    life = SERVER_LIFE if use is Use.SERVER else CLIENT_LIFE
    ends_at = min(now + life, authority.not_valid_after_utc)
    purpose = ExtendedKeyUsageOID.SERVER_AUTH if use is Use.SERVER else ExtendedKeyUsageOID.CLIENT_AUTH
    issuer_key = authority_key.public_key()
    builder = (
        _begun(_subject(name), authority.subject, public_key, x509.random_serial_number(), now, ends_at)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
    )
    if hosts:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([_host(h) for h in hosts]), critical=False
        )
    return builder.sign(authority_key, hashes.SHA256())


def revocation_list(
    authority: x509.Certificate, authority_key: Key, revoked: Iterable[tuple[int, datetime]], *, now: datetime
) -> x509.CertificateRevocationList:
    """The list of serial numbers no longer trusted. It holds as long as the authority itself.

    OpenSSL lets nobody in once a list has run out. Short lists guard against somebody who withholds a newer one; ours
    is a file beside the broker, where that somebody could as well change the broker's settings.
    """
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.subject)
        .last_update(now - BACKDATED)
        .next_update(authority.not_valid_after_utc)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False
        )
        .add_extension(x509.CRLNumber(int(now.timestamp() * 1000)), critical=False)
    )
    for serial, at in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at).build()
        builder = builder.add_revoked_certificate(entry)
    return builder.sign(authority_key, hashes.SHA256())


def requested_key(pem: str) -> ec.EllipticCurvePublicKey:
    """The public key of a certificate request whose signature holds. Whatever else it asks for is not looked at.

    Raises NykterError for anything that is no such request, or asks for another kind of key.
    """
    try:
        request = x509.load_pem_x509_csr(pem.encode())
        holds, key = request.is_signature_valid, request.public_key()
    except (ValueError, TypeError, x509.UnsupportedGeneralNameType) as error:
        raise NykterError("not a certificate request") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise NykterError("a certificate request must be for a P-256 key")
    if not holds:
        raise NykterError("the certificate request's signature does not hold")
    return key


def is_due(certificate: x509.Certificate, *, now: datetime) -> bool:
    """Whether a certificate should be renewed: a third of its life or less is left."""
    life = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    return certificate.not_valid_after_utc - now <= life / 3


def _begun(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    serial: int,
    now: datetime,
    ends_at: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(serial)
        .not_valid_before(now - BACKDATED)
        .not_valid_after(ends_at)
    )


def _subject(name: str) -> x509.Name:
    if not 1 <= len(name) <= LONGEST_NAME:
        raise NykterError(f"A certificate's name has 1 to {LONGEST_NAME} characters; {name!r} does not.")
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _host(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, key_cert_sign=signs_certificates, crl_sign=signs_certificates,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip
