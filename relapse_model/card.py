"""The model card: what the model is for, how it did and what it must not be used for, in Swedish and English."""

from __future__ import annotations

import re
from typing import Any, Final, Literal

from relapse_model.artifact import Artifact
from relapse_model.wording import number_words

Language = Literal["sv", "en"]

_TEXT: dict[Language, dict[str, str]] = {
    "sv": {
        "title": "Modellkort: {name} {version}",
        "trained": "Tränad på: {trained_on} ({people} personer). Data {data}, variabler {features}.",
        "purpose": "Syfte: att hjälpa behandlare att välja vem de hör av sig till först. Modellen anger hur troligt "
        "det är att drickande börjar inom 24 och 72 timmar. En människa avgör alltid vad som görs.",
        "not": "Inte för: beslut om bidrag, körkort, vårdnad eller straff, och inte som bevis för att någon "
        "har eller inte har druckit. Nykter är inte en CE-märkt medicinteknisk produkt.",
        "silence": "Tystnad räknas aldrig som nykterhet. När underlaget är för litet säger modellen det i "
        "stället för att gissa.",
        "head": "{hours} timmar, personer modellen inte sett ({people} personer, {labelled} beslut, {base} % följdes "
        "av drickande):",
        "row": "- {what}: AUROC {auroc}, Brier skill {skill}, PPV och sensitivitet för de högsta 10 %: {ppv} % "
        "och {sensitivity} %, kalibreringslutning {slope}",
        "within": "- inom en person: poängen {score}, tidpunktsdelen {timing} (0,5 är slump)",
        "group": "- {column} {value} ({people} personer): AUROC {auroc}, kalibreringslutning {slope}, PPV {ppv} % av "
        "larmen (de högsta 10 % av alla)",
        "candidate": "Modelltyp: {kinds}, den enklaste inom ett standardfel från den bästa.",
        "model": "modellen",
        "own_rate": "bara personens egen andel dryckesdagar",
        "simulated": "Tränad på simulerade personer: siffrorna ovan säger hur väl den följer simuleringen. Hur den "
        "fungerar för klinikens egna klienter är inte visat förrän den har utvärderats på dem.",
        "limits": "Gränser: AUROC över alla dagar visar mest vilka som dricker oftare, inte när. "
        "Osäkerhetsbandet täcker inte det som modellen inte känner till. Siffrorna gäller dem den tränats på.",
    },
    "en": {
        "title": "Model card: {name} {version}",
        "trained": "Trained on: {trained_on} ({people} people). Data {data}, features {features}.",
        "purpose": "Purpose: to help clinicians choose whom to contact first. The model says how likely it is that "
        "drinking starts within 24 and 72 hours. A person always decides what is done.",
        "not": "Not for: decisions on benefits, licences, custody or punishment, and not as proof that somebody has "
        "or has not been drinking. Nykter is not a certified medical device.",
        "silence": "Silence never counts as sobriety. When there is too little to go on the model says so instead "
        "of guessing.",
        "head": "{hours} hours, people the model had not seen ({people} people, {labelled} decisions, {base} % "
        "followed by drinking):",
        "row": "- {what}: AUROC {auroc}, Brier skill {skill}, PPV and sensitivity of the highest 10 %: {ppv} % and "
        "{sensitivity} %, calibration slope {slope}",
        "within": "- within a person: the score {score}, its timing part {timing} (0.5 is chance)",
        "group": "- {column} {value} ({people} people): AUROC {auroc}, calibration slope {slope}, PPV {ppv} % of "
        "alerts (the highest 10 % of everyone)",
        "candidate": "Kind of model: {kinds}, the simplest within one standard error of the best.",
        "model": "the model",
        "own_rate": "only the person's own rate of drinking days",
        "simulated": "Trained on simulated people: the figures above say how well it follows the simulation. How it "
        "does for a clinic's own clients is not shown until it has been evaluated on them.",
        "limits": "Limits: AUROC over all days mostly shows who drinks more often, not when. The uncertainty band "
        "does not cover what the model does not know. The figures hold for those it was trained on.",
    },
}

_GROUP: Final[dict[str, dict[Language, str]]] = {
    "age_band": {"sv": "ålder", "en": "age"},
    "sex": {"sv": "kön", "en": "sex"},
    "female": {"sv": "kvinna", "en": "female"},
    "male": {"sv": "man", "en": "male"},
}
"""The columns and values of the shipped model's groups; those of a study stand as the study calls them."""
_CANDIDATE: Final[dict[str, dict[Language, str]]] = {
    "blend": {
        "sv": "hälften sammanvägd regression, hälften beslutsträd",
        "en": "half pooled regression, half trees",
    },
}
_SIMULATED: Final = re.compile(r"simulated people, (\d+) over (\d+) days, seed (\d+)")


def model_card(artifact: Artifact, language: Language) -> str:
    """The card of an artifact as Markdown."""
    text = _TEXT[language]
    lines = [
        "# " + text["title"].format(name=artifact.name, version=artifact.version),
        text["trained"].format(
            trained_on=_trained_on(artifact.trained_on, language),
            people=artifact.people,
            data=artifact.data_hash[:12],
            features=artifact.feature_hash[:12],
        ),
        text["candidate"].format(kinds=_kinds(artifact, language)),
        text["purpose"],
        text["not"],
        text["silence"],
    ]
    for hours, horizon in artifact.report["horizons"].items():
        figures = _figures(hours, horizon["person_grouped"]["all"], language)
        lines.append("\n".join([*figures, *_groups(horizon.get("by_group", {}), language)]))
    if artifact.trained_on.startswith("simulated"):
        lines.append(text["simulated"])
    return "\n\n".join([*lines, text["limits"]]) + "\n"


def _figures(hours: str, figures: dict[str, Any], language: Language) -> list[str]:
    text = _TEXT[language]
    lines = [
        text["head"].format(
            hours=hours,
            people=figures["people"],
            labelled=figures["labelled"],
            base=_said(100 * figures["base_rate"], 1, language),
        )
    ]
    for which in ("model", "own_rate"):
        part = figures[which]
        lines.append(
            text["row"].format(
                what=text[which],
                auroc=_said(part["auroc"], 3, language),
                skill=_said(part["brier_skill"], 3, language),
                ppv=_said(100 * part["ppv_top_10"], 0, language),
                sensitivity=_said(100 * part["sensitivity_top_10"], 0, language),
                slope=_said(part["calibration_slope"], 2, language),
            )
        )
    within = {name: figures["model"][f"within_person_auroc{name}"]["mean"] for name in ("", "_timing")}
    if within[""] is not None:
        score, timing = (_said(within[name], 2, language) for name in ("", "_timing"))
        lines.append(text["within"].format(score=score, timing=timing))
    return lines


def _groups(by_group: dict[str, Any], language: Language) -> list[str]:
    """One line per group; a figure that a group is too small for is a dash."""
    return [
        _TEXT[language]["group"].format(
            column=_GROUP.get(column, {}).get(language, column),
            value=_GROUP.get(value, {}).get(language, value),
            people=figures["people"],
            auroc=_said(figures["auroc"], 3, language),
            slope=_said(figures["calibration_slope"], 2, language),
            ppv=_said(None if figures["ppv"] is None else 100 * figures["ppv"], 0, language),
        )
        for column, values in by_group.items()
        for value, figures in values.items()
    ]


def _kinds(artifact: Artifact, language: Language) -> str:
    """The candidate of each horizon; those the shipped model has none of stand by their names."""
    said = (
        (_CANDIDATE.get(h.candidate, {}).get(language, h.candidate), h.horizon_hours)
        for h in artifact.horizons
    )
    return "; ".join(f"{hours} h: {kind}" for kind, hours in said)


def _trained_on(words: str, language: Language) -> str:
    """On whom, as it was noted at the training; the simulation's own words also in Swedish."""
    if language == "en":
        return words
    return _SIMULATED.sub(r"simulerade personer, \1 i \2 dygn, frö \3", words)


def _said(value: float | None, decimals: int, language: Language) -> str:
    if value is None:
        return "–"
    return number_words(value, decimals)[0 if language == "sv" else 1]
