"""`nykter model`: train and evaluate the relapse model."""

import argparse
import csv
import json
import os
import tempfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nykter.errors import NykterError

if TYPE_CHECKING:
    from relapse_model.artifact import Artifact
    from relapse_model.dataset import Dataset
    from relapse_model.frame import Floats, History

_SIMULATED_FROM = date(2025, 1, 13)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`train` writes an artifact, `evaluate` a report, `card` the model card; `retrain` trains what was asked for."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    train = actions.add_parser("train", help="train an artifact on a study folder or on simulated people")
    source = train.add_mutually_exclusive_group(required=True)
    source.add_argument("--study", metavar="DIR", type=Path, help="study folder to train on")
    source.add_argument("--simulated", action="store_true", help="train on simulated people")
    train.add_argument("--people", type=int, default=400, help="simulated people (default 400)")
    train.add_argument("--days", type=int, default=120, help="days of history each (default 120)")
    train.add_argument("--seed", type=int, default=7, help="seed of the simulation (default 7)")
    train.add_argument("--model", metavar="NAME", help="one candidate only (default: the ladder chooses)")
    train.add_argument("--out", metavar="FILE", type=Path, required=True, help="artifact to write (JSON)")
    evaluate = actions.add_parser("evaluate", help="evaluate the model on a study folder, person-grouped")
    evaluate.add_argument("--study", metavar="DIR", type=Path, required=True, help="study folder")
    evaluate.add_argument(
        "--out",
        metavar="DIR",
        type=Path,
        required=True,
        help="folder for report.json, report.html and predictions.csv",
    )
    evaluate.add_argument(
        "--model",
        metavar="NAME",
        help="a candidate (base_rate, own_rate, logistic_history, ridge, pooled, boosting, blend), cold-start for the "
        "shipped model, or an artifact file (default: the simplest candidate within one standard error of the best)",
    )
    evaluate.add_argument(
        "--also",
        metavar="DIR",
        type=Path,
        action="append",
        default=[],
        help="another study folder, for training on one and evaluating on the other (may be repeated)",
    )
    evaluate.add_argument(
        "--beside",
        metavar="FILE",
        type=Path,
        help="predictions to compare with on the same decisions: another predictions.csv, or a simulator's truth",
    )
    actions.add_parser(
        "retrain", help="train the models that unit managers asked for, on their own clients' histories"
    )
    card = actions.add_parser("card", help="print the model card")
    card.add_argument("--model", metavar="FILE", type=Path, help="artifact (default: the one shipped)")
    card.add_argument("--language", choices=("sv", "en"), default="sv", help="language (default sv)")


def run(args: argparse.Namespace) -> int:
    """Do one action. Raises NykterError in plain words for what can be expected to go wrong."""
    # One thread: the matrices are small, more threads mostly wait for each other, and sums keep their order.
    # It must be said before numpy is loaded.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    from relapse_model.errors import RelapseModelError

    action = {"train": _train, "evaluate": _evaluate, "card": _card, "retrain": _retrain}[args.action]
    try:
        action(args)
    except RelapseModelError as error:
        raise NykterError(str(error)) from error
    except OSError as error:
        raise NykterError(f"Cannot use {error.filename}: {error.strerror}.") from error
    return 0


def _train(args: argparse.Namespace) -> None:
    from relapse_model.artifact import save_artifact
    from relapse_model.features import SHARED_ITEMS
    from relapse_model.train import train

    only, artifact = _named_model(args.model)
    if artifact is not None:
        raise NykterError("Training takes a candidate's name, not a finished model.", exit_code=2)
    if args.simulated:
        history = _simulated(args.people, args.days, args.seed)
        trained_on = f"simulated people, {args.people} over {args.days} days, seed {args.seed}"
        artifact = train(history, trained_on, SHARED_ITEMS, only)
    else:
        artifact = train(_study(args.study), f"study folder {args.study.resolve().name}", None, only)
    save_artifact(artifact, args.out)
    _print_report(artifact.report)
    print(f"Wrote {args.out} ({artifact.name} {artifact.version}, trained on {artifact.trained_on}).")


def _evaluate(args: argparse.Namespace) -> None:
    from relapse_model.assessment import assess, predict_study
    from relapse_model.beside import beside, read_predictions
    from relapse_model.checks import run_checks
    from relapse_model.dataset import build_dataset
    from relapse_model.report_page import report_page

    only, artifact = _named_model(args.model)
    data = build_dataset(_study(args.study))
    also = {folder.resolve().name: _study(folder) for folder in args.also}
    others = None if args.beside is None else read_predictions(args.beside, data)
    predicted = predict_study(data, only, artifact)
    report = {
        "study": args.study.resolve().name,
        "model": args.model or "simplest within one standard error",
        **assess(data, predicted, only=only, artifact=artifact, also=also),
    }
    if others is not None:
        report["beside"] = {"name": args.beside.name, **beside(data, predicted, others)}
    report["checks"] = [vars(result) for result in run_checks(report)]
    args.out.mkdir(parents=True, exist_ok=True)
    _write_predictions(args.out / "predictions.csv", data, [one.probability for one in predicted])
    _write(args.out / "report.json", json.dumps(report, indent=1, allow_nan=False) + "\n")
    _write(args.out / "report.html", report_page(report))
    _print_report(report)
    print(f"Wrote report.json, report.html and predictions.csv to {args.out}.")


def _named_model(name: str | None) -> "tuple[str | None, Artifact | None]":
    """A candidate's name, or an artifact; neither for the ladder's own choice."""
    from relapse_model.artifact import cold_start, load_artifact
    from relapse_model.ladder import CANDIDATES

    if name is None or name in CANDIDATES:
        return name, None
    if name == "cold-start":
        return None, cold_start()
    if Path(name).is_file():
        return None, load_artifact(Path(name))
    raise NykterError(
        f"No model is called {name!r}; there are {', '.join(CANDIDATES)}, cold-start, or an artifact file.",
        exit_code=2,
    )


def _write(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def _card(args: argparse.Namespace) -> None:
    from relapse_model.artifact import COLD_START, load_artifact
    from relapse_model.card import model_card

    print(model_card(load_artifact(args.model or COLD_START), args.language), end="")


def _retrain(_args: argparse.Namespace) -> None:
    """Started by the worker's job, or by hand; trains until nothing waits. Nothing is put to use by it."""
    from backend.errors import BackendError
    from backend.services import model_training
    from backend.store.pool import Database
    from nykter.clock import clock_from_environment
    from nykter.settings import WorkerSettings
    from relapse_model.train import train

    settings, clock, trained = WorkerSettings.from_environment(), clock_from_environment(), 0
    try:
        url = settings.database_url.get_secret_value()
        with Database(url, application_name="nykter model retrain") as db:
            while model_training.train_next(db, train, now=clock.now()):
                trained += 1
    except BackendError as error:
        raise NykterError(str(error)) from error
    print(f"{trained} {'model' if trained == 1 else 'models'} trained.")


def _study(folder: Path) -> "History":
    from relapse_model.study import read_study

    return read_study(folder)


def _simulated(people: int, days: int, seed: int) -> "History":
    from simulators.study import write_population

    with tempfile.TemporaryDirectory(prefix="nykter-population-") as folder:
        try:
            write_population(Path(folder), people, days, seed, _SIMULATED_FROM)
        except ValueError as error:
            raise NykterError(f"Cannot simulate that population: {error}.", exit_code=2) from error
        return _study(Path(folder))


def _write_predictions(path: Path, data: "Dataset", predicted: "list[Floats]") -> None:
    """One row per labelled decision and horizon, out of fold, in order of person and time."""
    from relapse_model.frame import instant

    ids = data.history.people.person_id
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("person_id", "decided_at", "horizon_hours", "probability"))
        for labels, probability in zip(data.labels, predicted, strict=True):
            rows = labels.known.nonzero()[0]
            for person, at, p in zip(
                data.decisions.person[rows].tolist(),
                data.decisions.at[rows].tolist(),
                probability[rows].tolist(),
                strict=True,
            ):
                when = instant(at).isoformat().replace("+00:00", "Z")
                writer.writerow((ids[person], when, labels.horizon_hours, f"{p:.8g}"))


def _print_report(report: dict[str, Any]) -> None:
    from relapse_model.checks import run_checks

    head = (
        "",
        "decisions",
        "base",
        "AUROC",
        "within",
        "timing",
        "Brier skill",
        "PPV 10 %",
        "sens 10 %",
        "slope",
    )
    print(("{:38}" + "{:>11}" * (len(head) - 1)).format(*head))
    for hours, horizon in report["horizons"].items():
        splits = {"person_": horizon["person_grouped"], "forward": horizon["forward_in_time"] or {}}
        splits |= {f"across {name}": part for name, part in horizon.get("leave_one_study_out", {}).items()}
        for split, strata in splits.items():
            for stratum in ("all", "after_14_dry_days"):
                figures = strata.get(stratum, {})
                for who in ("model", "own_rate"):
                    if who in figures:
                        _print_row(f"{hours} h {split[:14]} {stratum[:8]} {who}", figures, figures[who])
    for hours, strata in report.get("beside", {}).items():
        for stratum, figures in strata.items() if hours != "name" else ():
            for who in ("model", "other"):
                if who in figures:
                    _print_row(f"{hours} h beside {stratum[:8]} {who}", figures, figures[who])
    for result in run_checks(report):
        print(f"{result.outcome:15} {result.code}, {result.horizon_hours} h: {result.explanation}")


def _print_row(name: str, figures: dict[str, Any], part: dict[str, Any]) -> None:
    timing = part.get("within_person_auroc_timing") or {"mean": None}
    numbers = (
        part["auroc"],
        part["within_person_auroc"]["mean"],
        timing["mean"],
        part["brier_skill"],
        part["ppv_top_10"],
        part["sensitivity_top_10"],
        part["calibration_slope"],
    )
    cells = ["-" if n is None else f"{n:.3f}" for n in (figures["base_rate"], *numbers)]
    print(f"{name:38}{figures['labelled']:>11}" + "".join(f"{cell:>11}" for cell in cells))
