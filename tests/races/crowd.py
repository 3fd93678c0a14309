"""Many callers at one moment: processes with threads, each thread with a database connection of its own.

Processes, not threads alone: what is remembered in one process must not be what keeps a race from being lost.
"""

import multiprocessing
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from typing import Any

PROCESSES = 5
THREADS = 10
PATIENCE = 60


@dataclass(frozen=True)
class Call:
    """A deed of `tests.races.deeds`, by its name, and what it is given."""

    deed: str
    given: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    call: Call
    result: Any
    began: float
    ended: float
    """On the clock that all processes of a machine share."""


class Crowd:
    """Callers that wait for each other before every round."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.barrier = context.Barrier(PROCESSES * THREADS)
        self.pipes: list[Connection] = []
        self.processes = []
        for _ in range(PROCESSES):
            ours, theirs = context.Pipe()
            process = context.Process(target=_stand, args=[theirs, self.barrier], daemon=True)
            process.start()
            self.pipes.append(ours)
            self.processes.append(process)

    def rush(self, calls: Sequence[Call]) -> list[Outcome]:
        """Do all of these at once, dealt out to the processes in turn. At most PROCESSES * THREADS."""
        assert len(calls) <= PROCESSES * THREADS
        for number, pipe in enumerate(self.pipes):
            pipe.send(calls[number::PROCESSES])
        outcomes: list[Outcome] = []
        for pipe in self.pipes:
            assert pipe.poll(PATIENCE), "A process of the crowd does not answer."
            outcomes += pipe.recv()
        failed = [outcome.result for outcome in outcomes if isinstance(outcome.result, BaseException)]
        assert not failed, failed
        return outcomes

    def leave(self) -> None:
        for pipe in self.pipes:
            pipe.send(None)
        for process in self.processes:
            process.join(PATIENCE)


def _stand(pipe: Connection, barrier: Barrier) -> None:
    from tests.races import deeds

    def act(call: Call | None) -> Outcome | None:
        barrier.wait(PATIENCE)
        if call is None:
            return None
        began = time.monotonic()
        try:
            result = getattr(deeds, call.deed)(**call.given)
        except Exception as error:  # noqa: BLE001 (told to the test, which fails with it)
            result = error
        return Outcome(call, result, began, time.monotonic())

    with ThreadPoolExecutor(THREADS) as threads:
        while (calls := pipe.recv()) is not None:
            padded = [*calls, *[None] * (THREADS - len(calls))]
            pipe.send([outcome for outcome in threads.map(act, padded) if outcome is not None])
