"""The stand-in shop and till as processes: what Passerelle knows of them is their HTTP and their files."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from datetime import date
from pathlib import Path
from typing import Any

from tests.local import ROOT
from tests.local.ministack import free_port

KEY, SECRET = "ck_local", "cs_local"
"""The stand-in shop's key, as in infra/environments/local/secrets.json."""


class ShopProcess:
    """The stand-in shop. Its state directory survives it: started again, it has what it had."""

    def __init__(self, state: Path, day: date, orders: int = 700, seed: int = 1, broken: bool = False, port: int = 0):
        self.state, self.day, self.orders, self.seed, self.broken = state, day, orders, seed, broken
        # Chosen before the first start: the port that a shop chose for itself is not free again at once when it is killed.
        self.port = port or free_port()
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it, and wait until it listens."""
        command = [
            sys.executable, "-m", "tests.standins.shop", "--port", str(self.port), "--day", self.day.isoformat(),
            "--seed", str(self.seed), "--orders", str(self.orders), "--state", str(self.state),
            "--key", KEY, "--secret", SECRET, *(["--broken"] if self.broken else []),
        ]  # fmt: skip
        self.state.mkdir(parents=True, exist_ok=True)
        with (self.state / "shop.log").open("ab") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
        assert self._process.stdout, "it is a pipe"
        if not self._process.stdout.readline():
            raise RuntimeError(f"the stand-in shop did not start: {(self.state / 'shop.log').read_text()[-2000:]}")

    def stop(self, kill: bool = False) -> None:
        """End it, or pull its plug."""
        if self._process is None:
            return
        self._process.kill() if kill else self._process.terminate()
        self._process.wait(timeout=20)
        self._process = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def ask(self, path: str, body: object = None, method: str | None = None) -> Any:
        """Ask one of the endpoints for tests, below `/_standin/`."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_standin/{path}", data=data, method=method)
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)

    def invoices(self) -> list[dict]:
        """All invoices that are in accounts, without their documents."""
        return self.ask("invoices")


class TillRefused(Exception):
    """The till failed or refused a command. The text is what it printed."""


class Till:
    """The ERP and its till."""

    def __init__(self, state: Path, layouts: Path, seed: int = 1):
        self.state, self.layouts, self.seed = state, layouts, seed

    def take(self, files: list[Path], acks: Path | None = None) -> dict:
        """Import order files; what was refused and why is in the result, and in the file of acknowledgements."""
        wanted = ["--acks", str(acks)] if acks else []
        layout = str(self.layouts / "orders.toml")
        return self._run("import", "--layout", layout, *wanted, *map(str, files), refusals=True)

    def invoice_day(self, day: date, out: Path) -> dict:
        """Make the day's invoices and write their CSV."""
        layout = str(self.layouts / "invoices.toml")
        return self._run("invoices", "--day", day.isoformat(), "--layout", layout, "--out", str(out))

    def block(self, customer: str) -> None:
        """Refuse a customer's orders from now on."""
        self._run("block", customer)

    def unblock(self, customer: str) -> None:
        """Take them again."""
        self._run("unblock", customer)

    def stats(self) -> dict:
        """What the ERP has."""
        return self._run("stats")

    def _run(self, *arguments: str, refusals: bool = False) -> dict:
        command = [sys.executable, "-m", "tests.standins.till", "--state", str(self.state), "--seed", str(self.seed)]
        done = subprocess.run([*command, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode not in ((0, 1) if refusals else (0,)):
            raise TillRefused(f"till {arguments[0]}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout)
