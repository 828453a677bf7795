"""Plays a whole day from nothing and says whether every figure agrees: `make run`."""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from tests.local import ROOT, FunctionFailed, MissingTool, NotIdle
from tests.local.cloud import ENVIRONMENT
from tests.local.ministack import DidNotStart
from tests.local.terraform import TerraformFailed

from . import changes, evening, figures, table
from .play import Day, RealShop, yesterday
from .programs import TillRefused

FOLDER = ROOT / "target" / "run"


class Steps:
    """Says what is going on, and remembers how long it took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str, text: str):
        """A step of the day."""
        print(f"  {text} …", flush=True)
        started = time.monotonic()
        yield
        self.seconds[name] = time.monotonic() - started


def progress(depths: dict[str, tuple[int, int]]) -> None:
    """How many messages wait, on one line that is written over; nothing where there is no terminal."""
    waiting = ", ".join(f"{name} {sum(depth)}" for name, depth in depths.items() if sum(depth))
    if waiting and sys.stdout.isatty():
        print(f"    {waiting:<70}", end="\r", flush=True)


def play(day: Day) -> int:
    """The day; returns the exit status."""
    steps = Steps()
    with steps.step("start", "the shop opens, and Terraform deploys Passerelle onto the local cloud"):
        day.start()
    with steps.step("midnight: fetch", "00:00  the day's web orders are fetched from the shop"):
        day.fetch()
    happened, plain = changes.plan(day)
    changes.block(day, happened)
    with steps.step("midnight: export", "00:20  they are written as import files for the ERP"):
        exported = day.export()
    with steps.step("night: ERP imports", "00:30  the ERP reads the files, strictly by their layout"):
        day.take_orders(exported)
    with steps.step("night: acknowledgements", "00:40  the ERP acknowledges each order, and the shop learns its number"):
        day.acknowledge()
        day.settle(progress)
    with steps.step("night: changes", "01:20  some orders have changed in the shop meanwhile, and the ERP is sent the changes"):
        changes.change(day, happened, plain)
        day.send_changes(progress)
    with steps.step("night: refused orders", "02:20  what the ERP refused is fixed and sent again"):
        changes.fix(day, happened)
        day.send_changes(progress)
    with steps.step("18:00: invoices to accounts", "18:00  the ERP drops the day's invoices, market and web mixed"):
        file, made = day.make_invoices()
        with evening.measured(day) as measured:
            day.drop(file)
            day.settle(progress)
    measured.invoices, measured.alone = made["count"], evening.render_alone(day, file)
    with steps.step("19:00: report", "19:00  the day is reconciled, and every station is asked what it holds"):
        day.reconcile()
        found = figures.gather(day, happened, made)
        found.notes = measured.notes()
    print(table.as_text(found, steps.seconds))
    table.as_page(found, steps.seconds, day.day.isoformat(), day.folder / "report.html")
    shown = day.folder.relative_to(ROOT) if day.folder.is_relative_to(ROOT) else day.folder
    print(f"\n  Look at {shown}/orders/, {shown}/invoices/, {shown}/report.html")
    return 1 if found.disagreements else 0


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.day", description=__doc__)
    parser.add_argument("--day", type=date.fromisoformat, default=yesterday(), help="the day in Paris (yesterday)")
    parser.add_argument("--orders", type=int, default=700, help="web orders of the day before")
    parser.add_argument("--seed", type=int, default=1, help="of the customers, orders and market sales")
    parser.add_argument("--config", type=Path, default=ENVIRONMENT, help="directory with passerelle.toml")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the day's files go")
    options = parser.parse_args()
    print(f"\n  Passerelle: {options.day}, {options.orders} web orders\n")
    try:
        with Day(options.folder.resolve(), options.day, options.orders, options.seed, options.config) as day:
            return play(day)
    except (MissingTool, RealShop, FunctionFailed, TerraformFailed, DidNotStart, NotIdle, TillRefused, RuntimeError) as error:
        print(f"\n  {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
