"""Receipts as gateways get them."""

from backend.ingest.receipts import MAX_ENTRIES, Answer, ReceiptSigner
from backend.store.gateways import Gateway
from contracts.envelope import key_id_of
from contracts.receipt import Verdict
from contracts.topics import Kind
from tests.support.messages import NOW, MadeUpGateway, gateways, read_receipt

SIGNER = ReceiptSigner(b"\x07" * 32)


def answer(
    made: MadeUpGateway, sequence: int, verdict: Verdict = Verdict.STORED, reason: str | None = None
) -> Answer:
    gateway = Gateway(
        made.device_id, made.tenant_id, made.client_id, made.public_key, key_id_of(made.public_key), None
    )
    return Answer(gateway, made.boot_id, sequence, bytes(32), verdict, reason)


def test_each_gateway_gets_one_receipt_for_a_batch_on_its_own_topic() -> None:
    one, two = gateways(2)
    sent = dict(SIGNER.receipts([answer(one, 1), answer(two, 1), answer(one, 2)], now=NOW))
    assert set(sent) == {one.topic(Kind.RECEIPT), two.topic(Kind.RECEIPT)}
    receipt = read_receipt(sent[one.topic(Kind.RECEIPT)], SIGNER.public_key)
    assert receipt.device_id == one.device_id
    assert receipt.received_at == NOW
    assert [entry.sequence for entry in receipt.entries] == [1, 2]


def test_a_refusal_says_why() -> None:
    ((_, payload),) = SIGNER.receipts([answer(MadeUpGateway(), 9, Verdict.REFUSED, "clock_far_off")], now=NOW)
    (entry,) = read_receipt(payload, SIGNER.public_key).entries
    assert (entry.verdict, entry.reason) == (Verdict.REFUSED, "clock_far_off")


def test_a_large_batch_is_spread_over_receipts_that_fit_the_contract() -> None:
    made = MadeUpGateway()
    number = 2 * MAX_ENTRIES + 1
    sent = list(SIGNER.receipts([answer(made, i) for i in range(1, number + 1)], now=NOW))
    read = [read_receipt(payload, SIGNER.public_key) for _, payload in sent]
    assert [len(receipt.entries) for receipt in read] == [MAX_ENTRIES, MAX_ENTRIES, 1]
    assert [entry.sequence for receipt in read for entry in receipt.entries] == list(range(1, number + 1))
