"""Where the evening's time goes: in the functions, or in the local cloud that runs them. All of it is measured."""

from __future__ import annotations

import resource
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from .play import Day


@dataclass
class Evening:
    """Seconds: by the clock, and of a processor by who used it; `alone` is what the same file takes without a cloud."""

    invoices: int = 0
    clock: float = 0
    used: Counter[str] = field(default_factory=Counter)
    alone: float = 0

    def notes(self) -> list[str]:
        """Two lines for people; none where the system does not say what a process used."""
        if not self.used:
            return []
        cloud = self.used["local cloud"]
        functions = sum(self.used.values()) - cloud
        return [
            f"The evening of {self.invoices} invoices took {self.clock:.1f} s by the clock, and of a processor {cloud:.1f} s in the local "
            f"cloud, {functions:.1f} s in all functions, of which {self.used['render-invoice']:.1f} s in render-invoice.",
            f"The same file read and rendered by one process without a cloud (passerelle invoices render): {self.alone:.1f} s.",
        ]


@contextmanager
def measured(day: Day) -> Iterator[Evening]:
    """Measures what happens inside."""
    evening, before, started = Evening(), Counter(day.cloud.cpu_seconds()), time.monotonic()
    yield evening
    evening.clock = time.monotonic() - started
    evening.used = Counter(day.cloud.cpu_seconds()) - before


def render_alone(day: Day, file: Path) -> float:
    """The file as PDF on this machine, by the operator's command; seconds of a processor."""

    def used() -> float:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return children.ru_utime + children.ru_stime

    layout, out = day.folder / "config" / "layouts" / "invoices.toml", day.folder / "alone"
    before = used()
    day.operator("invoices", "render", str(file), "--layout", str(layout), "--out", str(out))
    seconds = used() - before
    shutil.rmtree(out)
    return seconds
