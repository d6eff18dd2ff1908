from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.reading import Failure, NativeUnit, RawFrame
from device_gateway.protocol.events import (
    Analysing,
    BatteryState,
    Blowing,
    Countdown,
    Failed,
    Identified,
    Ready,
    Result,
    Trailing,
    Unrecognised,
    UseCount,
)
from device_gateway.test_run import (
    MAX_FRAMES,
    Cancelled,
    Connected,
    Input,
    Limits,
    LinkLost,
    Phase,
    Run,
    Tick,
)

LIMITS = Limits()
RESULT = Result(Decimal("0.021"), NativeUnit.PERCENT_BAC, "8006000015e7")
TO_RESULT: tuple[Input, ...] = (Connected(), Countdown(5), Ready(), Blowing(5), Analysing(), RESULT)
PATHS: dict[Phase, tuple[Input, ...]] = {
    Phase.CONNECTING: (Connected(),),
    Phase.COUNTDOWN: TO_RESULT[:2],
    Phase.READY: TO_RESULT[:3],
    Phase.BLOWING: TO_RESULT[:4],
    Phase.ANALYSING: TO_RESULT[:5],
}


def run_through(*inputs: Input, step_ms: int = 1000) -> Run:
    run = Run("0f" * 16).started()
    for number, happened in enumerate(inputs, start=1):
        run = run.step(happened, number * step_ms, LIMITS)
    return run


def test_a_run_passes_every_phase_to_its_result() -> None:
    run = Run("0f" * 16).started()
    phases = [run.phase]
    for number, happened in enumerate(TO_RESULT):
        run = run.step(happened, number * 1000, LIMITS)
        phases.append(run.phase)
    assert list(dict.fromkeys(phases)) == [
        Phase.CONNECTING, Phase.COUNTDOWN, Phase.READY, Phase.BLOWING, Phase.ANALYSING, Phase.RESULT,
    ]  # fmt: skip
    assert run.result == RESULT
    assert (run.blow_began_ms, run.blow_ended_ms) == (3000, 4000)


def test_a_result_is_final_only_after_late_frames_had_their_chance() -> None:
    run = run_through(*TO_RESULT)
    assert run.ended
    assert not run.finished
    assert run.step(Tick(), run.at_ms + LIMITS.settle_ms, LIMITS).finished
    assert run.step(Trailing("81", disagrees=False), run.at_ms, LIMITS).finished


def test_a_disagreeing_frame_is_flagged_and_changes_no_value() -> None:
    run = run_through(*TO_RESULT, Trailing("81", disagrees=True))
    assert (run.code, run.result, run.phase) == ("result_disagrees", RESULT, Phase.RESULT)


def test_a_second_result_does_not_replace_the_first() -> None:
    other = Result(Decimal("0.500"), NativeUnit.PERCENT_BAC, "80060001f4e7")
    assert run_through(*TO_RESULT, other).result == RESULT


@pytest.mark.parametrize("phase", [Phase.CONNECTING, Phase.COUNTDOWN, Phase.READY])
@pytest.mark.requirement("H14")
def test_a_result_without_a_blow_in_this_run_is_not_believed(phase: Phase) -> None:
    run = run_through(*PATHS[phase], RESULT)
    assert run.result is None
    assert run.phase is phase


def test_analysing_without_a_blow_does_not_open_the_door_to_a_result() -> None:
    assert run_through(Connected(), Countdown(1), Ready(), Analysing(), RESULT).result is None


@pytest.mark.parametrize("phase", PATHS)
def test_a_lost_link_ends_the_run_without_a_value(phase: Phase) -> None:
    run = run_through(*PATHS[phase], LinkLost())
    assert run.phase is (Phase.FAILED if phase is Phase.CONNECTING else Phase.ABORTED)
    assert (run.failure, run.result, run.finished) == (Failure.COMM, None, True)


def test_a_link_lost_after_the_result_leaves_the_result() -> None:
    run = run_through(*TO_RESULT, LinkLost())
    assert (run.phase, run.result, run.finished) == (Phase.RESULT, RESULT, True)


@pytest.mark.parametrize("phase", PATHS)
def test_cancelling_ends_the_run_as_aborted(phase: Phase) -> None:
    run = run_through(*PATHS[phase], Cancelled())
    assert (run.phase, run.failure, run.finished) == (Phase.ABORTED, Failure.CANCELLED, True)


def test_cancelling_after_the_result_comes_too_late() -> None:
    assert run_through(*TO_RESULT, Cancelled()).phase is Phase.RESULT


@pytest.mark.parametrize(
    ("phase", "failure"),
    [
        (Phase.CONNECTING, Failure.COMM),
        (Phase.COUNTDOWN, Failure.COMM),
        (Phase.READY, Failure.NO_BLOW),
        (Phase.BLOWING, Failure.INTERRUPTED),
        (Phase.ANALYSING, Failure.COMM),
    ],
)
def test_silence_ends_every_phase(phase: Phase, failure: Failure) -> None:
    run = run_through(*PATHS[phase])
    limit = run.since_ms + LIMITS.of(phase)
    assert run.step(Tick(), limit - 1, LIMITS).phase is phase
    ended = run.step(Tick(), limit, LIMITS)
    assert (ended.phase, ended.failure, ended.code) == (Phase.FAILED, failure, f"{phase.value}_timeout")


@pytest.mark.parametrize("failure", set(Failure) - {Failure.CANCELLED})
def test_a_device_error_is_kept_by_name(failure: Failure) -> None:
    run = run_through(*PATHS[Phase.READY], Failed(failure, "80"))
    assert (run.phase, run.failure) == (Phase.FAILED, failure)


def test_the_devices_own_cancel_button_aborts() -> None:
    assert run_through(Connected(), Failed(Failure.CANCELLED, "800d")).phase is Phase.ABORTED


def test_phases_never_go_back() -> None:
    run = run_through(*PATHS[Phase.ANALYSING], Ready(), Countdown(3), Blowing(2))
    assert run.phase is Phase.ANALYSING


def test_time_never_runs_backwards() -> None:
    run = run_through(*PATHS[Phase.READY]).step(Blowing(5), 0, LIMITS)
    assert (run.at_ms, run.blow_began_ms) == (3000, 3000)


def test_what_the_device_tells_about_itself_is_kept() -> None:
    who = Identified("BACtrack C6", "0C6", "1.04")
    run = run_through(Connected(), who, BatteryState(1400, None, 3), UseCount(41), Unrecognised("00"))
    assert (run.identified, run.battery.level, run.use_count) == (who, 3, 41)


def test_a_flood_of_frames_keeps_both_ends() -> None:
    run = Run("0f" * 16).started()
    for number in range(MAX_FRAMES + 100):
        run = run.with_frame(RawFrame(after_ms=number, direction="in", characteristic="fff1", hex="00"))
    assert len(run.frames) == MAX_FRAMES
    assert (run.frames[0].after_ms, run.frames[-1].after_ms) == (0, MAX_FRAMES + 99)


def test_nothing_happens_before_the_start() -> None:
    run = Run("0f" * 16)
    assert run.step(RESULT, 0, LIMITS) is run


INPUTS = st.sampled_from(
    [
        *TO_RESULT,
        Trailing("81", disagrees=True),
        LinkLost(),
        Cancelled(),
        Tick(),
        Failed(Failure.NO_BLOW, "8007"),
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(INPUTS, st.integers(0, 40_000)), max_size=30))
def test_any_order_of_events_ends_in_one_honest_outcome(happenings: list[tuple[Input, int]]) -> None:
    run, at_ms = Run("0f" * 16).started(), 0
    for happened, later in happenings:
        at_ms += later
        before, run = run, run.step(happened, at_ms, LIMITS)
        if before.ended:
            assert (run.phase, run.result, run.failure) == (before.phase, before.result, before.failure)
        assert (run.result is not None) == (run.phase is Phase.RESULT)
        assert (run.failure is not None) == (run.phase in {Phase.FAILED, Phase.ABORTED})
        if run.result is not None:
            assert run.blow_began_ms is not None
    for _ in range(8):
        at_ms += 200_000
        run = run.step(Tick(), at_ms, LIMITS)
    assert run.finished
