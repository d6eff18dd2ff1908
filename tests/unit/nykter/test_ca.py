"""The deployment's own authority: its folder, its certificates, its list, its command."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from nykter.ca.authority import Authority
from nykter.ca.certificates import CLIENT_LIFE, Use, is_due, requested_key
from nykter.cli import main
from nykter.errors import NykterError

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
NAME = "testkommun.gw-1"


def test_a_key_with_a_passphrase_opens_with_that_one_only(tmp_path: Path) -> None:
    Authority.create(tmp_path / "ca", "Test", "rätt ord", now=NOW)
    assert b"ENCRYPTED" in (tmp_path / "ca" / "ca.key").read_bytes()
    assert Authority(tmp_path / "ca", "rätt ord").issued() == []
    for wrong in (None, "fel ord"):
        with pytest.raises(NykterError, match="does not open"):
            Authority(tmp_path / "ca", wrong)


def test_an_authority_is_never_replaced_and_never_read_when_open_to_others(tmp_path: Path) -> None:
    Authority.create(tmp_path / "ca", "Test", now=NOW)
    with pytest.raises(NykterError, match="already"):
        Authority.create(tmp_path / "ca", "Test", now=NOW)
    (tmp_path / "ca" / "ca.key").chmod(0o644)
    with pytest.raises(NykterError, match="chmod 600"):
        Authority(tmp_path / "ca")


def test_a_certificate_is_due_when_a_third_of_its_life_is_left(tmp_path: Path) -> None:
    authority = Authority.create(tmp_path / "ca", "Test", now=NOW)
    pem, _ = authority.issue(NAME, Use.CLIENT, now=NOW)
    certificate = x509.load_pem_x509_certificate(pem.encode())
    assert not is_due(certificate, now=NOW + CLIENT_LIFE / 2)
    assert is_due(certificate, now=NOW + CLIENT_LIFE * 2 / 3 + timedelta(days=1))


def test_the_list_names_what_was_revoked_and_the_rights_go_with_it(tmp_path: Path) -> None:
    authority = Authority.create(tmp_path / "ca", "Test", now=NOW)
    pem, _ = authority.issue(NAME, Use.CLIENT, now=NOW)
    acl = authority.broker_folder / "acl"
    assert "topic write nykter/v1/testkommun/gw-1/reading" in acl.read_text()
    assert authority.revoke(NAME, now=NOW) == 1
    assert authority.revoke(NAME, now=NOW) == 0
    crl = x509.load_pem_x509_crl((authority.broker_folder / "crl.pem").read_bytes())
    serial = x509.load_pem_x509_certificate(pem.encode()).serial_number
    assert crl.get_revoked_certificate_by_serial_number(serial) is not None
    assert crl.next_update_utc == authority.certificate.not_valid_after_utc
    assert NAME not in acl.read_text()


def test_rights_end_with_the_last_certificate_in_force(tmp_path: Path) -> None:
    authority = Authority.create(tmp_path / "ca", "Test", now=NOW)
    authority.issue(NAME, Use.CLIENT, now=NOW)
    authority.issue(NAME, Use.CLIENT, now=NOW + CLIENT_LIFE / 2)
    authority.refresh(now=NOW + CLIENT_LIFE)
    assert NAME in (authority.broker_folder / "acl").read_text()
    authority.refresh(now=NOW + CLIENT_LIFE * 2)
    assert NAME not in (authority.broker_folder / "acl").read_text()


@pytest.mark.parametrize(
    "text", ["", "nonsense", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----"]
)
def test_what_is_no_request_is_refused_in_words(text: str) -> None:
    with pytest.raises(NykterError, match="not a certificate request"):
        requested_key(text)


def test_a_name_that_no_certificate_can_hold_is_refused_in_words(tmp_path: Path) -> None:
    authority = Authority.create(tmp_path / "ca", "Test", now=NOW)
    with pytest.raises(NykterError, match="1 to 64 characters"):
        authority.issue("t" * 40 + "." + "d" * 40, Use.CLIENT, now=NOW)


def test_the_command_makes_issues_shows_and_revokes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = ["--folder", str(tmp_path / "ca")], tmp_path / "out"
    assert main(["ca", "init", *folder]) == 0
    assert (
        main(["ca", "issue", *folder, "--server", "broker.example.org", "192.0.2.7", "--out", str(out)]) == 0
    )
    assert main(["ca", "issue", *folder, "--client", NAME, "--out", str(out)]) == 1
    assert main(["ca", "issue", *folder, "--client", NAME, "--out", str(out / "gw")]) == 0
    assert (out / "gw" / "key.pem").stat().st_mode & 0o777 == 0o600
    names = x509.load_pem_x509_certificate((out / "certificate.pem").read_bytes()).extensions
    said = names.get_extension_for_class(x509.SubjectAlternativeName).value
    assert said.get_values_for_type(x509.DNSName) == ["broker.example.org"]
    assert main(["ca", "revoke", *folder, "--name", NAME]) == 0
    assert main(["ca", "revoke", *folder, "--name", NAME]) == 1
    assert main(["ca", "crl", *folder]) == 0
    capsys.readouterr()
    assert main(["ca", "show", *folder]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[1].startswith("broker.example.org") and shown[1].endswith("in force")
    assert shown[2].startswith(NAME) and shown[2].endswith("revoked")
    assert len(json.loads((tmp_path / "ca" / "issued.json").read_text())) == 2
