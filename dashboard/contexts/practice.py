"""The page on which staff learn: steps in words, each beside the part of the real pages that it explains."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from backend.services.practice import Practice
from dashboard import formats
from dashboard.contexts.client import ClientPage, client_page
from dashboard.contexts.page import Frame
from dashboard.contexts.triage import TriagePage, triage_page
from dashboard.language import N_, Language
from dashboard.units import UnitName

PATH = "/practice"


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `exhibit` names the part of a page that stands under the words; empty where there is none."""

    key: str
    heading: str
    texts: tuple[str, ...]
    exhibit: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """Something to find out on this page, and the answer to unfold."""

    text: str
    answer: str


@dataclass(frozen=True, slots=True)
class PracticePage:
    """The whole page. `client` and `list` are what the real pages are rendered from."""

    frame: Frame
    steps: tuple[Step, ...]
    questions: tuple[Question, ...]
    client: ClientPage
    list: TriagePage
    record: str
    record_period: str


_STEPS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("list", N_("The list: who needs me"), "list", (
        N_("The list puts first whom somebody should talk to today. Each row says why in words, and since when."),
        N_("The strip shows 28 days, today to the right. A day nothing is known about is empty: it is never drawn as "
           "a day without alcohol. Coverage is the share of planned tests that were taken, whatever their result."),
        N_("In the real list you open a row with Enter and take its signal with the key a."),
    )),
    ("head", N_("The head of the client's page"), "head", (
        N_("First how fresh and how complete it is: last data, coverage, whether the equipment was heard from. "
           "Read this before you read anything else."),
    )),
    ("graph", N_("The course on one time axis"), "graph", (
        N_("Breath tests stand above, with the limit as a line. Below them the planned tests, one mark each: its shape "
           "and its colour say what became of it. Then the answers, contacts, and medication and events."),
        N_("A breath at or above the limit is positive only together with its retest, fifteen minutes later or more."),
        N_("Buttons, the arrow keys and plus and minus move and scale it. The words and the table under the graph hold "
           "the same facts."),
    )),
    ("course", N_("What has happened to this client"), "", (
        N_("Show twelve weeks in the graph. 66 days ago there is a trace that was gone a quarter of an hour later: "
           "alcohol in the mouth does that."),
        N_("35 days ago a breath was positive and nobody blew again. It is unconfirmed: it says neither alcohol "
           "nor none."),
        N_("26 days ago our own system was down in the evening. The test of that evening counts against nobody."),
        N_("From eight days ago the answers change: more craving, worse sleep. Then tests are missed, more than is "
           "usual for this client. Yesterday evening there is a positive breath with a retest that agrees."),
    )),
    ("alert", N_("The signal"), "cards", (
        N_("The card says why it rang in whole sentences, newest first. This one began with missed tests and was "
           "raised by the confirmed breath: it stays one signal."),
        N_("Under How it was worked out stands whether a rule or a model spoke. How often such signals were right "
           "stands below it, as a number of cases."),
        N_("No risk estimate stands here: the model knows nothing of made-up clients. On real pages it has a card of "
           "its own, with reasons for and against and never a percentage of guilt."),
    )),
    ("act", N_("What you do"), "", (
        N_("Call. Take the signal with I take it, so that colleagues see it is yours. Put it off until a day when it "
           "can wait. Close it with a reason in your own words."),
        N_("To close a signal as not relevant is part of the work: it is counted, and shows in how often such signals "
           "are right."),
        N_("Nothing is sent to anybody outside by itself. The client sees on their own page that you have looked."),
    )),
    ("record", N_("Text for the record"), "record", (
        N_("The draft is computed from what came in and what did not. You edit it, sign it under your name, and copy "
           "it or take it as a PDF. Until you sign it is no part of any record."),
        N_("It is a basis, not an assessment. Leave out what the record does not need."),
    )),
    ("check", N_("Try yourself"), "questions", (
        N_("Find the answers on this page before you unfold them."),
    )),
)  # fmt: skip
_QUESTIONS: tuple[tuple[str, str], ...] = (
    (
        N_("Did this client drink 35 days ago?"),
        N_("That cannot be told. There was one positive breath and no retest; it is unconfirmed. One asks the client."),
    ),
    (
        N_("Which tests say nothing about the client at all?"),
        N_("The one during our own outage, and those that are still to come. A missed test says that no test was "
           "made, not why."),
    ),
    (
        N_("What do you do first about the signal, and what last?"),
        N_("First call the client. Last close the signal with what came of it, in your own words."),
    ),
)  # fmt: skip


def practice_page(
    found: Practice, frame: Frame, now: datetime, days: int, unit: UnitName, item: str | None
) -> PracticePage:
    """The page of the practice client in the frame's language."""
    lang = frame.lang
    client = client_page(found.overview, found.series, frame, now, days, unit, item)
    since, until = (
        formats.local_day(at, found.overview.tz).isoformat()
        for at in (found.record_since, found.record_until)
    )
    return PracticePage(
        frame=frame,
        steps=tuple(_steps(lang)),
        questions=tuple(Question(lang.t(text), lang.t(answer)) for text, answer in _QUESTIONS),
        client=replace(
            client, is_practice=True, graph=replace(client.graph, figure_url=f"{PATH}/figure.json")
        ),
        list=_list(found, frame),
        record=found.record,
        record_period=f"{since}{formats.DASH}{until}",
    )


def _steps(lang: Language) -> Iterator[Step]:
    for key, heading, exhibit, texts in _STEPS:
        yield Step(key, lang.t(heading), tuple(lang.t(text) for text in texts), exhibit)


def _list(found: Practice, frame: Frame) -> TriagePage:
    """The list with its one row, which leads to the next step instead of to a client."""
    made = triage_page(found.list, frame)
    groups = (
        replace(group, rows=tuple(replace(row, href="#step-head", take=None) for row in group.rows))
        for group in made.groups
    )
    return replace(made, groups=tuple(groups))
