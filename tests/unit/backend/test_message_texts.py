"""Every message in every language: nothing that tells a bystander what it is about, and nothing about a person."""

import itertools
import json
import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from uuid import UUID

import pytest

from backend.access.principal import Language
from backend.notify import texts
from backend.notify.channel import Message
from backend.notify.email import Email, SmtpServer
from backend.notify.texts import Subject
from backend.notify.webhook import body_of
from backend.services.notices import SUBJECT_KINDS, TIERS

NOW = datetime(2026, 3, 2, 11, tzinfo=UTC)
ID = UUID("7f0c8a52-0b5e-4d51-9a5f-2f3f5e0f7a11")
LINK = f"https://vard.example/n/{ID}"
LANGUAGES: tuple[Language, ...] = ("sv", "en")
# Stems; what the platform is about, whom it is for, and what it is called.
FORBIDDEN = re.compile(
    r"nykter|sober|alko|alco|drick|drink|drack|drank|promille|permille|brac|blås|blow|breath|utandning|\btest|prov\b"
    r"|beroende|missbruk|addict|abuse|återfall|relapse|lapse|risk|positiv|diagnos|vård|care|behandl|treat|klient|client"
    r"|patient|klinik|clinic|audit|kurva|hälsa|health|anna|bo\b|k-01|socialtj",
    re.IGNORECASE,
)
ONES: list[tuple[tuple[Subject, int], ...]] = [
    ((kind, tier),) for kind, tier in itertools.product(SUBJECT_KINDS, TIERS)
]
PAIRS: list[tuple[tuple[Subject, int], ...]] = [
    (first[0], second[0]) for first, second in itertools.product(ONES, ONES)
]


def messages() -> list[texts.Text]:
    told = [texts.told(language, things, LINK) for language in LANGUAGES for things in (*ONES, *PAIRS)]
    return told + [texts.code(language, "123456", 30) for language in LANGUAGES]


def of(text: texts.Text) -> Message:
    return Message(ID, ID, "person@mail.example", "notices", 1, 1, text.subject, text.body, LINK)


@pytest.mark.requirement("I2", "H12")
def test_no_message_tells_what_it_is_about() -> None:
    found = messages()
    assert len(found) > 800
    for text in found:
        said = f"{text.subject} {text.body}".replace(LINK, "")
        assert not FORBIDDEN.search(said), said


def test_a_whole_mail_with_its_headers_tells_nothing_either() -> None:
    email = Email(SmtpServer("h", 25, "none", None, "Meddelande <no-reply@post.example>"))
    for text in messages():
        raw = email.mail_of(of(text), now=NOW).as_bytes()
        parsed = message_from_bytes(raw, policy=policy.default)
        body = parsed.get_content()
        assert isinstance(body, str)
        said = " ".join([*map(str, parsed.values()), *parsed.keys(), body]).replace(LINK, "")
        assert not FORBIDDEN.search(said), said
        assert "=?" not in str(parsed["subject"])


def test_a_webhooks_body_holds_identifiers_and_the_neutral_text_only() -> None:
    for text in messages():
        said = json.loads(body_of(of(text)))
        assert set(said) == {"id", "kind", "tier", "count", "text", "link"}
        assert not FORBIDDEN.search(json.dumps(said, ensure_ascii=False).replace(LINK, ""))


def test_only_the_codes_message_holds_digits_beside_counts_and_the_link() -> None:
    for language, things in itertools.product(LANGUAGES, ONES):
        assert not re.search(r"\d", texts.told(language, things, LINK).body.replace(LINK, ""))


@pytest.mark.parametrize("language", LANGUAGES)
def test_several_things_make_one_message_that_counts_them(language: Language) -> None:
    text = texts.told(language, [("alert", 2), ("message", 3), ("report", 3)], LINK)
    assert text.body.startswith("3 ")
    assert text.body.endswith(LINK)
    assert texts.told(language, [("alert", 1), ("message", 3)], LINK).subject != text.subject


def test_a_message_fits_two_text_messages() -> None:
    # 153 characters of the seven-bit alphabet each (3GPP TS 23.038); å, ä and ö are in it
    assert max(len(text.body) for text in messages()) <= 2 * 153
