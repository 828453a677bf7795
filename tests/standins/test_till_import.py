"""The ERP takes what is right, each once, and says of everything else where and why."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from . import world
from .money import cents, french
from .support import DAY, ORDERS_TOML, Erp, export, fault_of

Json = dict[str, Any]


@cache
def _orders() -> list[Json]:
    return world.orders(DAY, 1, count=40).orders


@cache
def _good() -> str:
    return export(_orders()).decode("cp1252")


@pytest.fixture
def erp(tmp_path: Path) -> Erp:
    return Erp(tmp_path)


def test_a_good_file_comes_in_whole_and_to_the_cent(erp: Erp) -> None:
    sales = [order for order in _orders() if world.exportable(order) and not order["refunds"]]
    result = erp.take(_good())
    assert (result["errors"], result["orders_imported"]) == (0, len(sales))
    assert result["ttc_cents"] == sum(cents(order["total"]) for order in sales)
    assert result["ht_cents"] + result["tva_cents"] == result["ttc_cents"]
    figures = erp.stats()
    assert figures["orders"]["ttc_cents"] == result["ttc_cents"] and figures["files"] == 1


def test_a_file_or_order_that_comes_again_is_refused_and_counted(erp: Erp) -> None:
    count = erp.take(_good())["orders_imported"]
    assert erp.take(_good(), "CMD_1.txt")["files"][0]["errors"][0]["reason"] == "the ERP has this file already"
    again = erp.take(_good().replace("Cagette", "cagette"))
    assert (again["orders_imported"], again["duplicates"]) == (0, count)
    assert erp.take(_good())["duplicates"] == 1
    figures = erp.stats()
    assert figures["orders"]["imported"] == count
    assert figures["duplicates"] == {"files": 2, "orders": count}


def _rows(mark: str) -> list[int]:
    return [place for place, row in enumerate(_good().split("\r\n")) if row.startswith(f"{mark};")]


def _with(mark: str, column: int, value: str, nth: int = 0) -> str:
    """The good file with one value of the nth record of a kind replaced."""
    rows = _good().split("\r\n")
    place = _rows(mark)[nth]
    values = rows[place].split(";")
    values[column] = value
    rows[place] = ";".join(values)
    return "\r\n".join(rows)


FILE_FAULTS: dict[str, tuple[Any, str]] = {
    "another encoding": (lambda: _good().encode("utf-8")[:2000] + b"\x81", "is no windows-1252"),
    "a byte order mark": (lambda: b"\xef\xbb\xbf" + _good().encode("cp1252"), "byte order mark"),
    "a control character": (lambda: _good().replace("Cagette", "Ca\x0bette", 1), "control character"),
    "line ends of another system": (lambda: _good().replace("\r\n", "\n"), "line end"),
    "no line end at the end": (lambda: _good()[:-2], "line end"),
    "a column too many": (lambda: _with("E", 2, "C00001;x"), "columns where the layout has"),
    "a column too few": (lambda: _good().replace(";pce;", ";", 1), "columns where the layout has"),
    "an unknown record": (lambda: _with("L", 0, "X"), "no record begins with 'X'"),
    "a line before its header": (lambda: _good()[_good().index("L;") :], "before the first header"),
    "a quote never closed": (lambda: _with("F", 4, '"1,00'), "never closed"),
    "a quote inside a value": (lambda: _with("L", 4, 'a"b'), "quote inside"),
    "quotes not needed": (lambda: _with("L", 4, '"abc"'), "not needed"),
    "no trailer": (lambda: _good()[: _good().rindex("F;")], "without its trailer"),
    "an order cut out": (lambda: _good().replace(_good()[: _good().index("\r\nE;") + 2], "", 1), "the trailer says"),
    "another sum in the trailer": (lambda: _with("F", 4, "1,00"), "file.total"),
    "another count in the trailer": (lambda: _with("F", 3, "5"), "file.records"),
    "nothing": (lambda: "", "empty"),
}


@pytest.mark.parametrize("fault", FILE_FAULTS)
def test_a_file_out_of_form_is_refused_whole_with_line_and_reason(erp: Erp, fault: str) -> None:
    make, reason = FILE_FAULTS[fault]
    result = erp.take(make())
    assert result["orders_imported"] == 0
    (error,) = result["files"][0]["errors"]
    assert re.search(reason, error["reason"]), error
    assert erp.stats()["refused"] == {"files": 1, "orders": 0}


ORDER_FAULTS: dict[str, tuple[Any, str]] = {
    "an unknown customer": (lambda: _with("E", 2, "C99999"), "no customer 'C99999'"),
    "no customer": (lambda: _with("E", 2, ""), "client: is empty"),
    "a number too long": (lambda: _with("E", 3, "x" * 41), "41 characters, and 40"),
    "an unknown article": (lambda: _with("L", 3, "NIX"), "no article 'NIX'"),
    "an article without its zeros": (lambda: _good().replace(";001204;", ";1204;", 1), "no article '1204'"),
    "a date of another form": (lambda: _with("E", 4, "2026-11-23"), "no date of the form"),
    "a date that is none": (lambda: _with("E", 4, "31/11/2026"), "no date of the form"),
    "a decimal point": (lambda: _with("L", 9, "12.50"), "no number"),
    "thousands apart": (lambda: _with("E", 6, "1 234,50"), "no number"),
    "a third decimal of money": (lambda: _with("L", 9, "12,505"), "no number"),
    "a mode out of the list": (lambda: _with("R", 3, "XX"), "not in the code list"),
    "a line of another order": (lambda: _with("L", 1, "1"), "its header's"),
    "a line number skipped": (lambda: _with("L", 2, "7"), "stands where"),
    "another VAT rate": (lambda: _with("L", 10, "2,1"), "has VAT at"),
    "another unit": (lambda: _with("L", 6, "palette"), "is sold by"),
    "a quantity of another price": (lambda: _with("L", 5, "77"), "quantity x price"),
    "a net sum that is off": (lambda: _with("E", 6, "1,00"), "HT: the header says 1.00"),
    "a VAT sum that is off": (lambda: _with("E", 7, "1,00"), "TVA: the header says 1.00"),
    "a total that is off": (lambda: _total_off(), "TTC: the header says"),
    "payments that are off": (lambda: _with("R", 4, "1,00"), "payments: the header says"),
}


def _total_off() -> str:
    """A cent more in the first order's total, and in the trailer's, which is then right."""
    rows = _good().split("\r\n")
    first = rows[0].split(";")
    last = rows[-2].split(";")
    for values, column in ((first, 8), (last, 4)):
        value = cents(values[column].replace(",", ".")) + 1
        values[column] = french(value)
    rows[0], rows[-2] = ";".join(first), ";".join(last)
    return "\r\n".join(rows)


@pytest.mark.parametrize("fault", ORDER_FAULTS)
def test_an_order_that_breaks_a_rule_is_refused_alone(erp: Erp, fault: str) -> None:
    make, reason = ORDER_FAULTS[fault]
    result = erp.take(make())
    good = erp_count()
    errors = result["files"][0]["errors"]
    assert any(re.search(reason, error["reason"]) for error in errors), errors
    assert len({error["order"] for error in errors}) == 1 and all(error["line"] > 0 for error in errors)
    assert result["orders_imported"] == good - 1


@cache
def erp_count() -> int:
    """How many orders the good file has."""
    return len(_rows("E"))


FLAT = """
[file]
name = "CMD_{batch}.txt"
shape = "SHAPE"
encoding = "utf-8-bom"
separator = "\\t"
quote = "always"
line_end = "lf"
column_names = true
decimal = "."
date = "%Y%m%d"
unencodable = "set_aside"
[policy]
promotions = "spread"
promotion_article = "REMISE"
charges = "header_field"
payments = "sum"
[[header]]
name = "numero"
from = "order.number"
[[header]]
name = "client"
from = "customer.code"
[[header]]
name = "port"
from = "order.delivery_net"
[[header]]
name = "ht"
from = "order.net"
[[header]]
name = "mode"
from = "order.payment_method"
codes = { card = "CB" }
default = "DIV"
[[header]]
name = "paye"
from = "order.payment_total"
[[line]]
name = "article"
from = "line.article"
[[line]]
name = "qte"
from = "line.quantity"
[[line]]
name = "unite"
from = "line.unit"
codes = { kilogram = "K", case = "C", piece = "P", litre = "L" }
[[line]]
name = "net"
from = "line.net"
"""


def _flat(first_row_only: bool) -> bytes:
    head = ["10", "C00001", "4.90", "31.60", "CB", "33.93"]
    other = ["11", "C00002", "0.00", "13.35", "DIV", "0.00"]
    rows = [
        ["numero", "client", "port", "ht", "mode", "paye", "article", "qte", "unite", "net"],
        [*head, "TOM-6", "1", "C", "13.35"],
        [*([""] * 6 if first_row_only else head), "TOM-6", "1", "C", "13.35"],
        [*other, "TOM-6", "1", "C", "13.35"],
    ]
    return b"\xef\xbb\xbf" + "".join("\t".join(f'"{v}"' for v in row) + "\n" for row in rows).encode()


@pytest.mark.parametrize("shape", ["header_repeated", "header_first_row"])
def test_one_row_a_line_is_read_in_both_shapes(tmp_path: Path, shape: str) -> None:
    erp = Erp(tmp_path, FLAT.replace("SHAPE", shape))
    result = erp.take(_flat(shape == "header_first_row"))
    assert (result["errors"], result["orders_imported"]) == (0, 2)
    orders = erp.memory.load().orders
    assert [line["article"] for line in orders["/10"]["lines"]] == ["TOM-6", "TOM-6", "PORT"]
    assert orders["/10"]["ht_cents"] == 3160 and orders["/10"]["prepaid_cents"] == 3393


def test_the_other_shape_does_not_pass_for_it(tmp_path: Path) -> None:
    erp = Erp(tmp_path, FLAT.replace("SHAPE", "header_repeated"))
    assert erp.take(_flat(first_row_only=True))["errors"] > 0


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('shape = "header_and_lines"', 'shape = "sideways"', "file.shape"),
        ('decimal = ","', 'decimal = ","\nthousands = " "', "does not know thousands"),
        ('from = "customer.code"', 'from = "customer.cod"', "knows no source"),
        ('from = "line.article", required = true, max = 18', 'from = "line.article", too_long = "cut"', "shorten a code"),
        ('name = "type", value = "L"', 'name = "type", value = "E"', "same constant"),
        ('from = "customer.code"', 'from = "customer.name"', "the ERP needs customer.code"),
    ],
)
def test_a_layout_that_cannot_work_is_refused_by_name(tmp_path: Path, old: str, new: str, reason: str) -> None:
    assert reason in fault_of(tmp_path, ORDERS_TOML, old, new)
