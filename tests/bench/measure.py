"""CPU seconds from /proc, of a process with all that descend from it."""

import os
from pathlib import Path
from typing import NamedTuple

TICKS = os.sysconf("SC_CLK_TCK")


class CPU(NamedTuple):
    server: float
    database: float

    def __sub__(self, other: "CPU") -> "CPU":
        return CPU(self.server - other.server, self.database - other.database)


def tree_of(pid: int, *, named: str = "") -> list[int]:
    """The process and its descendants; with a name, only those whose program is called so."""
    parents = {}
    for directory in Path("/proc").glob("[0-9]*"):
        stat = _stat(int(directory.name))
        if stat:
            parents[int(directory.name)] = int(stat[1])
    found, tree = [pid], []
    while found:
        current = found.pop()
        tree.append(current)
        found += [child for child, parent in parents.items() if parent == current]
    return [one for one in tree if not named or _name(one) == named]


def cpu_of(pids: list[int]) -> float:
    """Time of those that run, and of their children that have ended."""
    return sum(sum(map(int, stat[11:15])) for pid in pids if (stat := _stat(pid))) / TICKS


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return []


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""
