"""Which steps a person may take with a risk model."""

from typing import get_args

from backend.domain.model_states import STEPS, ModelState, may_step


def test_nothing_is_put_to_use_that_did_not_run_in_the_shadow() -> None:
    assert [old for old in get_args(ModelState) if may_step(old, "active")] == ["shadow"]


def test_every_state_says_where_it_leads_and_a_training_only_ends_by_itself() -> None:
    assert set(STEPS) == set(get_args(ModelState))
    assert STEPS["training"] == STEPS["failed"] == ()
    assert may_step("active", "retired") and may_step("retired", "shadow")
