"""What stands in a person's export, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from backend.services.views import Text

SECTION_WORDS: Final[Mapping[str, Text]] = {
    "person": Text("Du, och vem som ansvarar för uppgifterna", "You, and who is responsible for the data"),
    "logins": Text("Dina inloggningar", "Your logins"),
    "plans": Text("Planer, med gränser och regler", "Plans, with limits and rules"),
    "plan_proposals": Text("Förslag till planer", "Proposed plans"),
    "planned_tests": Text("Enstaka test som har öppnat", "Single tests that have opened"),
    "windows": Text("Tider för test och vad det blev av dem", "Times for tests, and what came of them"),
    "window_changes": Text("När något om en testtid räknades om", "When a test time was decided again"),
    "readings": Text(
        "Utandningstest, med mätarens egna uppgifter", "Breath tests, with the device's own data"
    ),
    "study_breath_tests": Text("Utandningstest ur en studie", "Breath tests from a study"),
    "check_ins": Text("Incheckningar", "Check-ins"),
    "answers": Text("Svar i incheckningar", "Answers in check-ins"),
    "drinking": Text("Drickande som du har berättat om", "Drinking you have told of"),
    "background_sensor": Text("Bakgrundsmätare", "Background sensor"),
    "equipment": Text("Din utrustning", "Your equipment"),
    "breathalyzers": Text("Mätare som är dina", "Breathalyzers that are yours"),
    "equipment_status": Text("Utrustningens livstecken", "Signs of life of the equipment"),
    "days": Text("Dag för dag", "Day by day"),
    "scores": Text(
        "Uppskattningar av risk, med skäl och modell", "Estimates of risk, with reasons and model"
    ),
    "trend": Text("Utveckling jämfört med din egen vanliga nivå", "Trend against your own usual level"),
    "trend_now": Text("Utvecklingen nu", "The trend now"),
    "thresholds": Text(
        "Gränser för när en uppskattning blir en signal", "Limits above which an estimate becomes a signal"
    ),
    "signals": Text("Signaler till personalen", "Signals to staff"),
    "signal_steps": Text("Vad som hände med signalerna", "What happened to the signals"),
    "contacts": Text("Kontakter", "Contacts"),
    "contact_corrections": Text(
        "Rättelser av kontaktanteckningar", "What contact notes said before they were corrected"
    ),
    "messages": Text("Meddelanden", "Messages"),
    "messages_read": Text("När meddelanden lästes", "When messages were read"),
    "journal_texts": Text(
        "Texter för journalen (osignerade är underlag)", "Texts for the record (unsigned ones are a basis)"
    ),
    "pauses": Text("Pauser", "Pauses"),
    "questionnaires": Text("Formulär", "Questionnaires"),
    "excuses": Text("Ursäktade test", "Excused tests"),
    "application": Text("Ansökan", "Application"),
    "application_decision": Text("Beslut om ansökan", "Decision on the application"),
    "reviews": Text("När personal gick igenom dina uppgifter", "When staff went through your data"),
    "who_may_see": Text("Vem som får se", "Who may see"),
    "who_followed": Text("Beslut om vem som följer dig", "Decisions about who follows you"),
    "questionnaires_asked_for": Text("Formulär du har ombetts fylla i", "Forms you were asked to fill in"),
    "blocks": Text("Spärrar", "Blocks"),
    "emergencies": Text("Öppnat i nödläge", "Opened in an emergency"),
    "asked_for_contact": Text("När du bad om kontakt", "When you asked to be contacted"),
    "how_to_reach": Text("Hur mottagningen når dig", "How the clinic reaches you"),
    "life_events": Text("Läkemedel och händelser", "Medication and events"),
    "next_contacts": Text("Planerade kontakter", "Planned contacts"),
    "pictures": Text(
        "Bilder vid test, med filen där bilden ligger", "Pictures at tests, with the file of each"
    ),
    "picture_verdicts": Text("Bedömningar av bilder", "What was seen on pictures"),
    "relatives": Text("Närstående, och vad de får se", "Relatives, and what they may see"),
    "who_was_told": Text("Vem som har fått besked om något", "Who has been told of something"),
    "consents": Text("Samtycken", "Consents"),
    "disclosures": Text("Uppgifter som har lämnats ut", "Data that has been disclosed"),
    "correction_requests": Text("Rättelser du har bett om", "Corrections you have asked for"),
    "erasure_requests": Text("Radering du har bett om", "Erasure you have asked for"),
    "legal_holds": Text("Stopp för gallring", "Holds on removal"),
    "who_has_looked": Text("Vem som har tittat", "Who has looked"),
}


@dataclass(frozen=True, slots=True)
class ReadMe:
    """The page that comes with an export."""

    language: Literal["sv", "en"]
    filename: str
    pdf_name: str
    head: str

    def text(self, words: Mapping[str, Text], names: Sequence[str]) -> str:
        """The page: what the files are, and what each kind holds."""
        lines = [self.head, ""]
        lines += [f"csv/{name}.csv   {getattr(words[name], self.language)}" for name in names]
        return "\n".join(lines) + "\n"


READ_ME: Final[Mapping[str, ReadMe]] = {
    "sv": ReadMe(
        "sv",
        "las-mig.txt",
        "uppgifter.pdf",
        "Detta är alla uppgifter som finns lagrade om dig.\n\n"
        "uppgifter.pdf   läsbart: det viktigaste i ord\n"
        "data.json       allt, för datorer\n"
        "csv/            samma sak som tabeller, för kalkylprogram\n"
        "pictures/       bilder som togs vid test och inte har gallrats\n\n"
        "Tider är i UTC i data.json och tabellerna; i PDF:en är de din lokala tid. Promille är beräknad ur mg/L.\n"
        "Slumpade test som inte har öppnat är inte med. Tabeller utan innehåll är inte med.\n"
        "Uppgifterna rör din hälsa. Tänk på vem du lämnar dem till.",
    ),
    "en": ReadMe(
        "en",
        "read-me.txt",
        "data.pdf",
        "This is all data that is stored about you.\n\n"
        "data.pdf    readable: what matters most, in words\n"
        "data.json   everything, for machines\n"
        "csv/        the same as tables, for spreadsheets\n"
        "pictures/   pictures taken at tests that have not been removed\n\n"
        "Times are UTC in data.json and in the tables; in the PDF they are your local time. Permille is computed from\n"
        "mg/L. Random tests that have not opened are left out. Tables without contents are left out.\n"
        "The data is about your health. Think about whom you give it to.",
    ),
}
