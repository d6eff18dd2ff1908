"""The fixed vocabulary of states in plain words. One word per concept (domain reference, section 2)."""

from backend.services.casework_views import Decision, Outcome, Source
from backend.services.views import (
    AlertKind,
    AlertState,
    AlertStep,
    Attendance,
    Channel,
    CloseReason,
    Coverage,
    ResultState,
    TriageGroup,
)
from dashboard.language import N_, Language

RESULTS: dict[ResultState, str] = {
    "ok": N_("No alcohol"),
    "trace": N_("Trace of alcohol"),
    "positive_pending": N_("Alcohol, retest awaited"),
    "positive_confirmed": N_("Alcohol, confirmed"),
    "positive_unconfirmed": N_("Alcohol, not confirmed"),
    "abnormal_confirmation": N_("The retest differed"),
    "incomplete": N_("No result from the blow"),
}
ATTENDANCE: dict[Attendance, str] = {
    "pending": N_("Still to come"),
    "on_time": N_("On time"),
    "late": N_("Late"),
    "missed": N_("Missed"),
    "not_received": N_("Nothing received"),
    "excused": N_("Excused"),
    "paused": N_("Paused"),
    "outage": N_("Our system was down"),
}
WINDOWS: dict[str, str] = {
    "breath_test": N_("Breath test"),
    "check_in": N_("Check-in"),
    "visit": N_("Visit"),
}
ALERTS: dict[AlertKind, str] = {
    "safety_answer": N_("Thoughts of death or self-harm"),
    "help_asked": N_("Asks to be contacted"),
    "confirmed_positive": N_("Confirmed alcohol"),
    "unconfirmed_positive": N_("Alcohol, no retest"),
    "identity_mismatch": N_("Somebody else on the picture"),
    "testing_stopped": N_("Tests have stopped"),
    "worsening_risk": N_("May need a talk"),
    "missed_tests": N_("More missed tests than usual"),
    "lost_contact": N_("Lost contact"),
    "equipment": N_("Equipment"),
}
ALERT_STATES: dict[AlertState, str] = {
    "new": N_("New"),
    "seen": N_("Seen"),
    "acting": N_("Being handled"),
    "closed": N_("Closed"),
}
ALERT_STEPS: dict[AlertStep, str] = {
    "new": N_("New"),
    "seen": N_("Seen"),
    "acting": N_("Being handled"),
    "closed": N_("Closed"),
    "snoozed": N_("Put off"),
    "snooze_ended": N_("Taken up again"),
    "snooze_broken": N_("Taken up again, since something more serious came"),
    "told": N_("Told"),
    "handed_over": N_("Back to the unit, since whoever had it follows the client no more"),
}
ESCALATION: dict[str, str] = {
    "owner": N_("clinician"),
    "duty_first": N_("first on duty"),
    "duty_second": N_("second on duty"),
    "manager": N_("manager"),
    "operator": N_("technical support"),
}
CLOSE_REASONS: dict[CloseReason, str] = {
    "contacted": N_("We have been in contact"),
    "wait": N_("Wait and see"),
    "technical": N_("Technical fault"),
    "not_relevant": N_("Not relevant"),
}
CHANNELS: dict[Channel, str] = {
    "phone": N_("Phone"),
    "visit": N_("Visit"),
    "letter": N_("Letter"),
    "sms": N_("SMS"),
    "message": N_("Message"),
}
LIFE: dict[str, str] = {
    "medication": N_("Medication"),
    "life": N_("Life event"),
}
OUTCOMES: dict[Outcome, str] = {
    "talked": N_("We talked"),
    "new_time": N_("New time agreed"),
    "plan_changed": N_("The plan was changed"),
    "referred": N_("Referred on"),
    "no_answer": N_("No answer"),
    "left_word": N_("Left word"),
}
ZONES: dict[str, str] = {
    "low": N_("below the limit"),
    "risk": N_("risky use"),
    "harmful": N_("harmful use"),
    "dependence": N_("probable dependence"),
}
SOURCES: dict[Source, str] = {
    "person": N_("From the person"),
    "referrer": N_("From a referrer"),
    "staff": N_("Typed in from a talk"),
    "paper": N_("Typed in from paper"),
}
DECISIONS: dict[Decision, str] = {
    "approved": N_("Approved as proposed"),
    "changed": N_("Approved with changes"),
    "rejected": N_("Rejected"),
}
COVERAGE: dict[Coverage, str] = {
    "enough": N_("Enough data"),
    "little": N_("Little data: read with care"),
    "too_little": N_("Too little data to say anything"),
}
GROUPS: dict[TriageGroup, str] = {
    "confirmed_positive": N_("Confirmed alcohol, or safety"),
    "worsening": N_("May need a talk"),
    "lost_contact": N_("Lost contact"),
    "device": N_("Equipment"),
    "review_due": N_("Due for review"),
    "stable": N_("Stable"),
}
ITEMS: dict[str, str] = {
    "craving": N_("Craving"),
    "mood_valence": N_("Mood"),
    "mood_arousal": N_("Energy"),
    "self_efficacy": N_("Confidence to stay sober"),
    "sleep_quality": N_("Sleep"),
    "stressful_event": N_("Stress"),
    "risky_situation": N_("Risky situations"),
    "expected_risky_situation": N_("Risky situations ahead"),
    "pleasant_event": N_("Something pleasant"),
}
FAILURES: dict[str, str] = {
    "no_blow": N_("no blow"),
    "insufficient_blow": N_("blow too short or weak"),
    "interrupted": N_("blow interrupted"),
    "refused": N_("the device refused"),
    "cannot_blow": N_("cannot blow"),
    "cannot_blow_breathless": N_("cannot blow: not enough breath"),
    "cannot_blow_unwell": N_("cannot blow: ill or in pain"),
    "cannot_blow_device_trouble": N_("cannot blow: the device does not work or is elsewhere"),
    "cannot_blow_not_alone": N_("cannot blow: not undisturbed"),
    "cannot_blow_other": N_("cannot blow: another reason"),
    "low_battery": N_("low battery"),
    "temp_low": N_("device too cold"),
    "temp_high": N_("device too warm"),
    "sensor": N_("sensor fault"),
    "not_calibrated": N_("device not calibrated"),
    "calibration_fail": N_("calibration failed"),
    "over_range": N_("above what the device can measure"),
    "comm": N_("lost the connection to the device"),
    "cancelled": N_("cancelled"),
    "general": N_("device fault"),
}
ALARMS: dict[str, str] = {
    "disk_full": N_("the device’s memory is full"),
    "outbox_nearly_full": N_("the device’s memory is nearly full"),
    "outbox_damaged": N_("a damaged file was replaced"),
    "messages_refused": N_("something it sent was not accepted"),
    "clock_off": N_("its clock is wrong"),
    "certificate_ends": N_("its certificate ends soon and could not be renewed"),
}
GRADES: dict[str, str] = {
    "verified_by_capture": N_("reading of the device checked against a capture"),
    "vendor_source_only": N_("reading of the device by the maker’s source only"),
    "experimental": N_("reading of the device experimental"),
}
"""What the gateway's knowledge of a breathalyzer family rests on."""
ROLES: dict[str, str] = {
    "clinician": N_("Clinician"),
    "manager": N_("Manager"),
    "operator": N_("Technical support"),
    "researcher": N_("Researcher"),
    "client": N_("Client"),
    "relative": N_("Relative"),
    "system": N_("The system"),
}


def item(name: str, lang: Language) -> str:
    """An item's name; one of a study that we have no word for is shown as it is, readable."""
    known = ITEMS.get(name)
    return lang.t(known) if known else name.replace("_", " ").capitalize()


def failure(name: str, lang: Language) -> str:
    """Why a run gave no value."""
    return lang.t(FAILURES.get(name, FAILURES["general"]))


def alarm(code: str, lang: Language) -> str:
    """What stands wrong with a gateway; a code of a newer gateway is shown readable."""
    known = ALARMS.get(code)
    return lang.t(known) if known else code.replace("_", " ")


IDENTITIES: dict[str, str] = {
    "review_pending": N_("the picture waits for a person to look"),
    "confirmed": N_("the client, by the picture"),
    "mismatch": N_("somebody else, by the picture"),
    "not_captured": N_("no picture that can be used"),
}


def grade(name: str | None, lang: Language) -> str:
    """What a reading's driver rests on; empty for none (a study's tests)."""
    known = GRADES.get(name or "")
    return lang.t(known) if known else ""


def identity(state: str, lang: Language) -> str:
    """Who blew, as far as a picture says; empty where none is asked for."""
    known = IDENTITIES.get(state)
    return lang.t(known) if known else ""


def too_little(lang: Language) -> str:
    """What stands where no estimate can be given."""
    text = COVERAGE["too_little"]
    return lang.t(text)
