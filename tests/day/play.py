"""The parts of a day, each a step that can be repeated."""

from __future__ import annotations

import shutil
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.local import ROOT, Cloud, NotIdle
from tests.local.cloud import ENVIRONMENT

from .programs import ShopProcess, Till

PARIS = ZoneInfo("Europe/Paris")
STANDIN_URL = "http://127.0.0.1:8787"
"""The shop's address in the local configuration: where it is replaced by the stand-in's, which takes a free port."""


class RealShop(Exception):
    """The configuration names a shop that is not the stand-in."""


class Day:
    """A day's play: its programs, its folder, and its steps."""

    def __init__(self, folder: Path, day: date, orders: int = 700, seed: int = 1, config: Path = ENVIRONMENT, broken: bool = False):
        self.folder, self.day, self.config = folder, day, config
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.cloud = Cloud(folder / "cloud")
        self.shop = ShopProcess(folder / "shop", day - timedelta(days=1), orders, seed, broken)
        self.till = Till(folder / "till", folder / "config" / "layouts", seed)

    def __enter__(self) -> Day:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # Instants of the day.

    @property
    def midnight(self) -> str:
        """00:00 in Paris, as the scheduler says it."""
        return midnight_of(self.day)

    # Steps.

    def start(self) -> None:
        """The shop, the cloud and the functions."""
        config = self.folder / "config"
        shutil.copytree(self.config, config)
        settings = config / "passerelle.toml"
        text = settings.read_text()
        if STANDIN_URL not in text:
            raise RealShop(
                f"{settings.name} in {self.config} names no shop at {STANDIN_URL}, so this is not the stand-in: "
                f"use `make up CONFIG={self.config}` and `make trigger FN=fetch-orders`"
            )
        self.shop.start()
        settings.write_text(text.replace(STANDIN_URL, self.shop.url))
        self.cloud.stop()
        self.cloud.start()
        self.cloud.deploy(config)

    def stop(self) -> None:
        """End everything."""
        self.cloud.stop()
        self.shop.stop()

    def fetch(self) -> dict:
        """Fetch orders until the shop has no more."""
        total = {"read": 0, "new": 0, "changed": 0, "faulty": 0}
        for _ in range(20):
            fetched = self.cloud.invoke("fetch-orders", {"scheduled_time": self.midnight})
            total = {name: total[name] + fetched[name] for name in total}
            if fetched["caught_up"]:
                return total
        raise RuntimeError("fetch-orders does not catch up")

    def export(self) -> dict:
        """Write the import files."""
        return self.cloud.invoke("export-orders", {"scheduled_time": self.midnight})

    def take_orders(self) -> dict:
        """The ERP reads the import files."""
        out = self.folder / "orders"
        out.mkdir(exist_ok=True)
        files = []
        for key in self.cloud.keys("orders/outbox/"):
            file = out / key.rsplit("/", 1)[1]
            file.write_bytes(self.cloud.read(key))
            files.append(file)
        if not files:
            return {"orders_imported": 0, "errors": 0, "duplicates": 0, "ttc_cents": 0}
        return self.till.take(files, self.folder / "answers.csv")

    def answer_orders(self, name: str | None = None) -> str:
        """The ERP drops its report on the orders that it read."""
        file = self.folder / "answers.csv"
        return self.cloud.put_drop(file, name or f"reponses-{self.day}.csv", "orders/acks/")

    def make_invoices(self) -> tuple[Path, dict]:
        """18:00: the ERP makes the day's invoices and writes their CSV."""
        file = self.folder / f"factures-{self.day}.csv"
        return file, self.till.invoice_day(self.day, file)

    def drop(self, file: Path, name: str | None = None) -> str:
        """The ERP drops a file."""
        return self.cloud.put_drop(file, name)

    def settle(self, progress=lambda depths: None, timeout: float = 600) -> None:
        """Wait until the evening's messages are worked off; `progress` hears how many wait where."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                self.cloud.wait_until_idle(timeout=1)
                return
            except NotIdle:
                if time.monotonic() > deadline:
                    raise
                progress(self.cloud.queue_depths())

    def reconcile(self) -> dict:
        """Sweep and report, for the real day: it is then that everything was recorded."""
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return self.cloud.invoke("reconcile", {"scheduled_time": now})

    def fetch_pdfs(self) -> list[Path]:
        """Every invoice's PDF, into `invoices/`."""
        out = self.folder / "invoices"
        out.mkdir(exist_ok=True)
        files = []
        for key in self.cloud.keys("invoices/pdf/"):
            file = out / key.rsplit("/", 1)[1]
            file.write_bytes(self.cloud.read(key))
            files.append(file)
        return files


def midnight_of(day: date) -> str:
    """The first instant of a day in Paris, as the scheduler says it."""
    return datetime(day.year, day.month, day.day, tzinfo=PARIS).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def yesterday() -> date:
    """The last whole day in Paris: everything that is played has happened already."""
    return datetime.now(PARIS).date() - timedelta(days=1)


__all__ = ["PARIS", "ROOT", "Day", "RealShop", "midnight_of", "yesterday"]
