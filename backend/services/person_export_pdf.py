"""The readable part of a person's export: what matters most, in words, newest first."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from backend.services.pdf_pages import Pages
from backend.services.person_export_words import SECTION_WORDS
from backend.store.pool import Row

SHOWN: Final = 200
"""Rows of one kind in the PDF; all of them are in the tables beside it."""

Language = Literal["sv", "en"]
Line = Callable[[Row, "Teller"], str]


class Teller:
    """How values are told in one language and zone."""

    def __init__(self, language: Language, zone: ZoneInfo) -> None:
        self.language, self._zone = language, zone

    def at(self, instant: datetime | None) -> str:
        """An instant in the person's local time; a dash for none."""
        return "–" if instant is None else f"{instant.astimezone(self._zone):%Y-%m-%d %H:%M}"

    def say(self, sv: str, en: str) -> str:
        """One of two wordings."""
        return sv if self.language == "sv" else en

    def word(self, key: Any) -> str:
        """One of the platform's own states in words; what has none stands as it is."""
        found = _WORDS.get(str(key))
        return str(key) if found is None else found[0 if self.language == "sv" else 1]

    def number(self, value: Any) -> str:
        """A number with the language's decimal mark."""
        return str(value).replace(".", ",") if self.language == "sv" else str(value)


def readable_pdf(found: Mapping[str, list[Row]], language: Language, zone: ZoneInfo, now: datetime) -> bytes:
    """The PDF. Sections without rows say so where their absence is an answer (who has looked, what was disclosed)."""
    teller = Teller(language, zone)
    [person] = found["person"]
    title = teller.say("Mina uppgifter", "My data")
    pages = Pages(title, f"{person['alias']} · {teller.at(now)}", language, now.astimezone(zone))
    pages.heading(title)
    for told in _opening(person, teller, zone, now):
        pages.line_of_text(told)
    for name, line in _LINES.items():
        rows = found[name]
        words = SECTION_WORDS[name]
        pages.heading(teller.say(words.sv, words.en))
        for row in rows[: -SHOWN - 1 : -1]:
            pages.line_of_text(line(row, teller))
        if len(rows) > SHOWN:
            more = len(rows) - SHOWN
            pages.line_of_text(
                teller.say(
                    f"… och {more} äldre; alla står i csv/{name}.csv",
                    f"… and {more} older ones; all of them are in csv/{name}.csv",
                )
            )
        if not rows:
            pages.line_of_text(teller.say("Inget.", "None."))
    return pages.finished()


def _opening(person: Row, teller: Teller, zone: ZoneInfo, now: datetime) -> tuple[str, ...]:
    return (
        teller.say(
            f"Allt som finns lagrat om {person['alias']} hos {person['responsible']}, {person['unit']}. "
            f"Framtaget {teller.at(now)} ({zone.key}).",
            f"Everything stored about {person['alias']} at {person['responsible']}, {person['unit']}. "
            f"Made {teller.at(now)} ({zone.key}).",
        ),
        teller.say(
            "Det här är det viktigaste i ord. Allt, med mätarens egna uppgifter, finns i filerna bredvid. Promille är "
            "beräknad ur mg/L (faktor 2,0). Tecken som inte kan visas här står som ?.",
            "This is what matters most, in words. All of it, with the device's own data, is in the files beside this "
            "one. Permille is computed from mg/L (factor 2.0). Characters that cannot be shown here stand as ?.",
        ),
    )


def _plan(row: Row, t: Teller) -> str:
    rules = ", ".join(f"{name} {t.number(value)}" for name, value in sorted(row["rules"].items()))
    until = t.at(row["valid_to"]) if row["valid_to"] else t.say("tills vidare", "until further notice")
    return f"{t.at(row['valid_from'])} – {until}: {row['reason']}. {rules}"


def _reading(row: Row, t: Teller) -> str:
    if row["brac_mg_per_l"] is None:
        return f"{t.at(row['measured_at'])}  {t.word('incomplete')}"
    permille = f"{t.number(row['permille_computed'])} ‰ {t.say('beräknat', 'computed')}"
    value = f"{t.number(row['brac_mg_per_l'])} mg/L ({permille})"
    return f"{t.at(row['measured_at'])}  {value}  {t.word(row['state'] or '')}"


def _check_in(row: Row, t: Teller) -> str:
    drank = {True: "drank", False: "did_not_drink", None: "not_asked"}[row["drank"]]
    return f"{t.at(row['answered_at'])}  {t.word(drank)}{'. ' + row['comment'] if row['comment'] else ''}"


def _score(row: Row, t: Teller) -> str:
    when = f"{t.at(row['decided_at'])}  {row['horizon_hours']} h"
    if row["probability"] is None:
        return f"{when}  {t.word(row['coverage'])}  ({row['model_version']})"
    reasons = "; ".join(str(one.get(t.language, "")) for one in row["reasons"])
    share = t.number(f"{row['probability']:.2f}")
    return f"{when}  {share}  {reasons}  ({row['model_version']})"


def _signal(row: Row, t: Teller) -> str:
    told = " ".join(str(one.get(t.language, "")) for one in row["evidence"])
    end = f" {t.word(row['close_reason'])}: {row['close_note'] or ''}" if row["closed_at"] else ""
    return f"{t.at(row['opened_at'])}  {t.word(row['kind'])}. {told}{end}"


def _contact(row: Row, t: Teller) -> str:
    reached = t.say("nådd", "reached") if row["reached"] else t.say("inte nådd", "not reached")
    return (
        f"{t.at(row['happened_at'])}  {t.word(row['channel'])}, {reached}, {row['by'] or '–'}: {row['note']}"
    )


def _message(row: Row, t: Teller) -> str:
    who = t.say("du", "you") if row["from_client"] else row["by"]
    return f"{t.at(row['sent_at'])}  {who}: {row['body']}"


def _journal(row: Row, t: Teller) -> str:
    by = (
        f"{row['signed_by']} {t.at(row['signed_at'])}"
        if row["signed_at"]
        else t.say("underlag, inte signerat", "a basis, not signed")
    )
    return f"{row['since']} – {row['until']} ({by}): {row['body']}"


def _consent(row: Row, t: Teller) -> str:
    ended = f", {t.say('återkallat', 'withdrawn')} {t.at(row['withdrawn_at'])}" if row["withdrawn_at"] else ""
    return f"{t.at(row['given_at'])}  {row['purpose']}, {t.say('till', 'to')} {row['recipient']}{ended}"


def _disclosure(row: Row, t: Teller) -> str:
    what = ", ".join(t.word(one) for one in row["what"])
    masked = (
        f" ({t.say('utan', 'without')} {', '.join(t.word(one) for one in row['masked'])})"
        if row["masked"]
        else ""
    )
    ground = t.word(row["legal_ground"])
    to = f"{t.say('till', 'to')} {row['recipient']}"
    return f"{t.at(row['disclosed_at'])}  {what}{masked} {to}. {ground}: {row['words']} ({row['decided_by']})"


def _asked(row: Row, t: Teller) -> str:
    answer = f" {t.word(row['state'])}: {row['decision']}" if row["decided_at"] else f" {t.word('open')}"
    return f"{t.at(row['asked_at'])}  {row['says']}{answer}"


def _may_see(row: Row, t: Teller) -> str:
    until = t.at(row["to_at"]) if row["to_at"] else t.say("tills vidare", "until further notice")
    return f"{t.word(row['role'])}, {row['unit'] or '–'}: {t.at(row['from_at'])} – {until}"


def _told(row: Row, t: Teller) -> str:
    channels = ", ".join(t.word(one) for one in row["channels"] or ())
    return f"{t.at(row['due_at'])}  {t.word(row['to_role'])}, {t.word(row['subject_kind'])}  {channels}"


def _looked(row: Row, t: Teller) -> str:
    return f"{t.at(row['at'])}  {t.word(row['role'])}, {row['unit'] or '–'}: {row['action']}"


_LINES: Final[Mapping[str, Line]] = {
    "plans": _plan,
    "readings": _reading,
    "check_ins": _check_in,
    "signals": _signal,
    "scores": _score,
    "contacts": _contact,
    "messages": _message,
    "journal_texts": _journal,
    "consents": _consent,
    "disclosures": _disclosure,
    "correction_requests": _asked,
    "erasure_requests": _asked,
    "who_may_see": _may_see,
    "who_was_told": _told,
    "who_has_looked": _looked,
}
_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "ok": ("under gränsen", "below the limit"),
    "trace": ("spår", "trace"),
    "positive_pending": ("positivt, nytt test väntas", "positive, a retest is awaited"),
    "positive_confirmed": ("positivt, bekräftat", "positive, confirmed"),
    "positive_unconfirmed": ("positivt, inte bekräftat", "positive, not confirmed"),
    "abnormal_confirmation": (
        "det nya testet stämde inte med det första",
        "the retest did not fit the first",
    ),
    "incomplete": ("inget resultat", "no result"),
    "drank": ("har druckit", "had been drinking"),
    "did_not_drink": ("har inte druckit", "had not been drinking"),
    "not_asked": ("ingen uppgift om drickande", "drinking not told"),
    "too_little": ("för lite uppgifter", "too little data"),
    "phone": ("telefon", "phone"),
    "visit": ("besök", "visit"),
    "letter": ("brev", "letter"),
    "message": ("meddelande", "message"),
    "safety_answer": ("svar som kräver omtanke om säkerheten", "an answer that asks for safety"),
    "help_asked": ("du bad om kontakt", "you asked to be contacted"),
    "confirmed_positive": ("bekräftat positivt test", "confirmed positive test"),
    "unconfirmed_positive": ("positivt test som inte bekräftats", "unconfirmed positive test"),
    "identity_mismatch": ("någon annan på bilden", "somebody else on the picture"),
    "testing_stopped": ("testen har upphört", "testing has stopped"),
    "worsening_risk": ("kan behöva ett samtal", "may need a talk"),
    "missed_tests": ("missade test", "missed tests"),
    "lost_contact": ("ingen kontakt med utrustningen", "no contact with the equipment"),
    "equipment": ("utrustning", "equipment"),
    "contacted": ("kontaktad", "contacted"),
    "wait": ("avvaktar", "waiting"),
    "technical": ("tekniskt fel", "technical fault"),
    "not_relevant": ("inte relevant", "not relevant"),
    "clinician": ("behandlare", "clinician"),
    "manager": ("enhetschef", "unit manager"),
    "operator": ("teknisk support", "technical support"),
    "researcher": ("forskare", "researcher"),
    "client": ("du själv", "you"),
    "system": ("plattformen", "the platform"),
    "alert": ("signal", "signal"),
    "page": ("sidan", "page"),
    "email": ("e-post", "e-mail"),
    "consent": ("samtycke", "consent"),
    "client_asked": ("på din begäran", "at your request"),
    "law_requires": ("skyldighet i lag", "required by law"),
    "harm_test": ("sekretessprövning", "harm test"),
    "within_care": ("inom vården", "within care"),
    "supervision": ("tillsyn", "supervision"),
    "open": ("inte avgjort än", "not decided yet"),
    "accepted": ("rättat", "corrected"),
    "noted": ("antecknat", "noted"),
    "granted": ("raderat", "erased"),
    "refused": ("avslag", "refused"),
}
