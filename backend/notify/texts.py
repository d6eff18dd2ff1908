"""What messages say. Anybody may see a telephone's lit screen or an inbox.

So: no name, no diagnosis, nothing about alcohol, tests or treatment, and not the platform's own name either, which says
enough in Swedish (compliance reference I2).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from backend.access.principal import Language

Subject = Literal["alert", "system_alert", "message", "reminder", "report", "handover"]


@dataclass(frozen=True, slots=True)
class Text:
    """A message without its link."""

    subject: str
    body: str


_SUBJECT: Mapping[Language, str] = {"sv": "Något väntar på dig", "en": "Something is waiting for you"}
_URGENT: Mapping[Language, str] = {"sv": "Något behöver dig nu", "en": "Something needs you now"}

_ONE: Mapping[Language, Mapping[tuple[Subject, int], str]] = {
    "sv": {
        ("alert", 1): "Något behöver dig nu.",
        ("alert", 2): "Något behöver dig idag.",
        ("alert", 3): "Det finns något att titta på när du har tid.",
        ("alert", 4): "En teknisk sak behöver ses över.",
        ("system_alert", 1): "Driften behöver dig nu.",
        ("system_alert", 2): "Driften behöver ses över idag.",
        ("system_alert", 3): "Det finns något om driften att titta på.",
        ("system_alert", 4): "En teknisk sak i driften behöver ses över.",
    },
    "en": {
        ("alert", 1): "Something needs you now.",
        ("alert", 2): "Something needs you today.",
        ("alert", 3): "There is something to look at when you have time.",
        ("alert", 4): "A technical matter needs a look.",
        ("system_alert", 1): "The service needs you now.",
        ("system_alert", 2): "The service needs a look today.",
        ("system_alert", 3): "There is something about the service to look at.",
        ("system_alert", 4): "A technical matter of the service needs a look.",
    },
}
_ONE_OF_ANY_TIER: Mapping[Language, Mapping[Subject, str]] = {
    "sv": {
        "message": "Du har fått ett meddelande.",
        "reminder": "En påminnelse: du har något inplanerat.",
        "report": "En sammanställning är klar.",
        "handover": "Något i din arbetsfördelning har ändrats.",
    },
    "en": {
        "message": "You have a message.",
        "reminder": "A reminder: you have something planned.",
        "report": "A summary is ready.",
        "handover": "Something in how your work is shared has changed.",
    },
}
_SEVERAL: Mapping[Language, str] = {
    "sv": "{count} saker väntar på dig.",
    "en": "{count} things are waiting for you.",
}
_SEVERAL_URGENT: Mapping[Language, str] = {
    "sv": "{count} saker väntar på dig. Minst en behöver dig nu.",
    "en": "{count} things are waiting for you. At least one needs you now.",
}
_SIGN_IN: Mapping[Language, str] = {"sv": "Logga in för att se:", "en": "Sign in to see it:"}
_CODE_SUBJECT: Mapping[Language, str] = {"sv": "Din kod", "en": "Your code"}
_CODE: Mapping[Language, str] = {
    "sv": "Din kod är {code}. Den gäller i {minutes} minuter. Har du inte bett om den kan du bortse från detta.",
    "en": "Your code is {code}. It is valid for {minutes} minutes. If you did not ask for it, ignore this.",
}


def told(language: Language, things: Collection[tuple[Subject, int]], link: str) -> Text:
    """The message about one thing or several, each given as (subject kind, tier). Raises ValueError for none."""
    urgent = any(tier == 1 for _, tier in things)
    if len(things) == 1:
        [(subject, tier)] = things
        body = _ONE_OF_ANY_TIER[language].get(subject) or _ONE[language][subject, tier]
    elif things:
        body = (_SEVERAL_URGENT if urgent else _SEVERAL)[language].format(count=len(things))
    else:
        raise ValueError("a message tells of something")
    heading = (_URGENT if urgent else _SUBJECT)[language]
    return Text(heading, f"{body} {_SIGN_IN[language]} {link}")


def code(language: Language, digits: str, minutes: int) -> Text:
    """The message that confirms a contact point."""
    return Text(_CODE_SUBJECT[language], _CODE[language].format(code=digits, minutes=minutes))
