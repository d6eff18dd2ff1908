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
    from relapse_model.dataset import Dataset
    from relapse_model.frame import Floats, History

_SIMULATED_FROM = date(2025, 1, 13)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`train` writes an artifact, `evaluate` a report and predictions, `card` the model card."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    train = actions.add_parser("train", help="train an artifact on a study folder or on simulated people")
    source = train.add_mutually_exclusive_group(required=True)
    source.add_argument("--study", metavar="DIR", type=Path, help="study folder to train on")
    source.add_argument("--simulated", action="store_true", help="train on simulated people")
    train.add_argument("--people", type=int, default=400, help="simulated people (default 400)")
    train.add_argument("--days", type=int, default=120, help="days of history each (default 120)")
    train.add_argument("--seed", type=int, default=7, help="seed of the simulation (default 7)")
    train.add_argument("--out", metavar="FILE", type=Path, required=True, help="artifact to write (JSON)")
    evaluate = actions.add_parser("evaluate", help="evaluate the model on a study folder, person-grouped")
    evaluate.add_argument("--study", metavar="DIR", type=Path, required=True, help="study folder")
    evaluate.add_argument(
        "--out", metavar="DIR", type=Path, required=True, help="folder for report.json and predictions.csv"
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

    action = {"train": _train, "evaluate": _evaluate, "card": _card}[args.action]
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

    if args.simulated:
        history = _simulated(args.people, args.days, args.seed)
        trained_on = f"simulated people, {args.people} over {args.days} days, seed {args.seed}"
        artifact = train(history, trained_on, SHARED_ITEMS)
    else:
        artifact = train(_study(args.study), f"study folder {args.study.resolve().name}")
    save_artifact(artifact, args.out)
    _print_report(artifact.report)
    print(f"Wrote {args.out} ({artifact.name} {artifact.version}, trained on {artifact.trained_on}).")


def _evaluate(args: argparse.Namespace) -> None:
    from relapse_model.dataset import build_dataset
    from relapse_model.train import out_of_fold, report_of

    data = build_dataset(_study(args.study))
    predicted = [out_of_fold(data, k) for k in range(len(data.labels))]
    report = {"study": args.study.resolve().name, **report_of(data, predicted)}
    args.out.mkdir(parents=True, exist_ok=True)
    _write_predictions(args.out / "predictions.csv", data, predicted)
    (args.out / "report.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    _print_report(report)
    print(f"Wrote {args.out / 'report.json'} and {args.out / 'predictions.csv'}.")


def _card(args: argparse.Namespace) -> None:
    from relapse_model.artifact import COLD_START, load_artifact
    from relapse_model.card import model_card

    print(model_card(load_artifact(args.model or COLD_START), args.language), end="")


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
    print(("{:34}" + "{:>11}" * (len(head) - 1)).format(*head))
    for hours, horizon in report["horizons"].items():
        for split, strata in horizon.items():
            for stratum, figures in (strata or {}).items():
                for who in ("model", "own_rate"):
                    if who in figures:
                        _print_row(f"{hours} h {split[:7]} {stratum[:8]} {who}", figures, figures[who])
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
    print(f"{name:34}{figures['labelled']:>11}" + "".join(f"{cell:>11}" for cell in cells))
