"""Which passwords may be set."""

import pytest

from backend.services.password_rules import LEAST_LENGTH, LONGEST, PasswordRefused, require_good

OWN = ("anna.andersson", "Anna Andersson", "Provkommun", "Öppenvården")


def why(password: str) -> str:
    with pytest.raises(PasswordRefused) as refused:
        require_good(password, OWN)
    return refused.value.why


@pytest.mark.parametrize(
    "password",
    [
        "korrekt häst batteri",
        "kaffe och bullar på torsdag",
        "x7Kp-2vQz_w",
        "        blanksteg i mängd",
        "ord utan versaler",
        "🦔🌲🚲 en igelkott cyklar",
        "lång " * 40,
    ],
)
def test_words_that_do_not_belong_together_and_any_characters_will_do(password: str) -> None:
    require_good(password, OWN)


@pytest.mark.parametrize(
    "password",
    ["password12", "Losenord123", "sommar2026!", "Vinter2025!", "p@ssw0rd2024", "qwertyuiop12", "1234567890",
     "hejhejhejhejhej", "aaaaaaaaaaaaaaaaaa", "abcdefghijklmnop", "fotboll2026"],
)  # fmt: skip
@pytest.mark.requirement("D5")
def test_what_is_tried_first_is_refused_also_in_disguise(password: str) -> None:
    assert why(password) == "common"


@pytest.mark.parametrize(
    "password", ["AnnaAndersson1987", "annaandersson1", "Provkommun2026", "Nykter2026!!", "öppenvården!1"]
)
def test_ones_own_names_are_refused(password: str) -> None:
    assert why(password) == "own"


@pytest.mark.requirement("D5")
def test_length_is_asked_for_and_bounded() -> None:
    assert why("x7Kp-2vQz"[: LEAST_LENGTH - 1]) == "short"
    assert why("å" * (LONGEST + 1)) == "long"
