"""Errors of the relapse model."""

from __future__ import annotations


class RelapseModelError(Exception):
    """Something the relapse model cannot work with; `permanent` says a retry cannot succeed."""

    permanent = True


class StudyError(RelapseModelError):
    """A study folder is broken. `problems` lists every broken row as "file:line: reason"; nothing was read."""

    def __init__(self, problems: list[str], shown: int = 20) -> None:
        self.problems = tuple(problems)
        more = len(problems) - shown
        lines = [*problems[:shown], *([f"... and {more} more"] if more > 0 else [])]
        super().__init__(f"{len(problems)} problem(s) in the study folder:\n" + "\n".join(lines))


class ArtifactError(RelapseModelError):
    """A stored model cannot be used: broken file, or made by code with other features."""


class TooLittleData(RelapseModelError):
    """There is not enough labelled history to train or evaluate on."""
