"""The parts of a day, each a step that can be repeated."""

from __future__ import annotations

import shutil
import subprocess
import time
import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.local import ROOT, Cloud, NotIdle
from tests.local.cloud import ENVIRONMENT
from tests.local.ministack import KEYS, REGION
from tests.local.tools import host, plain_environment

from .programs import ShopProcess, Till

PARIS = ZoneInfo("Europe/Paris")
STANDIN_URL = "http://127.0.0.1:8787"
"""The shop's address in the local configuration: where it is replaced by the stand-in's, which takes a free port."""


NOTHING_TAKEN = {
    "files": [], "orders_imported": 0, "orders_changed": 0, "orders_cancelled": 0, "read_cents": 0, "duplicates": 0
}  # fmt: skip
"""What the ERP makes of no file."""


class RealShop(Exception):
    """The configuration names a shop that is not the stand-in."""


@dataclass(frozen=True)
class Round:
    """A run of the export, and what the ERP said of its files."""

    exported: dict
    taken: dict
    ack_file: Path | None

    @property
    def acks(self) -> list[dict]:
        """The ERP's acknowledgements, one an order."""
        return [ack for file in self.taken["files"] for ack in file["acknowledgements"]]


class Day:
    """A day's play: its programs, its folder, and its steps."""

    def __init__(self, folder: Path, day: date, orders: int = 700, seed: int = 1, config: Path = ENVIRONMENT, broken: bool = False):
        self.folder, self.day, self.config = folder, day, config
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.cloud = Cloud(folder / "cloud")
        self.shop = ShopProcess(folder / "shop", day - timedelta(days=1), orders, seed, broken)
        self.till = Till(folder / "till", folder / "config" / "layouts", seed)
        self.rounds: list[Round] = []

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

    def take_orders(self, exported: dict) -> Round:
        """The ERP reads the files that a run wrote."""
        out = self.folder / "orders"
        out.mkdir(exist_ok=True)
        files = []
        for key in exported["files"]:
            file = out / key.rsplit("/", 1)[1]
            file.write_bytes(self.cloud.read(key))
            files.append(file)
        if not files:
            self.rounds.append(Round(exported, NOTHING_TAKEN, None))
            return self.rounds[-1]
        acks = self.folder / f"reponses-{self.day}-{len(self.rounds) + 1}.csv"
        self.rounds.append(Round(exported, self.till.take(files, acks), acks))
        return self.rounds[-1]

    @property
    def erp_takes_changes(self) -> bool:
        """Whether the layout has changed and cancelled orders."""
        layout = tomllib.loads((self.folder / "config" / "layouts" / "orders.toml").read_text(encoding="utf-8"))
        return layout["policy"].get("amendments") == "replacement"

    def acknowledge(self) -> None:
        """The ERP drops its acknowledgements of the files that it read last, if it read any."""
        if self.rounds[-1].ack_file:
            self.cloud.put_drop(self.rounds[-1].ack_file, None, "orders/acks/")

    def send_changes(self, progress=lambda depths: None) -> Round:
        """What changed in the shop is fetched and sent to the ERP, and the shop learns its acknowledgements."""
        self.fetch()
        sent = self.take_orders(self.export())
        self.acknowledge()
        self.settle(progress)
        return sent

    def operator(self, *arguments: str) -> None:
        """The operator's command."""
        program = ROOT / "target" / host() / "debug" / "passerelle"
        command = [str(program), "--endpoint", self.cloud.endpoint, *arguments]
        env = plain_environment() | KEYS | {"AWS_REGION": REGION}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=env)
        if done.returncode:
            raise RuntimeError(f"passerelle {' '.join(arguments)}: {done.stdout}{done.stderr}")

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
