"""Judging batches: here, or in processes beside this one, so that every core verifies and parses.

Verifying and parsing cost more than everything else ingest does, and parsing holds the interpreter's lock. A judge is a
process of its own without connections, keys or state: it is asked with bytes and answers with judgements. One that dies
costs nothing but the time to judge its share here; another is started for the next batch.
"""

import logging
import pickle
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime

from backend.ingest.arrival import Arrival
from backend.ingest.ready import Packed, Ready, judge_all, unpack
from backend.ingest.verification import Refused, device_of
from backend.store.gateways import Gateway

log = logging.getLogger(__name__)

FEWEST = 64
"""A smaller share is judged here sooner than it is sent."""
_MOST = 500
_AHEAD = 2
"""Each judge has one part before it and one under way, so that it never waits while we read or write."""

Judgement = Ready | Refused


class Judges:
    """`number` judging processes; none means that this process judges alone. Used by one thread."""

    def __init__(self, number: int = 0) -> None:
        self._judges: list[_Judge | None] = [None] * number
        self.lost = 0
        """Judges that died at work."""

    def judge(
        self, arrivals: Sequence[Arrival], gateways: Mapping[str, Gateway], *, now: datetime
    ) -> list[Judgement]:
        """Judgements in the order of the arrivals."""
        number = min(len(self._judges), len(arrivals) // FEWEST)
        if number == 0:
            return judge_all(arrivals, gateways, now=now)
        size = min(max(-(-len(arrivals) // (number * _AHEAD)), FEWEST), _MOST)
        parts = [arrivals[start : start + size] for start in range(0, len(arrivals), size)]
        asked: list[_Judge | None] = []
        found: list[Judgement] = []
        for place, part in enumerate(parts):
            while len(asked) < min(place + number * _AHEAD, len(parts)):
                asked.append(self._ask(len(asked) % number, parts[len(asked)], gateways, now))
            found += self._answer(place % number, asked[place], part, gateways, now)
        return found

    def close(self) -> None:
        """End the processes. Safe to call twice."""
        for place, judge in enumerate(self._judges):
            self._judges[place] = None
            if judge is not None:
                judge.end()

    def _ask(
        self, place: int, part: Sequence[Arrival], gateways: Mapping[str, Gateway], now: datetime
    ) -> "_Judge | None":
        """The one that was asked."""
        try:
            judge = self._judges[place]
            if judge is None:
                judge = self._judges[place] = _Judge()
            judge.ask(part, gateways, now)
        except OSError as error:
            self._give_up(place, error)
            return None
        return judge

    def _answer(
        self,
        place: int,
        judge: "_Judge | None",
        part: Sequence[Arrival],
        gateways: Mapping[str, Gateway],
        now: datetime,
    ) -> list[Judgement]:
        if judge is None or judge is not self._judges[place]:  # it was lost with an earlier part
            return judge_all(part, gateways, now=now)
        try:
            packed = judge.answer()
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            self._give_up(place, error)
            return judge_all(part, gateways, now=now)
        return [unpack(one, arrival, gateways) for one, arrival in zip(packed, part, strict=True)]

    def _give_up(self, place: int, error: Exception) -> None:
        self.lost += 1
        log.warning("a judging process was lost (%s); its messages are judged here", type(error).__name__)
        judge, self._judges[place] = self._judges[place], None
        if judge is not None:
            judge.end()


class _Judge:
    """One process. It ends when this one does, however that ends: nobody holds the other side of its pipe any more."""

    def __init__(self) -> None:
        self._asked = self._answered = 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "backend.ingest.judge_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def ask(self, part: Sequence[Arrival], gateways: Mapping[str, Gateway], now: datetime) -> None:
        """Raises OSError when nobody is there."""
        wanted = {device_of(one) or "" for one in part} & gateways.keys()
        known = [
            (
                g.device_id,
                g.tenant_id,
                g.client_id.bytes,
                g.public_key,
                g.key_id,
                g.revoked_at,
                g.previous_public_key,
                g.previous_key_id,
                g.previous_until,
            )
            for g in map(gateways.__getitem__, sorted(wanted))
        ]
        assert self._process.stdin is not None
        self._asked += 1
        pickle.dump(
            (self._asked, now, known, [(one.topic, one.payload) for one in part]), self._process.stdin, 5
        )
        self._process.stdin.flush()

    def answer(self) -> list[Packed]:
        """Raises OSError, EOFError or pickle.UnpicklingError when the process has ended."""
        assert self._process.stdout is not None
        number, packed = pickle.load(self._process.stdout)  # noqa: S301 (our own child's pipe)
        self._answered += 1
        if number != self._answered:
            raise EOFError("the answer to another question")
        found: list[Packed] = packed
        return found

    def end(self) -> None:
        """Kill it and close the pipes."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            try:
                pipe.close()
            except OSError:  # what was buffered for it finds nobody
                continue
