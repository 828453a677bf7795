"""What the ERP remembers between its runs: imported files and orders, invoices made, refusals.

One JSON file, replaced whole by a rename at the end of a command: a command killed half way has
done nothing.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .files import replace

Json = dict[str, Any]


@dataclass
class State:
    """The ERP's memory. Orders by `shop/number`, files by name, days by date, blocked customers; amounts in cents."""

    files: dict[str, Json] = field(default_factory=dict)
    orders: dict[str, Json] = field(default_factory=dict)
    days: dict[str, Json] = field(default_factory=dict)
    blocked: list[str] = field(default_factory=list)
    last_number: str = ""
    refused_files: int = 0
    refused_orders: int = 0
    duplicate_files: int = 0
    duplicate_orders: int = 0


def _write(path: Path, value: Any) -> None:
    replace(path, json.dumps(value, ensure_ascii=False, indent=1).encode())


class Memory:
    """The folder that a state lives in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def load(self) -> State:
        """The state, new where there is none yet."""
        path = self.folder / "state.json"
        return State(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else State()

    def save(self, state: State) -> None:
        """Keeps the state."""
        _write(self.folder / "state.json", asdict(state))

    def invoices(self, day: str) -> list[Json]:
        """The invoices of a day that was invoiced."""
        loaded: list[Json] = json.loads((self.folder / f"invoices-{day}.json").read_text(encoding="utf-8"))
        return loaded

    def keep_invoices(self, day: str, invoices: list[Json]) -> None:
        """Keeps a day's invoices, so that the same day again makes the same file."""
        _write(self.folder / f"invoices-{day}.json", invoices)
