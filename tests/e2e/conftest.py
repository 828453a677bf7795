"""One day is played for all tests here; each looks at another side of it, or goes on from where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.day import Day, changes
from tests.day.play import yesterday
from tests.local import ROOT

FOLDER = ROOT / "target" / "e2e"


@dataclass
class Played:
    """A day that was played to its end."""

    day: Day
    fetched: dict
    happened: changes.Changes
    csv: Path
    made: dict

    def ledger(self, kind: str) -> dict[str, dict]:
        """The heads of one kind of item (`ORDER`, `INVOICE`), by the rest of their key."""
        return self.day.cloud.heads(kind)

    def standing(self) -> tuple:
        """Everything that a repeat must not change: files, documents, accounts, states."""
        cloud = self.day.cloud
        written = {key: cloud.read(key) for key in [*cloud.keys("orders/outbox/"), *cloud.keys("invoices/pdf/")]}
        orders = {key: (item["status"]["S"], item["revisions"]["N"]) for key, item in self.ledger("ORDER").items()}
        invoices = {key: item["state"]["S"] for key, item in self.ledger("INVOICE").items()}
        return written, orders, invoices, self.day.shop.invoices()

    def drop(self, name: str, content: bytes) -> str:
        """Drop a file, let it be worked off, and return its key."""
        file = self.day.folder / "dropped" / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)
        key = self.day.drop(file)
        self.day.settle()
        return key

    def outcome(self, key: str) -> dict:
        """What became of the drop that came last under a key."""
        drops = [item for item in self.day.cloud.ledger() if item["pk"]["S"] == f"DROP#{key}"]
        return max(drops, key=lambda item: item["updated_at"]["S"])


@pytest.fixture(scope="session")
def played() -> Iterator[Played]:
    """The whole day, with one order among 700 whose parts do not add up."""
    with Day(FOLDER, yesterday(), orders=700, broken=True) as day:
        day.start()
        fetched = day.fetch()
        happened, plain = changes.plan(day)
        changes.block(day, happened)
        day.take_orders(day.export())
        day.acknowledge()
        day.settle()
        changes.change(day, happened, plain)
        day.send_changes()
        changes.fix(day, happened)
        day.send_changes()
        csv, made = day.make_invoices()
        day.drop(csv)
        day.settle()
        day.reconcile()
        yield Played(day, fetched, happened, csv, made)
