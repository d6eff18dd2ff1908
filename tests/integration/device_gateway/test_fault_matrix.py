"""Every state of a test run × every fault: a complete reading or a run on record without a value, once, never wrong.

One home for each state, all at the same time, each with its own radio, broker and gateway process; the faults follow
one another in it. The seed is printed; FAULT_SEED brings the same faults back.
"""

import asyncio
import os
import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from contracts.reading import Outcome
from simulators.breathalyzers.breath import DeviceState
from tests.support.home_rig import HomeRig, home, until, wrong_clock

STATES = {
    "connecting": None,
    "countdown": DeviceState.WARMING_UP,
    "ready": DeviceState.READY,
    "blowing": DeviceState.BLOWING,
    "analysing": DeviceState.ANALYSING,
    "result": DeviceState.RESULT,
}
"""State of the run, and of the device at that moment."""
Fault = Callable[[HomeRig, str], Awaitable[None]]


async def link_loss(rig: HomeRig, state: str) -> None:
    at = STATES[state]
    if at is None:
        rig.radio.carry_away(rig.device.address)
        await rig.begin_test()
        await asyncio.sleep(0.3)
        await asyncio.to_thread(rig.gateway.post, "/api/test/cancel", {})
        rig.radio.bring_back(rig.device.address)
    else:
        await rig.begin_test()
        rig.device.cut_link(at)


async def sigkill(rig: HomeRig, state: str) -> None:
    await rig.begin_test()
    await rig.reach(state)
    await asyncio.to_thread(rig.gateway.kill)
    await rig.restart()


async def power_cut(rig: HomeRig, state: str) -> None:
    await rig.begin_test()
    await rig.reach(state)
    await asyncio.to_thread(rig.gateway.kill)
    rig.cut_files()
    await rig.restart()


async def broker_down(rig: HomeRig, state: str) -> None:
    await rig.begin_test()
    await rig.reach(state)
    await asyncio.to_thread(rig.broker.kill)
    await until(lambda: not rig.gateway.state()["testing"])
    await asyncio.to_thread(rig.broker.start)


async def clock_wrong(rig: HomeRig, state: str) -> None:
    by = timedelta(hours=rig.dice.choice([-700, -30, -2, 2, 20]))
    await rig.begin_test()
    await rig.reach(state)
    wrong_clock(rig, by)
    await until(lambda: not rig.gateway.state()["testing"])
    wrong_clock(rig, -by)


FAULTS: tuple[Fault, ...] = (link_loss, sigkill, power_cut, broker_down, clock_wrong)


async def every_fault_in(state: str, folder: Path, seed: int) -> dict[str, Outcome]:
    """Outcome of the run under each fault, after everything has been checked."""
    dice = random.Random(f"{seed}-{state}")
    faults = list(FAULTS)
    dice.shuffle(faults)
    outcomes: dict[str, Outcome] = {}
    async with home(folder, dice) as rig:
        for fault in faults:
            before = set(rig.begun)
            said = f"seed {seed}, {state} x {fault.__name__}, cut {rig.cuts}"
            try:
                await fault(rig, state)
                await rig.settle()
            except AssertionError as error:
                raise AssertionError(f"{said}: {error}; {rig.gateway.log[-2000:]}") from error
            rig.check(said)
            [run_id] = set(rig.begun) - before
            outcomes[fault.__name__] = next(r.outcome for r in rig.readings() if r.run_id == run_id)
        # And the home works: one more breath, with alcohol this time.
        last = await rig.begin_test(0.42)
        await rig.settle()
        rig.check(f"seed {seed}, {state}, after all faults")
        assert next(r.outcome for r in rig.readings() if r.run_id == last) is Outcome.COMPLETE
    return outcomes


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.requirement("H5", "H6", "H14")
async def test_whatever_breaks_in_whatever_state_no_reading_is_wrong_lost_or_doubled(tmp_path: Path) -> None:
    seed = int(os.environ.get("FAULT_SEED") or random.SystemRandom().randrange(10**6))
    print(f"FAULT_SEED={seed}")
    async with asyncio.TaskGroup() as group:
        running = {
            state: group.create_task(every_fault_in(state, tmp_path / state, seed)) for state in STATES
        }
    outcomes = {state: task.result() for state, task in running.items()}
    assert all(len(found) == len(FAULTS) for found in outcomes.values())
    for state, found in outcomes.items():
        # What does not touch the measurement leaves it complete; what breaks it before the value does not.
        assert found["broker_down"] is Outcome.COMPLETE, (seed, state)
        assert found["clock_wrong"] is Outcome.COMPLETE, (seed, state)
        if state in {"countdown", "ready", "blowing", "analysing"}:
            assert found["link_loss"] is Outcome.ABORTED, (seed, state)
    assert outcomes["result"]["link_loss"] is Outcome.COMPLETE
