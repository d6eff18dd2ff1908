"""Which passwords may be set: long enough, and not among those that are tried first. No rules of composition.

Source: OWASP ASVS 5.0 6.2 (at least 8 characters, 15 advised; compared with at least the 3,000 most common; no rules
about kinds of characters; no changing by the calendar). We ask for 10. The list of common passwords is zxcvbn's (30,000
from public breaches, with its dictionaries of names and words), and ours of Swedish ones. zxcvbn also sees through
the usual disguises: a year or an exclamation mark at the end, digits for letters, keyboard rows.
"""

import re
from collections.abc import Iterable
from typing import Final

from backend.errors import BackendError

LEAST_LENGTH: Final = 10
ADVISED_LENGTH: Final = 15
LONGEST: Final = 200
LEAST_GUESSES: Final = 1e8
"""Guesses, as zxcvbn estimates them, that a password must withstand; its own name for it is "safely unguessable"."""
_LETTERS_OF_ONES_OWN: Final = 6
_LOOKED_AT: Final = 72
"""Characters that are judged: the estimate's time grows with the square of the length."""

_SWEDISH_WORDS: Final = """
losenord lösenord hemligt hemlis välkommen valkommen hejsan hejhej hejhejhej sommar vinter vintern sommaren hösten
höst host våren januari februari mars april maj juni juli augusti september oktober november december måndag tisdag
onsdag torsdag fredag lördag söndag sverige svensk stockholm göteborg goteborg malmö malmo uppsala skåne skane
norrland fotboll hockey hammarby djurgården djurgarden aik ifkgöteborg leksand frölunda frolunda färjestad brynäs
modo zlatan älskling alskling älskar alskar sötnos gumman gubben mamma pappa mormor farmor morfar farfar hund katt
hästen häst volvo saab ikea abba blomma solsken stjärna regnbåge kärlek karlek familjen sjukhus sjukhuset vården
varden vardcentral vårdcentral mottagning mottagningen kommun kommunen region regionen socialtjänst socialtjansten
beroende beroendevård öppenvård oppenvard behandlare klient alkohol nykterhet nykter alkomätare alkometer patient
journal anställd admin administratör inloggning byt bytmig andramig kaffe fika midsommar jultomten julafton semester
"""
_SWEDISH: Final = tuple(_SWEDISH_WORDS.split())


class PasswordRefused(BackendError):
    """This password cannot be used."""

    status = 422

    def __init__(self, why: str) -> None:
        super().__init__()
        self.why = why
        """`short`, `long`, `common`, or `own` for one made of the person's own name."""


def require_good(password: str, own_words: Iterable[str] = ()) -> None:
    """Raise PasswordRefused for a password that is too short, too long, or guessed early.

    `own_words`: what a guesser would try first here: username, names, unit, tenant.
    """
    if len(password) < LEAST_LENGTH:
        raise PasswordRefused("short")
    if len(password) > LONGEST:
        raise PasswordRefused("long")
    from zxcvbn import zxcvbn

    own = {part for word in ("nykter", *own_words) for part in _parts(word)}
    if _is_mostly(password.lower(), own):
        raise PasswordRefused("own")
    judged = zxcvbn(password[:_LOOKED_AT], user_inputs=[*sorted(own), *_SWEDISH], max_length=_LOOKED_AT)
    if judged["guesses"] >= LEAST_GUESSES:
        return
    seen = {str(match.get("matched_word", "")) for match in judged["sequence"]}
    raise PasswordRefused("own" if seen & own else "common")


def _is_mostly(password: str, own: set[str]) -> bool:
    """Whether little is left of it when these words, digits and punctuation are taken away."""
    left = password
    for word in sorted(own, key=len, reverse=True):
        left = left.replace(word, "")
    return left != password and sum(letter.isalpha() for letter in left) < _LETTERS_OF_ONES_OWN


def _parts(word: str) -> set[str]:
    whole = word.lower().strip()
    return {part for part in (whole, *re.split(r"[^\w]+|_", whole)) if len(part) > 2}
