"""What made-up staff did during the months of history: contacts and reviews, noted through the services."""

from datetime import datetime, timedelta
from uuid import UUID

import numpy as np

from backend.access.principal import Principal
from backend.services import applications, clients, contacts, messages, triage
from backend.services.views import Channel
from backend.store.pool import Database

_CHANNELS: tuple[tuple[Channel, float], ...] = (
    ("phone", 0.55),
    ("visit", 0.2),
    ("message", 0.15),
    ("letter", 0.1),
)
_NOTES = {
    True: (
        "Pratade om veckan. Sover bättre.",
        "Stämde av planen, inga ändringar.",
        "Berättade om en jobbig helg. Ny tid på torsdag.",
        "Gick igenom kurvan tillsammans.",
        "Vill fortsätta med två tester om dagen.",
    ),
    False: ("Fick inget svar, försöker i morgon.", "Lämnade meddelande."),
}
_MESSAGES = (
    ("client", 50, "Hej! Kan jag göra kvällstestet lite senare på torsdagar? Jag tränar då."),
    ("clinician", 47, "Hej! Ja, det går bra. Vi tittar på tiderna tillsammans nästa gång."),
    ("client", 5, "Tack. En fråga till: ska jag blåsa även på resdagen?"),
)
"""Made up. The last one waits for an answer."""
_APPLICATION = {
    "name": "Lena Lindgren (påhittad)",
    "born_year": 1979,
    "sex": "woman",
    "phone": "070-000 00 00",
    "referrer": "Vårdcentralen Sjövik",
    "consent": True,
    "goal": "abstinence",
    "words": "Vill ha stöd att hålla mig nykter när jag är ensam på kvällarna.",
    "audit": [4, 2, 3, 2, 1, 0, 3, 1, 0, 4],
    "wakes_at": "06:00",
    "sleeps_at": "22:30",
    "risk_days": [5, 6],
    "can_blow": True,
    "has_phone": True,
}
_LEAST_GAP_DAYS, _MOST_GAP_DAYS = 6, 22
_REVIEWED_SHARE = 0.8


def live_through(db: Database, clinician: Principal, began: datetime, now: datetime, seed: int) -> int:
    """Note contacts every one to three weeks with each client, and recent reviews of most; returns how many."""
    rng = np.random.default_rng([seed, 42])
    made = 0
    for row in triage.triage_list(db, clinician, now=now).rows:
        made += _contacts_with(db, clinician, row.client_id, began, now, rng)
        if rng.random() < _REVIEWED_SHARE:
            reviewed_at = now - timedelta(hours=float(rng.uniform(6, 24 * 12)))
            clients.mark_reviewed(db, clinician, row.client_id, now=max(began, reviewed_at))
    return made


def _contacts_with(
    db: Database,
    clinician: Principal,
    client_id: UUID,
    began: datetime,
    now: datetime,
    rng: np.random.Generator,
) -> int:
    names, weights = zip(*_CHANNELS, strict=True)
    made = 0
    at = began + timedelta(days=float(rng.uniform(1, _MOST_GAP_DAYS)))
    while at < now:
        office_hour = at.replace(
            hour=8 + int(rng.integers(8)), minute=int(rng.integers(12)) * 5, second=0, microsecond=0
        )
        if office_hour < now and office_hour.weekday() < 5:
            channel: Channel = names[int(rng.choice(len(names), p=weights))]
            reached = bool(rng.random() < 0.8)
            note = _NOTES[reached][int(rng.integers(len(_NOTES[reached])))]
            contacts.add(
                db,
                clinician,
                client_id,
                channel,
                reached,
                note,
                office_hour,
                duration_min=int(rng.integers(4, 40)) if reached and channel in {"phone", "visit"} else None,
                outcome="talked" if reached and channel in {"phone", "visit"} else None,
                now=office_hour,
            )
            made += 1
        at += timedelta(days=float(rng.uniform(_LEAST_GAP_DAYS, _MOST_GAP_DAYS)))
    return made


def open_desk(db: Database, clinician: Principal, client: Principal, now: datetime) -> None:
    """A short thread with the presented client, and an application that waits for a decision."""
    assert client.client_id is not None, "a client's login names the client"
    for who, hours_ago, body in _MESSAGES:
        messages.send(
            db,
            client if who == "client" else clinician,
            client.client_id,
            body,
            now=now - timedelta(hours=hours_ago),
        )
    applications.submit_by_staff(db, clinician, _APPLICATION, "paper", now=now - timedelta(hours=3))
