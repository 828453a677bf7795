"""The ERP takes a change to an order that it has, and refuses what it cannot do, with its words."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from . import layout, till, world
from .money import cents
from .support import DAY, INVOICES_TOML, amount, export, orders_toml
from .till_state import Memory
from .woo_order import with_quantities

Json = dict[str, Any]
ACTION = '{ name = "action", from = "order.action", codes = { new = "C", replace = "M", cancel = "A" } }'


def _layout(amendments: str = "replacement") -> str:
    """The layout with a column for what an order is, and a policy for changes."""
    column = '{ name = "ttc", from = "order.total" },'
    text = orders_toml().replace(column, f"{column} {ACTION},", 1)
    return text.replace("[policy]", f'[policy]\namendments = "{amendments}"', 1)


@cache
def _order() -> Json:
    """A sale of several lines with a whole number of something first."""
    sales = (order for order in world.orders(DAY, 1, count=60).orders if world.exportable(order))
    plain = (order for order in sales if not order["refunds"] and not order["coupon_lines"] and len(order["line_items"]) > 2)
    return next(order for order in plain if all(meta["key"] != "_payments" for meta in order["meta_data"]))


def _file(order: Json, action: str, change: Callable[[list[str]], None] = lambda header: None) -> bytes:
    """A file of one order, told as new, replaced or cancelled."""
    rows = [row.split(";") for row in export([order]).decode("cp1252").split("\r\n")[:-1]]
    if action == "A":
        header = [*rows[0][:6], "0,00", "0,00", "0,00"]
        rows = [header, ["F", "1", "0", "2", "0,00"]]
    rows[0].append(action)
    change(rows[0])
    return "".join(";".join(row) + "\r\n" for row in rows).encode("cp1252")


class Erp:
    """An ERP in a temporary folder that has one order."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.memory, self.files = folder, Memory(folder / "erp"), 0
        self.layout = folder / "orders.toml"
        self.layout.write_text(_layout(), encoding="utf-8")

    def take(self, content: bytes) -> tuple[Json, Json]:
        """Imports a file; its report, and the answer on its only order."""
        self.files += 1
        path, answers = self.folder / f"CMD_{self.files}.txt", self.folder / "answers.csv"
        path.write_bytes(content)
        report, _ = till.run_import(self.memory, self.layout, [path], 1, answers)
        with answers.open(encoding="cp1252", newline="") as file:
            (answer,) = csv.DictReader(file, delimiter=";")
        return report, answer

    def stats(self) -> Json:
        """What it has."""
        return till.stats(self.memory.load())


@pytest.fixture
def erp(tmp_path: Path) -> Erp:
    made = Erp(tmp_path)
    assert made.take(_file(_order(), "C"))[1]["statut"] == "OK"
    return made


def test_a_replacement_takes_the_orders_place_under_the_same_number(erp: Erp) -> None:
    first = erp.memory.load().orders
    less = with_quantities(_order(), {_order()["line_items"][0]["sku"]: Decimal(0)})
    report, answer = erp.take(_file(less, "M"))
    assert (report["orders_imported"], report["orders_changed"], report["errors"]) == (0, 1, 0)
    assert answer["numero_erp"] == next(iter(first.values()))["erp_number"] == "BL-000001"
    stats = erp.stats()["orders"]
    assert (stats["imported"], stats["changed"], stats["ttc_cents"]) == (1, 1, cents(less["total"]))
    assert cents(less["total"]) < cents(_order()["total"])


def test_a_cancelled_order_counts_no_more_and_is_on_no_invoice(erp: Erp, tmp_path: Path) -> None:
    report, answer = erp.take(_file(_order(), "A"))
    assert (report["orders_cancelled"], answer["statut"], answer["numero_erp"]) == (1, "OK", "BL-000001")
    stats = erp.stats()["orders"]
    assert (stats["imported"], stats["cancelled"], stats["ttc_cents"]) == (0, 1, 0)
    invoices_toml = tmp_path / "invoices.toml"
    invoices_toml.write_text(INVOICES_TOML, encoding="utf-8")
    made = till.run_invoices(erp.memory, invoices_toml, DAY + timedelta(days=1), tmp_path / "out.csv", 1)
    assert made["by_origin"]["web"]["invoices"] == 0 < made["by_origin"]["market"]["invoices"]


def _invoice(erp: Erp) -> None:
    toml = erp.folder / "invoices.toml"
    toml.write_text(INVOICES_TOML, encoding="utf-8")
    till.run_invoices(erp.memory, toml, DAY + timedelta(days=1), erp.folder / "out.csv", 1)


REFUSALS: dict[str, tuple[Callable[[Erp], object], Callable[[], bytes], str]] = {
    "an order that it has not": (lambda erp: None, lambda: _file(_order(), "M", _number("999")), "no such order"),
    "a word out of the list": (lambda erp: None, lambda: _file(_order(), "X"), "not in the code list"),
    "another customer": (lambda erp: None, lambda: _file(_order(), "M", _customer("C00001")), "cannot become 'C00001'"),
    "an invoiced order": (_invoice, lambda: _file(_order(), "M"), "only a credit note changes it"),
    "an invoiced order, cancelled": (_invoice, lambda: _file(_order(), "A"), "only a credit note changes it"),
    "a cancelled order": (lambda erp: erp.take(_file(_order(), "A")), lambda: _file(_order(), "M"), "takes no change any more"),
    "a cancellation with something to pay": (lambda erp: None, lambda: _costly(), "nothing to pay"),
    "an order that it has, as new": (lambda erp: None, lambda: _file(_order(), "C", _wanted("01/12/2026")), "has this order already"),
    "a delivery too far away": (lambda erp: None, lambda: _file(_order(), "M", _wanted("24/11/2027")), "later than 60 days"),
    "a blocked customer": (lambda erp: till.set_blocked(erp.memory, _code(), True), lambda: _file(_order(), "M"), "is blocked"),
}


def _code() -> str:
    return next(meta["value"] for meta in _order()["meta_data"] if meta["key"] == "_erp_code")


def _number(text: str) -> Callable[[list[str]], None]:
    return lambda header: header.__setitem__(1, text)


def _customer(code: str) -> Callable[[list[str]], None]:
    return lambda header: header.__setitem__(2, code)


def _wanted(day: str) -> Callable[[list[str]], None]:
    return lambda header: header.__setitem__(5, day)


def _costly() -> bytes:
    total = amount(cents(_order()["total"]))
    rows = _file(_order(), "A").replace(b"0,00;A\r\n", f"{total};A\r\n".encode())
    return rows.replace(b"F;1;0;2;0,00", f"F;1;0;2;{total}".encode())


@pytest.mark.parametrize("refusal", REFUSALS)
def test_what_it_cannot_do_is_refused_with_its_words_and_changes_nothing(erp: Erp, refusal: str) -> None:
    before, make, words = REFUSALS[refusal]
    before(erp)
    orders = erp.memory.load().orders
    report, answer = erp.take(make())
    assert report["errors"] > 0 and answer["statut"] == "KO" and answer["numero_erp"] == ""
    assert words in answer["motif"]
    assert erp.memory.load().orders == orders


def test_a_customer_that_is_unblocked_buys_again(erp: Erp) -> None:
    till.set_blocked(erp.memory, _code(), True)
    assert erp.take(_file(_order(), "M"))[1]["statut"] == "KO"
    till.set_blocked(erp.memory, _code(), False)
    assert erp.take(_file(_order(), "M", _wanted("25/11/2026")))[1]["statut"] == "OK"


def test_who_takes_only_cancellations_refuses_a_replacement(erp: Erp) -> None:
    erp.layout.write_text(_layout("cancellation"), encoding="utf-8")
    assert "nothing that the ERP can do" in erp.take(_file(_order(), "M"))[1]["motif"]
    assert erp.take(_file(_order(), "A"))[1]["statut"] == "OK"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (ACTION, '{ name = "note", from = "order.note" }', "no column has it"),
        (', cancel = "A"', "", "lacks cancel"),
        ('amendments = "replacement"', 'amendments = "signed_differences"', "policy.amendments"),
    ],
)
def test_a_layout_that_cannot_tell_changes_is_refused_by_name(tmp_path: Path, old: str, new: str, reason: str) -> None:
    path = tmp_path / "orders.toml"
    assert old in _layout()
    path.write_text(_layout().replace(old, new, 1), encoding="utf-8")
    with pytest.raises(layout.LayoutFault, match=reason):
        layout.load(path)
