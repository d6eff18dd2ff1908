"""What a client's own pages say about who did what: "who has looked", without names."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.services.access_extract import Vocabulary
from backend.services.views import AccessEntry
from dashboard import formats, words
from dashboard.contexts.page import Moment, moment
from dashboard.language import N_, Language

SHOWN_LOOKS = 200
"""Lines of "who has looked" on the page."""
ACTIONS: dict[str, str] = {
    "triage_list": N_("looked through the list of clients"),
    "alert_explained": N_("looked up why a signal rang"),
    "alert_list": N_("looked through the open signals"),
    "client_overview": N_("opened your page"),
    "client_series": N_("looked at your graph"),
    "opened_free_text": N_("read what you wrote"),
    "printed": N_("printed your page"),
    "exported": N_("took out your data as a file"),
    "exported_for_research": N_("took out your course for research, without your name"),
    "exported_everything": N_("took out everything that is stored about you"),
    "rights_opened": N_("opened the register of consents, disclosures and requests"),
    "consent_recorded": N_("noted a consent of yours"),
    "consent_withdrawn": N_("noted that you withdrew a consent"),
    "disclosed": N_("disclosed data about you, as the register says"),
    "correction_asked": N_("asked for a correction"),
    "correction_decided": N_("decided about a correction"),
    "erasure_asked": N_("asked for erasure"),
    "erasure_decided": N_("decided about erasure"),
    "deletion_proposed": N_("proposed that your record be removed"),
    "deletion_approved": N_("approved that your record be removed"),
    "deletion_withdrawn": N_("took back that your record be removed"),
    "help_asked": N_("asked the clinic to get in touch"),
    "reach_opened": N_("looked at how to reach you"),
    "reach_changed": N_("changed the number and the way to reach you"),
    "marked_reviewed": N_("went through your course"),
    "contact_added": N_("noted a contact with you"),
    "alert_seen": N_("saw a signal about you"),
    "alert_snoozed": N_("put a signal about you off"),
    "alert_taken_up": N_("took a signal about you up again"),
    "alert_acting": N_("took on a signal about you"),
    "alert_closed": N_("closed a signal about you"),
    "check_in": N_("sent a check-in"),
    "commented": N_("wrote about a test or a day"),
    "plan_set": N_("set your plan"),
    "life_event_added": N_("noted medication or an event"),
    "life_event_withdrawn": N_("took back a noted event"),
    "care_relations": N_("looked at who may see you"),
    "care_assigned": N_("decided that a clinician follows you"),
    "care_handed_over": N_("handed you over to another clinician"),
    "care_ended": N_("decided that a clinician no longer follows you"),
    "cover_arranged": N_("let a colleague look after you during leave"),
    "cover_ended": N_("ended a colleague's time of looking after you"),
    "contact_planned": N_("planned the next contact with you"),
    "contact_corrected": N_("corrected a note about a contact"),
    "contacts_opened": N_("read the notes about contacts"),
    "message_sent": N_("sent a message"),
    "messages_opened": N_("opened the messages"),
    "messages_read": N_("read your messages"),
    "message_list": N_("looked through who waits for an answer"),
    "application_typed": N_("typed in the application"),
    "application_opened": N_("opened the application"),
    "application_list": N_("looked through the applications"),
    "application_completed": N_("completed the application"),
    "application_decided": N_("decided on the application"),
    "journal_drafted": N_("had a text for the record drafted"),
    "journal_edited": N_("edited a text for the record"),
    "journal_opened": N_("opened texts for the record"),
    "journal_printed": N_("took out a text for the record as a file"),
    "journal_signed": N_("signed a text for the record"),
    "plan_history": N_("looked at your plans"),
    "plan_proposed": N_("proposed a plan to you"),
    "plan_agreed": N_("agreed to a plan"),
    "plan_proposal_closed": N_("closed a proposed plan"),
    "pauses": N_("looked at your pauses"),
    "pause_requested": N_("entered or asked for a pause"),
    "pause_decided": N_("decided about a pause"),
    "pause_ended": N_("ended a pause"),
    "excuses": N_("looked at your excused tests"),
    "phone_link_made": N_("made a link that lets your phone in"),
    "phones": N_("looked at your phones"),
    "phone_ended": N_("closed a phone of yours"),
    "excused": N_("excused a test"),
    "excuse_withdrawn": N_("took back an excuse"),
    "test_ordered": N_("asked you for a test"),
    "form_asked": N_("asked you to fill in a form"),
    "form_saved": N_("saved a form you answered"),
    "form_withdrawn": N_("marked a form of yours as typed in wrongly"),
    "forms_opened": N_("looked at your forms"),
    "ledger": N_("looked at your planned tests"),
    "access_log": N_("looked at this list"),
    "access_log_exported": N_("took out this list as a file"),
    "emergency_opened": N_("opened your record in an emergency"),
    "emergency_ended": N_("ended an emergency access"),
    "emergency_reviewed": N_("reviewed an emergency access"),
    "block_set": N_("kept other units out"),
    "block_lifted": N_("let other units in again"),
    "blocks_opened": N_("looked at what you keep from other units"),
    "identity_protected": N_("hid your name in lists"),
    "identity_shown": N_("let your name stand in lists"),
    "relatives": N_("looked at what you share with relatives"),
    "relative_invited": N_("invited a relative"),
    "relative_accepted": N_("accepted your invitation"),
    "relative_ended": N_("ended a relative's access"),
    "sharing_given": N_("shared something with a relative"),
    "sharing_ended": N_("stopped sharing something with a relative"),
    "shared_with_relative": N_("looked at what you share"),
    "identity_photos": N_("looked through the pictures at your tests"),
    "identity_photo_seen": N_("looked at a picture at a test of yours"),
    "identity_photo_judged": N_("judged who is on a picture at a test of yours"),
    "recall_searched": N_("looked up who has breathalyzers of a certain kind"),
    "recall_taken_out": N_("took out a list of readings made with breathalyzers of a certain kind"),
    "equipment": N_("looked at your equipment"),
    "gateway_code_issued": N_("made a code to connect a gateway of yours"),
    "gateway_code_withdrawn": N_("withdrew a code to connect a gateway"),
    "gateway_enrolled": N_("connected a gateway of yours"),
    "gateway_key_changed": N_("changed your gateway's key"),
    "gateway_certificate_renewed": N_("renewed your gateway's certificate"),
    "gateway_revoked": N_("revoked a gateway of yours"),
    "breathalyzer_paired": N_("noted a breathalyzer as yours"),
    "breathalyzer_unpaired": N_("noted that a breathalyzer is no longer yours"),
    "opened_dead_letter": N_("looked at the form of a message from your gateway that could not be stored"),
    "replayed_dead_letter": N_("tried again to store a message from your gateway"),
    "released_from_quarantine": N_("stored a message from your gateway with its time corrected"),
    "holds_opened": N_("looked at whether anything about you must be kept"),
    "hold_placed": N_("decided that nothing about you is removed for the time being"),
    "hold_lifted": N_("ended the decision that nothing about you is removed"),
    "set_dead_letter_aside": N_("set aside a message from your gateway that could not be stored"),
}


@dataclass(frozen=True, slots=True)
class Look:
    """One line of "who has looked": the same act by the same role on the same day stands once, with its number."""

    at: Moment
    who: str
    what: str
    times: int


def looks_of(entries: Sequence[AccessEntry], now: datetime, tz: str, lang: Language) -> tuple[Look, ...]:
    """Who has looked, newest first, a day's repetitions counted."""
    newest_first = sorted(entries, key=lambda e: e.at, reverse=True)
    told: dict[tuple[object, ...], list[AccessEntry]] = {}
    for entry in newest_first:
        key = (
            formats.local_day(entry.at, tz),
            entry.unit,
            entry.role,
            entry.action,
            entry.name,
            entry.in_emergency,
        )
        told.setdefault(key, []).append(entry)
    looks = []
    for group in list(told.values())[:SHOWN_LOOKS]:
        at = moment(group[0].at, now, tz, lang)
        if at is not None:
            looks.append(Look(at, _who(group[0], lang), action_words(group[0].action, lang), len(group)))
    return tuple(looks)


def _who(entry: AccessEntry, lang: Language) -> str:
    if entry.role == "client":
        return lang.t("You")
    role = lang.t(words.ROLES.get(entry.role, entry.role))
    named = [part for part in (entry.name, role, entry.unit) if part]
    if entry.in_emergency:
        named.append(lang.t("In an emergency").lower())
    return ", ".join(named)


def vocabulary(lang: Language) -> Vocabulary:
    """The same words, for a file that holds the whole list."""
    return Vocabulary(
        lang.code,
        {name: lang.t(text) for name, text in ACTIONS.items()},
        {name: lang.t(text) for name, text in words.ROLES.items()},
    )


def action_words(action: str, lang: Language) -> str:
    """What was done, in words; an action without a word of its own is shown as it is logged."""
    known = ACTIONS.get(action)
    return lang.t(known) if known else action.replace("_", " ")
