"""Tells the portal what tokens were used for: quickly for the caller, in batches, and at last reliably."""

import asyncio
import json
import logging
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Literal
from uuid import uuid4

import httpx
from mcp.server.auth.provider import AccessToken

from portal.demo.mcp_server.configure import Configuration
from portal.demo.mcp_server.connect import credentials
from portal.demo.mcp_server.require import Call

logger = logging.getLogger(__name__)

Outcome = Literal["allowed", "denied"]
Event = dict[str, str]

JSON = {"Content-Type": "application/json"}

#: Answers that no repetition will change: the batch is at fault, not the moment.
HOPELESS = frozenset({400, 413, 415, 422})


@dataclass(frozen=True, kw_only=True)
class Pace:
    interval: float = 1.0
    batch: int = 100
    capacity: int = 10_000
    first_pause: float = 1.0
    longest_pause: float = 30.0
    flush: float = 5.0


class Reporter:
    def __init__(self, *, portal: httpx.AsyncClient, config: Configuration, pace: Pace | None = None) -> None:
        self._portal = portal
        self._url = f"{config.issuer}/access-events"
        self._auth = credentials(config)
        self._pace = pace or Pace()
        self._queue: deque[Event] = deque()
        self._batch: list[Event] = []
        self._waiting = asyncio.Event()
        self._full = asyncio.Event()
        self.dropped = 0

    def record(self, outcome: Outcome, call: Call, token: AccessToken) -> None:
        """Queue one event; never waits and never fails, so that no call is slower for being reported."""
        if len(self._queue) >= self._pace.capacity:
            self._queue.popleft()
            self._count_dropped(1, "the queue is full")
        self._queue.append(describe_event(outcome, call, token))
        self._waiting.set()
        if len(self._queue) >= self._pace.batch:
            self._full.set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        while True:
            await self._waiting.wait()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._full.wait(), self._pace.interval)
            self._take_batch()
            pause = self._pace.first_pause
            while not await self._deliver():
                await asyncio.sleep(pause)
                pause = min(pause * 2, self._pace.longest_pause)

    async def flush(self) -> None:
        """Deliver what is left when the server stops, without waiting for a portal that is down."""
        deadline = monotonic() + self._pace.flush
        while self._batch or self._queue:
            if not self._batch:
                self._take_batch()
            if monotonic() > deadline or not await self._deliver():
                self._count_dropped(
                    len(self._batch) + len(self._queue), "the server stops and the portal is away"
                )
                return

    def _take_batch(self) -> None:
        size = min(len(self._queue), self._pace.batch)
        self._batch = [self._queue.popleft() for _ in range(size)]
        if not self._queue:
            self._waiting.clear()
        if len(self._queue) < self._pace.batch:
            self._full.clear()

    async def _deliver(self) -> bool:
        """Send the batch; it stays as it is until the portal has it, so that its ids make a repetition harmless."""
        try:
            body = json.dumps({"events": self._batch})
            answer = await self._portal.post(self._url, content=body, headers=JSON, auth=self._auth)
        except httpx.HTTPError as error:
            logger.warning("Access events could not be reported, trying again: %r", error)
            return False
        if answer.status_code in HOPELESS:
            self._count_dropped(len(self._batch), f"the portal answered {answer.status_code}")
        elif not answer.is_success:
            logger.warning("Access events could not be reported, trying again: HTTP %s", answer.status_code)
            return False
        self._batch = []
        return True

    def _count_dropped(self, count: int, reason: str) -> None:
        self.dropped += count
        # One line each for the first and every hundredth: a full queue is already trouble enough.
        if count > 1 or self.dropped % 100 == 1:
            logger.warning("%s access events were dropped by now: %s", self.dropped, reason)


def describe_event(outcome: Outcome, call: Call, token: AccessToken) -> Event:
    claims = token.claims or {}
    event = {
        "id": str(uuid4()),
        "at": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "outcome": outcome,
        "tool": call.name,
        "scope": call.scope,
        "jti": str(claims["jti"]),
        "client_id": token.client_id,
        "sub": str(claims["sub"]),
    }
    # A client acting for itself has no grant.
    return event | ({"grant_id": str(claims["grant_id"])} if claims.get("grant_id") else {})
