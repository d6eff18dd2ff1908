from pathlib import Path

import pytest
from nacl.signing import SigningKey

from contracts.envelope import open_envelope
from contracts.receipt import Receipt
from contracts.topics import Kind
from device_gateway.errors import KeyFileError, ReceiptError
from device_gateway.signing import ReceiptVerifier, create_key, load_key
from tests.support.contract_examples import BACKEND_KEY, example
from tests.support.receipts import sealed_receipt

PUBLIC = bytes(BACKEND_KEY.verify_key)


def test_a_made_key_is_private_and_can_be_read_again(tmp_path: Path) -> None:
    made = create_key(tmp_path / "keys" / "gateway.key")
    assert (tmp_path / "keys" / "gateway.key").stat().st_mode & 0o777 == 0o600
    read = load_key(tmp_path / "keys" / "gateway.key")
    assert (read.key_id, read.public_key) == (made.key_id, made.public_key)
    sealed = read.seal(Kind.STATUS, b'{"a":1}')
    assert made.sealed_by_us(Kind.STATUS, open_envelope(sealed))
    assert not made.sealed_by_us(Kind.READING, open_envelope(sealed))


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    create_key(tmp_path / "key")
    with pytest.raises(KeyFileError, match="never replaced"):
        create_key(tmp_path / "key")


def test_a_key_open_to_others_is_refused(tmp_path: Path) -> None:
    create_key(tmp_path / "key")
    (tmp_path / "key").chmod(0o640)
    with pytest.raises(KeyFileError, match="open to others"):
        load_key(tmp_path / "key")


@pytest.mark.parametrize("content", [b"", b"zz" * 32, b"00" * 31, b"\xff\xfe"])
def test_what_is_no_key_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(KeyFileError):
        load_key(path)


def test_a_missing_key_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="enrol"):
        load_key(tmp_path / "key")


def test_the_backends_receipt_is_opened() -> None:
    receipt = ReceiptVerifier([PUBLIC], "gw-example-1").open(example("receipt-1.mixed.sealed").raw)
    assert len(receipt.entries) == 2


def test_receipts_of_others_are_refused() -> None:
    raw = example("receipt-1.mixed.sealed").raw
    with pytest.raises(ReceiptError, match="another gateway"):
        ReceiptVerifier([PUBLIC], "gw-other-1").open(raw)
    with pytest.raises(ReceiptError, match="unknown key"):
        ReceiptVerifier([bytes(SigningKey.generate().verify_key)], "gw-example-1").open(raw)


def test_a_changed_receipt_is_refused() -> None:
    raw = example("receipt-1.mixed.sealed").raw.replace(b'"refused"', b'"stored" ')
    with pytest.raises(ReceiptError, match="wrong signature"):
        ReceiptVerifier([PUBLIC], "gw-example-1").open(raw)


@pytest.mark.parametrize("raw", [b"", b"{}", b"\x00" * 200, b'{"body":{}'])
def test_noise_is_no_receipt(raw: bytes) -> None:
    with pytest.raises(ReceiptError):
        ReceiptVerifier([PUBLIC], "gw-example-1").open(raw)


def test_both_keys_count_while_the_backend_changes_them() -> None:
    new = SigningKey.generate()
    receipt = Receipt.read(example("receipt-1.mixed").raw).value
    verifier = ReceiptVerifier([PUBLIC, bytes(new.verify_key)], "gw-example-1")
    assert verifier.open(sealed_receipt(receipt, new)) == verifier.open(sealed_receipt(receipt, BACKEND_KEY))
