"""The life of a risk model: training, candidate, shadow, active, retired. Pure; every step is taken by a person."""

from typing import Final, Literal

ModelState = Literal["training", "failed", "candidate", "shadow", "active", "retired"]

STEPS: Final[dict[ModelState, tuple[ModelState, ...]]] = {
    "training": (),
    "failed": (),
    "candidate": ("shadow", "retired"),
    "shadow": ("active", "retired"),
    "active": ("retired",),
    "retired": ("shadow",),
}
"""What a person may do with a model. Nothing becomes active that did not run in the shadow first: what it would have
said is looked at before anybody acts on it. A retired model may come back the same way."""


def may_step(old: ModelState, new: ModelState) -> bool:
    """Whether a person may take a model from one state to the other."""
    return new in STEPS[old]
