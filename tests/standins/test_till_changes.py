"""The ERP takes a change to an order that it has, and refuses what it cannot do, with the reason."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from . import till, world
from .money import cents, french
from .support import DAY, ORDERS_TOML, Erp, export, fault_of
from .woo_order import with_quantities

Json = dict[str, Any]
ACTION = '{ name = "action", from = "order.action", codes = { new = "C", replace = "M", cancel = "A" } }'


def _layout(amendments: str = "replacement") -> str:
    """The layout with a column for what an order is, and a policy for changes."""
    column = '{ name = "ttc", from = "order.total" },'
    text = ORDERS_TOML.replace(column, f"{column} {ACTION},", 1)
    return text.replace("[policy]", f'[policy]\namendments = "{amendments}"', 1)


@cache
def _order() -> Json:
    """A sale of several lines with a whole number of something first."""
    sales = (order for order in world.orders(DAY, 1, count=60).orders if world.exportable(order))
    plain = (order for order in sales if not order["refunds"] and not order["coupon_lines"] and len(order["line_items"]) > 2)
    return next(order for order in plain if all(meta["key"] != "_payments" for meta in order["meta_data"]))


def _file(order: Json, action: str, change: Callable[[list[str]], None] = lambda header: None) -> bytes:
    """A file of one order, marked as new, replaced or cancelled."""
    rows = [row.split(";") for row in export([order]).decode("cp1252").split("\r\n")[:-1]]
    if action == "A":
        header = [*rows[0][:6], "0,00", "0,00", "0,00"]
        rows = [header, ["F", "1", "0", "2", "0,00"]]
    rows[0].append(action)
    change(rows[0])
    return "".join(";".join(row) + "\r\n" for row in rows).encode("cp1252")


@pytest.fixture
def erp(tmp_path: Path) -> Erp:
    made = Erp(tmp_path, _layout())
    assert _take(made, _file(_order(), "C"))["statut"] == "OK"
    return made


def _take(erp: Erp, content: bytes) -> dict[str, str]:
    """Imports a file; the acknowledgement of its only order."""
    erp.take(content)
    (ack,) = erp.acks
    return ack


def test_a_replacement_takes_the_orders_place_under_the_same_number(erp: Erp) -> None:
    first = erp.memory.load().orders
    less = with_quantities(_order(), {_order()["line_items"][0]["sku"]: Decimal(0)})
    result = erp.take(_file(less, "M"))
    assert (result["orders_imported"], result["orders_changed"], result["errors"]) == (0, 1, 0)
    assert erp.acks[0]["numero_erp"] == next(iter(first.values()))["erp_number"] == "BL-000001"
    stats = erp.stats()["orders"]
    assert (stats["imported"], stats["changed"], stats["ttc_cents"]) == (1, 1, cents(less["total"]))
    assert cents(less["total"]) < cents(_order()["total"])


def test_a_cancelled_order_does_not_count_and_is_on_no_invoice(erp: Erp) -> None:
    result = erp.take(_file(_order(), "A"))
    (ack,) = erp.acks
    assert (result["orders_cancelled"], ack["statut"], ack["numero_erp"]) == (1, "OK", "BL-000001")
    stats = erp.stats()["orders"]
    assert (stats["imported"], stats["cancelled"], stats["ttc_cents"]) == (0, 1, 0)
    made = erp.invoice()
    assert made["by_origin"]["web"]["invoices"] == 0 < made["by_origin"]["market"]["invoices"]


REFUSALS: dict[str, tuple[Callable[[Erp], object], Callable[[], bytes], str]] = {
    "an order that it has not": (lambda erp: None, lambda: _file(_order(), "M", _number("999")), "no such order"),
    "a word out of the list": (lambda erp: None, lambda: _file(_order(), "X"), "not in the code list"),
    "another customer": (lambda erp: None, lambda: _file(_order(), "M", _customer("C00001")), "cannot become 'C00001'"),
    "an invoiced order": (Erp.invoice, lambda: _file(_order(), "M"), "only a credit note changes it"),
    "an invoiced order, cancelled": (Erp.invoice, lambda: _file(_order(), "A"), "only a credit note changes it"),
    "a cancelled order": (lambda erp: erp.take(_file(_order(), "A")), lambda: _file(_order(), "M"), "cannot be changed"),
    "a cancellation with something to pay": (lambda erp: None, lambda: _costly(), "with order.total"),
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
    total = french(cents(_order()["total"]))
    rows = _file(_order(), "A").replace(b"0,00;A\r\n", f"{total};A\r\n".encode())
    return rows.replace(b"F;1;0;2;0,00", f"F;1;0;2;{total}".encode())


@pytest.mark.parametrize("refusal", REFUSALS)
def test_what_it_cannot_do_is_refused_with_the_reason_and_changes_nothing(erp: Erp, refusal: str) -> None:
    before, make, reason = REFUSALS[refusal]
    before(erp)
    orders = erp.memory.load().orders
    ack = _take(erp, make())
    assert ack["statut"] == "KO" and ack["numero_erp"] == ""
    assert reason in ack["motif"]
    assert erp.memory.load().orders == orders


def test_a_customer_that_is_unblocked_buys_again(erp: Erp) -> None:
    till.set_blocked(erp.memory, _code(), True)
    assert _take(erp, _file(_order(), "M"))["statut"] == "KO"
    till.set_blocked(erp.memory, _code(), False)
    assert _take(erp, _file(_order(), "M", _wanted("25/11/2026")))["statut"] == "OK"


def test_who_takes_only_cancellations_refuses_a_replacement(erp: Erp) -> None:
    erp.layout.write_text(_layout("cancellation"), encoding="utf-8")
    assert "nothing that the ERP can do" in _take(erp, _file(_order(), "M"))["motif"]
    assert _take(erp, _file(_order(), "A"))["statut"] == "OK"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (ACTION, '{ name = "note", from = "order.note" }', "no column has order.action"),
        (', cancel = "A"', "", "lacks cancel"),
        ('amendments = "replacement"', 'amendments = "signed_differences"', "policy.amendments"),
    ],
)
def test_a_layout_without_what_changes_need_is_refused_by_name(tmp_path: Path, old: str, new: str, reason: str) -> None:
    assert reason in fault_of(tmp_path, _layout(), old, new)
