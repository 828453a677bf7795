"""The evening's file: one invoice a customer, everything adds up, the same day makes the same bytes."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from . import till, world
from .invoice_file import COLUMNS
from .money import cents, vat_on
from .support import DAY, INVOICES_TOML, NEXT_DAY, ORDERS_TOML, export
from .till_state import Memory

Json = dict[str, Any]
Row = dict[str, str]


def _number(text: str) -> Decimal:
    return Decimal(text.replace(",", ".") or "0")


def _cents(text: str) -> int:
    return cents(_number(text))


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Json:
    """A day's orders imported and invoiced by the command line, and the next day's."""
    folder = tmp_path_factory.mktemp("till")
    (folder / "orders.toml").write_text(ORDERS_TOML, encoding="utf-8")
    (folder / "invoices.toml").write_text(INVOICES_TOML, encoding="utf-8")
    (folder / "CMD_1.txt").write_bytes(export(world.orders(DAY, 1).orders))
    state = ["--state", str(folder / "erp")]
    assert till.main([*state, "import", "--layout", str(folder / "orders.toml"), str(folder / "CMD_1.txt")]) == 0
    made = {"folder": folder, "state": state}
    for name, day in (("first", NEXT_DAY), ("second", NEXT_DAY + timedelta(days=1)), ("again", NEXT_DAY)):
        out = ["--layout", str(folder / "invoices.toml"), "--out", str(folder / f"{name}.csv")]
        assert till.main([*state, "invoices", "--day", day.isoformat(), *out]) == 0
        made[name] = (folder / f"{name}.csv").read_bytes()
    return made


def _read(content: bytes) -> tuple[dict[str, list[Row]], list[str]]:
    """Rows by invoice, read with the standard library's reader, and the trailer."""
    rows = list(csv.reader(io.StringIO(content.decode("cp1252"), newline=""), delimiter=";"))
    assert rows[0] == list(COLUMNS)
    invoices: dict[str, list[Row]] = defaultdict(list)
    for values in rows[1:-1]:
        row = dict(zip(COLUMNS, values, strict=True))
        invoices[row["Facture"]].append(row)
    return invoices, rows[-1]


def test_the_same_day_again_makes_the_same_bytes_and_another_day_others(evening: Json) -> None:
    assert evening["first"] == evening["again"] != evening["second"]
    assert evening["first"].count(b"\n") == evening["first"].count(b"\r\n")


def test_every_invoice_adds_up_to_the_cent(evening: Json) -> None:
    for name in ("first", "second"):
        invoices, _ = _read(evening[name])
        for rows in invoices.values():
            head = {column: rows[0][column] for column in COLUMNS if column not in COLUMNS[22:37]}
            assert all(row[column] == value for row in rows for column, value in head.items())
            for row in rows:
                computed = _number(row["Quantite"]) * _number(row["PU"]) - _number(row["Remise"])
                assert abs(cents(computed) - _cents(row["HT"])) <= 1 and _number(row["PU"]) >= 0
                assert (row["Consigne"] == "O") == (row["Taux"] == "0")
            _check_totals(rows)


def _check_totals(rows: list[Row]) -> None:
    head, vat_total = rows[0], 0
    for rate in ("5,5", "10", "20", "0"):
        of_rate = [_cents(row["HT"]) for row in rows if row["Taux"] == rate]
        assert (head[f"Base {rate}"] != "") == bool(of_rate)
        assert _cents(head[f"Base {rate}"]) == sum(of_rate)
        if rate != "0":
            assert _cents(head[f"TVA {rate}"]) == vat_on(sum(of_rate), _number(rate))
            vat_total += _cents(head[f"TVA {rate}"])
    assert _cents(head["Total HT"]) == sum(_cents(row["HT"]) for row in rows)
    assert _cents(head["Total TVA"]) == vat_total
    assert _cents(head["Total TTC"]) == _cents(head["Total HT"]) + vat_total
    assert _cents(head["Net a payer"]) == _cents(head["Total TTC"]) - _cents(head["Deja regle"])
    assert _cents(head["Total TTC"]) > 0 and _cents(head["Net a payer"]) >= 0


def test_numbers_are_unbroken_over_the_days_and_customers_have_one_invoice(evening: Json) -> None:
    first, second = (_read(evening[name])[0] for name in ("first", "second"))
    numbers = [int(number.split("-")[1]) for number in sorted([*first, *second])]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    for invoices in (first, second):
        customers = [rows[0]["Client"] for rows in invoices.values() if rows[0]["Type"] == "F"]
        assert len(customers) == len(set(customers))
    assert 550 <= len(first) <= 620
    mixed = [rows for rows in first.values() if {row["Origine"] for row in rows} == {"WEB", "CARREAU"}]
    assert len(mixed) > 150


def test_what_was_ordered_is_what_is_invoiced_once(evening: Json) -> None:
    figures = till.stats(Memory(evening["folder"] / "erp").load())
    invoices, _ = _read(evening["first"])
    web = [row for rows in invoices.values() for row in rows if row["Origine"] == "WEB"]
    assert sum(_cents(row["HT"]) for row in web) == figures["orders"]["ht_cents"] == figures["invoices"]["web_ht_cents"]
    assert len({row["Piece"] for row in web}) == figures["orders"]["imported"] == figures["orders"]["invoiced"]
    later, _ = _read(evening["second"])
    assert all(row["Origine"] == "CARREAU" for rows in later.values() for row in rows)


def test_the_trailer_counts_what_is_there(evening: Json) -> None:
    invoices, trailer = _read(evening["first"])
    gross = sum(_cents(r[0]["Total TTC"]) * (-1 if r[0]["Type"] == "A" else 1) for r in invoices.values())
    assert trailer[:3] == ["FIN", str(len(invoices)), str(sum(map(len, invoices.values())))]
    assert _cents(trailer[3]) == gross == json.loads(_stats(evening))["days"]["2026-11-24"]["gross_cents"]


def _stats(evening: Json) -> str:
    return json.dumps(till.stats(Memory(evening["folder"] / "erp").load())["invoices"])


def test_credit_notes_correct_an_earlier_invoice(evening: Json) -> None:
    first, second = (_read(evening[name])[0] for name in ("first", "second"))
    for invoices, known in ((first, None), (second, first)):
        credits = [rows for rows in invoices.values() if rows[0]["Type"] == "A"]
        assert len(credits) == 5
        for rows in credits:
            corrected = rows[0]["Corrige"]
            assert corrected < min(invoices) and rows[0]["Corrige le"]
            if known is not None:
                assert known[corrected][0]["Date"] == rows[0]["Corrige le"]
                assert known[corrected][0]["Client"] == rows[0]["Client"]


def test_rows_of_an_invoice_may_stand_apart_and_some_are_prepaid(evening: Json) -> None:
    numbers = [line.split(";")[0] for line in evening["first"].decode("cp1252").splitlines()[1:-1]]
    runs = [number for place, number in enumerate(numbers) if place == 0 or numbers[place - 1] != number]
    assert len(runs) > len(set(runs))
    invoices, _ = _read(evening["first"])
    dues = [(_cents(r[0]["Deja regle"]), _cents(r[0]["Net a payer"])) for r in invoices.values()]
    assert any(paid and not due for paid, due in dues) and any(paid and due for paid, due in dues)


def test_a_day_before_the_last_one_is_refused(evening: Json) -> None:
    out = ["--layout", str(evening["folder"] / "invoices.toml"), "--out", str(evening["folder"] / "x.csv")]
    assert till.main([*evening["state"], "invoices", "--day", "2026-11-20", *out]) == 2


def test_a_layout_for_another_erp_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "invoices.toml"
    path.write_text(INVOICES_TOML.replace('"Facture"', '"Invoice"'), encoding="utf-8")
    out = ["--layout", str(path), "--out", str(tmp_path / "x.csv")]
    assert till.main(["--state", str(tmp_path / "erp"), "invoices", "--day", "2026-11-24", *out]) == 2
