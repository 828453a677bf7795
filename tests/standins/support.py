"""What the stand-ins' own tests share: a client that signs, layouts, and a small writer of import
files (not the product's) for orders that were never refunded."""

from __future__ import annotations

import csv
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import urllib3
from oauthlib import oauth1

from . import layout, till
from .money import cents, french, plain
from .shop import DEFAULT_KEY, DEFAULT_SECRET, Shop
from .till_state import Memory
from .world import exportable

Json = dict[str, Any]
DAY = date(2026, 11, 23)
NEXT_DAY = DAY + timedelta(days=1)

ORDERS_TOML = """
header = [
  { name = "type", value = "E" }, { name = "numero", from = "order.number", required = true, max = 17 },
  { name = "client", from = "customer.code", required = true, max = 17 },
  { name = "nom", from = "customer.name", max = 40, too_long = "cut" },
  { name = "date", from = "order.created_on" }, { name = "livraison", from = "order.wanted_on" },
  { name = "ht", from = "order.net" }, { name = "tva", from = "order.vat" }, { name = "ttc", from = "order.total" },
]
line = [
  { name = "type", value = "L" }, { name = "numero", from = "order.number" },
  { name = "ligne", from = "line.number" }, { name = "article", from = "line.article", required = true, max = 18 },
  { name = "libelle", from = "line.label", max = 40, too_long = "cut" },
  { name = "quantite", from = "line.quantity" }, { name = "unite", from = "line.unit" },
  { name = "pu", from = "line.unit_price" }, { name = "remise", from = "line.discount" },
  { name = "ht", from = "line.net" }, { name = "taux", from = "line.vat_rate" }, { name = "tva", from = "line.vat" },
]
payment = [
  { name = "type", value = "R" }, { name = "numero", from = "order.number" },
  { name = "rang", from = "payment.number" },
  { name = "mode", from = "payment.method", codes = { card = "CB", bacs = "VIR", gift_card = "BON" }, default = "DIV" },
  { name = "montant", from = "payment.amount" },
]
trailer = [
  { name = "type", value = "F" }, { name = "commandes", from = "file.orders" },
  { name = "lignes", from = "file.lines" }, { name = "enregistrements", from = "file.records" },
  { name = "total", from = "file.total" },
]
[file]
name = "CMD_{batch}.txt"
shape = "header_and_lines"
encoding = "windows-1252"
separator = ";"
quote = "when_needed"
line_end = "crlf"
decimal = ","
date = "%d/%m/%Y"
unencodable = "transliterate"
[policy]
promotions = "line_per_vat_rate"
promotion_article = "REMISE"
charges = "line_per_vat_rate"
delivery_article = "PORT"
fee_article = "FRAIS"
payments = "record_each"
"""
INVOICES_TOML = """
[file]
encoding = "windows-1252"
separator = ";"
decimal = ","
date = "%d/%m/%Y"
[columns]
number = "Facture"
kind = "Type"
net = "HT"
[codes.kind]
F = "invoice"
A = "credit_note"
[codes.origin]
WEB = "web"
CARREAU = "market"
[trailer]
mark = "FIN"
invoices = 2
rows = 3
gross = 4
"""


class Client:
    """Speaks to a shop; signs what goes below `/wp-json/`."""

    def __init__(self, port: int, key: str = DEFAULT_KEY, secret: str = DEFAULT_SECRET) -> None:
        self.port, self.key, self.secret = port, key, secret
        self._pool = urllib3.HTTPConnectionPool("127.0.0.1", port, timeout=10, retries=False)

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> urllib3.BaseHTTPResponse:
        """One request as it stands."""
        return self._pool.request(method, path, body, headers=headers, redirect=False)

    def api(
        self, method: str, path: str, body: Any = None, algorithm: str = "HMAC-SHA256", **query: str
    ) -> urllib3.BaseHTTPResponse:
        """One signed request to WooCommerce's or the plugin's REST."""
        client = oauth1.Client(self.key, self.secret, signature_method=algorithm, signature_type="QUERY")
        host = f"http://127.0.0.1:{self.port}"
        url, _, _ = client.sign(f"{host}/wp-json{path}?{urlencode(query)}", method)
        content = json.dumps(body).encode() if body is not None else None
        return self.send(method, url.removeprefix(host), content, {"Content-Type": "application/json"})

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """A request to the control endpoints."""
        content = json.dumps(body).encode() if body is not None else None
        return self.send(method, f"/_standin/{path}", content).json()


@contextmanager
def running(state: Path, **options: Any) -> Iterator[Client]:
    """A shop that runs in this process."""
    shop = Shop(("127.0.0.1", 0), options.pop("day", DAY), options.pop("seed", 1), state, **options)
    thread = threading.Thread(target=shop.serve)
    thread.start()
    try:
        yield Client(shop.port)
    finally:
        shop.stop()
        thread.join()


class Erp:
    """An ERP in a temporary folder; `acks` is what it says of the orders of the file that it took last."""

    def __init__(self, folder: Path, orders_toml: str = ORDERS_TOML) -> None:
        self.folder, self.memory, self.files = folder, Memory(folder / "erp"), 0
        self.acks: list[dict[str, str]] = []
        self.layout, self.invoices = folder / "orders.toml", folder / "invoices.toml"
        self.layout.write_text(orders_toml, encoding="utf-8")
        self.invoices.write_text(INVOICES_TOML, encoding="utf-8")

    def take(self, content: str | bytes, name: str = "") -> Json:
        """Imports one file and returns its result."""
        self.files += 1
        path, acks = self.folder / (name or f"CMD_{self.files}.txt"), self.folder / "acks.csv"
        path.write_bytes(content.encode("cp1252") if isinstance(content, str) else content)
        result, status = till.run_import(self.memory, self.layout, [path], 1, acks)
        assert (status == 0) == (result["errors"] == 0)
        with acks.open(encoding="cp1252", newline="") as file:
            self.acks = list(csv.DictReader(file, delimiter=";"))
        return result

    def invoice(self, day: date = NEXT_DAY) -> Json:
        """Makes a day's invoices and returns their figures."""
        return till.run_invoices(self.memory, self.invoices, day, self.folder / f"{day}.csv", 1)

    def stats(self) -> Json:
        """What it has."""
        return till.stats(self.memory.load())


def fault_of(folder: Path, layout_toml: str, old: str, new: str) -> str:
    """What is wrong with a layout for orders once a part of it is another."""
    assert old in layout_toml
    path = folder / "orders.toml"
    path.write_text(layout_toml.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(layout.LayoutFault) as refused:
        layout.load(path)
    return str(refused.value)


def export(orders: list[Json]) -> bytes:
    """An import file for `ORDERS_TOML`, of the sales that were never refunded."""
    rows: list[list[str]] = []
    sales = [order for order in orders if exportable(order) and not order["refunds"]]
    for order in sales:
        rows += _export(order)
    lines, count = sum(row[0] == "L" for row in rows), len(rows) + 1
    rows.append(["F", str(len(sales)), str(lines), str(count), french(sum(cents(o["total"]) for o in sales))])
    text = "".join(";".join(_cell(value) for value in row) + "\r\n" for row in rows)
    return text.encode("cp1252")


def _cell(value: str) -> str:
    return '"' + value.replace('"', '""') + '"' if ";" in value or '"' in value else value


def _export(order: Json) -> list[list[str]]:
    meta = {entry["key"]: entry["value"] for entry in order["meta_data"]}
    rates = {line["rate_id"]: Decimal(str(line["rate_percent"])) for line in order["tax_lines"]}
    number, total, vat = order["number"], cents(order["total"]), cents(order["total_tax"])
    wanted = date.fromisoformat(meta["_delivery_date"]).strftime("%d/%m/%Y") if "_delivery_date" in meta else ""
    placed = date.fromisoformat(order["date_created"][:10]).strftime("%d/%m/%Y")
    name = order["billing"]["company"][:40].rstrip()
    rows = [["E", number, meta["_erp_code"], name, placed, wanted, french(total - vat), french(vat), french(total)]]
    discounts: dict[Decimal, tuple[int, int]] = {}

    def line(article: str, label: str, quantity: str, unit: str, net: int, rate: Decimal, tax: int) -> None:
        price = plain((Decimal(net) / 100 / Decimal(quantity)).quantize(Decimal("0.000001"))).replace(".", ",")
        place = str(sum(row[0] == "L" for row in rows) + 1)
        shown = [number, place, article, label[:40].rstrip(), quantity.replace(".", ","), unit, price, "0,00"]
        rows.append(["L", *shown, french(net), plain(rate).replace(".", ","), french(tax)])

    for item in order["line_items"]:
        rate = rates[item["taxes"][0]["id"]]
        before, tax_before = cents(item["subtotal"]), cents(item["subtotal_tax"])
        quantity = plain(Decimal(str(item["quantity"])))
        line(item["sku"], item["name"], quantity, item["meta_data"][0]["value"], before, rate, tax_before)
        off, tax_off = discounts.get(rate, (0, 0))
        discounts[rate] = (off + before - cents(item["total"]), tax_off + tax_before - cents(item["total_tax"]))
    for rate, (off, tax_off) in discounts.items():
        if off:
            line("REMISE", "Remise", "-1", "pce", -off, rate, -tax_off)
    for article, charge in [("PORT", c) for c in order["shipping_lines"]] + [("FRAIS", c) for c in order["fee_lines"]]:
        if cents(charge["total"]):
            rate = rates[charge["taxes"][0]["id"]] if charge["taxes"] else Decimal(0)
            label = charge.get("method_title") or charge["name"]
            line(article, label, "1", "pce", cents(charge["total"]), rate, cents(charge["total_tax"]))
    extra = json.loads(meta.get("_payments", "[]"))
    codes = {"card": "CB", "bacs": "VIR", "gift_card": "BON"}
    payments = [(codes.get(order["payment_method"], "DIV"), total - sum(cents(p["amount"]) for p in extra))]
    payments += [(codes[payment["method"]], cents(payment["amount"])) for payment in extra]
    rows += [["R", number, str(place), mode, french(paid)] for place, (mode, paid) in enumerate(payments, 1)]
    return rows
