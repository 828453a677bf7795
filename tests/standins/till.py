"""The stand-in ERP and till.

    python -m tests.standins.till --state DIR [--seed 1] import --layout orders.toml [--acks FILE] FILE…
    python -m tests.standins.till --state DIR [--seed 1] invoices --day 2026-11-24 --layout invoices.toml --out FILE
    python -m tests.standins.till --state DIR block CUSTOMER | unblock CUSTOMER
    python -m tests.standins.till --state DIR stats

Each prints JSON. `--acks` writes an acknowledgement of each order, as the local acks.toml reads it.
`import` ends with 0 when everything was taken and 1 when something was refused; 2 is a command or
layout that cannot work. A blocked customer's orders are refused until it is unblocked. `invoices` puts
all orders imported and not yet invoiced on the day's invoices; the same day again writes the same file.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

from . import invoice_file, layout, till_invoices
from .customers import customers
from .files import LayoutFault, replace
from .import_checks import Masters
from .till_import import import_file
from .till_state import Memory, State

Json = dict[str, Any]
TAKEN = ("orders_imported", "orders_changed", "orders_cancelled")
"""What can become of an order that is taken."""


def run_import(memory: Memory, layout_path: Path, files: list[Path], seed: int, acks: Path | None = None) -> tuple[Json, int]:
    """Imports files; returns what became of them and the exit status."""
    wanted = layout.load(layout_path)
    state = memory.load()
    masters = Masters(frozenset(customer.code for customer in customers(seed)), frozenset(state.blocked))
    results = [import_file(path, wanted, masters, state) for path in files]
    memory.save(state)
    if acks:
        write_acks(acks, [ack for result in results for ack in result["acknowledgements"]])
    total = {
        "errors": sum(len(result["errors"]) for result in results),
        "duplicates": sum(result["duplicates"] for result in results),
        **{
            name: sum(result.get(name, 0) for result in results)
            for name in (*TAKEN, "read_cents", "ht_cents", "tva_cents", "ttc_cents", "lines")
        },
        "files": results,
    }
    return total, 1 if total["errors"] else 0


def write_acks(out: Path, acks: list[Json]) -> None:
    """The acknowledgements: a row an order, whether the ERP took it and under which number, or why not."""
    with out.open("w", encoding="windows-1252", errors="replace", newline="") as file:
        rows = csv.writer(file, delimiter=";", lineterminator="\r\n")
        rows.writerow(["commande", "boutique", "lot", "statut", "numero_erp", "motif"])
        for ack in acks:
            outcome = "OK" if ack["accepted"] else "KO"
            names = (ack["number"], ack["shop"], ack["batch"])
            rows.writerow([*names, outcome, ack["erp_number"], ack["reason"]])


def run_invoices(memory: Memory, layout_path: Path, day: date, out: Path, seed: int) -> Json:
    """Makes a day's invoices, or takes those it made before, and writes their file."""
    wanted = invoice_file.load(layout_path)
    state = memory.load()
    name = day.isoformat()
    if name not in state.days:
        earlier = memory.invoices(max(state.days)) if state.days else []
        made = till_invoices.make(day, seed, state, earlier)
        memory.keep_invoices(name, made)
        state.days[name] = till_invoices.figures(made)
        state.last_number = made[-1]["number"]
        memory.save(state)
    content = invoice_file.write(memory.invoices(name), wanted)
    out.parent.mkdir(parents=True, exist_ok=True)
    replace(out, content)
    return {"day": name, "file": str(out), "bytes": len(content), **state.days[name]}


def set_blocked(memory: Memory, customer: str, blocked: bool) -> Json:
    """Blocks a customer, or lets it buy again."""
    state = memory.load()
    state.blocked = sorted({*state.blocked, customer} if blocked else {*state.blocked} - {customer})
    memory.save(state)
    return {"blocked": state.blocked}


def stats(state: State) -> Json:
    """What the ERP has, with sums in cents; cancelled orders are counted apart."""
    orders = [order for order in state.orders.values() if not order["cancelled"]]
    days = list(state.days.values())
    return {
        "files": len(state.files),
        "orders": {
            "imported": len(orders),
            "changed": sum(order["changes"] > 0 for order in orders),
            "cancelled": len(state.orders) - len(orders),
            "invoiced": sum(order["invoiced_on"] is not None for order in orders),
            "lines": sum(len(order["lines"]) for order in orders),
            **{name: sum(order[name] for order in orders) for name in ("ht_cents", "tva_cents", "ttc_cents")},
        },
        "refused": {"files": state.refused_files, "orders": state.refused_orders},
        "duplicates": {"files": state.duplicate_files, "orders": state.duplicate_orders},
        "invoices": {
            "count": sum(day["count"] for day in days),
            "gross_cents": sum(day["gross_cents"] for day in days),
            "web_ht_cents": sum(day["by_origin"]["web"]["ht_cents"] for day in days),
            "market_ht_cents": sum(day["by_origin"]["market"]["ht_cents"] for day in days),
            "days": state.days,
        },
    }


def arguments(given: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.standins.till", description="The stand-in ERP and till.")
    parser.add_argument("--state", type=Path, required=True, help="the ERP's memory, a folder")
    parser.add_argument("--seed", type=int, default=1, help="of the world: customers and market sales")
    commands = parser.add_subparsers(dest="command", required=True)
    taking = commands.add_parser("import", help="take order files")
    taking.add_argument("--layout", type=Path, required=True)
    taking.add_argument("--acks", type=Path, help="where the acknowledgements for Passerelle go")
    taking.add_argument("files", type=Path, nargs="+")
    making = commands.add_parser("invoices", help="make a day's invoices and write their file")
    making.add_argument("--day", type=date.fromisoformat, required=True)
    making.add_argument("--layout", type=Path, required=True)
    making.add_argument("--out", type=Path, required=True)
    making.add_argument("--seed", type=int, default=argparse.SUPPRESS)
    for command, does in (("block", "refuse a customer's orders"), ("unblock", "take them again")):
        commands.add_parser(command, help=does).add_argument("customer")
    commands.add_parser("stats", help="print what the ERP has")
    return parser.parse_args(given)


def main(given: list[str]) -> int:
    """Runs a command; returns the exit status."""
    options = arguments(given)
    memory = Memory(options.state)
    status = 0
    try:
        if options.command == "import":
            result, status = run_import(memory, options.layout, options.files, options.seed, options.acks)
        elif options.command == "invoices":
            result = run_invoices(memory, options.layout, options.day, options.out, options.seed)
        elif options.command in ("block", "unblock"):
            result = set_blocked(memory, options.customer, options.command == "block")
        else:
            result = stats(memory.load())
    except (LayoutFault, till_invoices.OutOfOrder, OSError) as error:
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}, ensure_ascii=False))
        return 2
    print(json.dumps(result, ensure_ascii=False, indent=1))
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
