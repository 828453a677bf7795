"""What the ERP asks of an order before it takes it: known codes, and sums that agree to the cent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from .catalog import BY_CODE, SERVICES
from .import_file import ImportedOrder, Record
from .layout import Layout
from .money import euros, times

Fault = tuple[int, str]
FARTHEST = timedelta(days=60)
"""How long after an order its delivery may be."""
_UNIT_WORDS = {"piece": "pce", "kilogram": "kg", "case": "colis", "litre": "L"}
RATES = (Decimal(0), Decimal("2.1"), Decimal("5.5"), Decimal(10), Decimal(20))
"""The VAT rates that the ERP knows, in percent."""


@dataclass(frozen=True)
class Masters:
    """What the ERP knows: its customers, those of them that get nothing for now, and the service articles of the layout."""

    customers: frozenset[str]
    blocked: frozenset[str] = frozenset()

    def services(self, layout: Layout) -> set[str]:
        """Articles that take what has none of its own."""
        named = {layout.policy[name] for name in layout.policy if name.endswith("_article")}
        return named & set(SERVICES)


def customer_of(order: ImportedOrder) -> str:
    """Whose order it is, from the header or else its first line."""
    return str(order.header.get("customer.code") or (order.lines[0].get("customer.code", "") if order.lines else ""))


def check(order: ImportedOrder, layout: Layout, masters: Masters) -> list[Fault]:
    """Everything that is wrong with an order; the faults of its form first."""
    faults = list(order.faults)
    if faults:
        return faults
    customer = customer_of(order)
    if customer not in masters.customers:
        faults.append((order.line, f"the ERP knows no customer {customer!r}"))
    if customer in masters.blocked:
        faults.append((order.line, f"customer {customer} is blocked: unpaid invoices"))
    created, wanted = (order.header.get(f"order.{name}_on") for name in ("created", "wanted"))
    if created and wanted and wanted - created > FARTHEST:
        faults.append((order.line, f"delivery on {wanted}: the ERP takes none later than {FARTHEST.days} days after the order"))
    if not order.lines:
        faults.append((order.line, "the order has no lines"))
    for place, line in enumerate(order.lines, 1):
        faults += _check_line(line, place, layout, masters)
    for place, payment in enumerate(order.payments, 1):
        if payment.get("payment.number", place) != place:
            faults.append((payment["_line"], f"payment {payment['payment.number']} stands where {place} belongs"))
    return faults + _check_sums(order, layout)


def _check_line(line: Record, place: int, layout: Layout, masters: Masters) -> list[Fault]:
    at, faults = line["_line"], []

    def wrong(reason: str) -> None:
        faults.append((at, reason))

    if line.get("line.number", place) != place:
        wrong(f"line {line['line.number']} stands where {place} belongs")
    rate = _rate(line)
    if rate is not None and rate not in RATES:
        wrong(f"the ERP knows no VAT rate {rate}")
    code = line["line.article"]
    article = BY_CODE.get(code)
    if article is None and code not in masters.services(layout):
        wrong(f"the ERP knows no article {code!r}")
    if article is not None:
        if rate is not None and rate != article.vat_rate:
            wrong(f"article {code} has VAT at {article.vat_rate}, not {rate}")
        unit = _unit(line)
        if unit is not None and unit != article.unit:
            wrong(f"article {code} is sold by {article.unit}, not {unit}")
    _check_amounts(line, wrong)
    return faults


def _check_amounts(line: Record, wrong: Callable[[str], None]) -> None:
    quantity, price = line.get("line.quantity"), line.get("line.unit_price")
    net, discount = line["line.net"], line.get("line.discount", 0)
    if quantity is not None and not quantity:
        wrong("a quantity of nothing")
    if quantity is not None and price is not None and ("line.discount" in line or "line.gross" not in line):
        computed = times(price, quantity) - discount
        if abs(computed - net) > 1:
            wrong(f"quantity x price - discount is {euros(computed)}, the line says {euros(net)}")
    gross = line.get("line.gross")
    if gross is not None and "line.discount" in line and gross - discount != net:
        wrong(f"{euros(gross)} less {euros(discount)} is not {euros(net)}")
    if "line.total" in line and "line.vat" in line and line["line.total"] != net + line["line.vat"]:
        wrong(f"{euros(net)} and VAT {euros(line['line.vat'])} are not {euros(line['line.total'])}")


def _check_sums(order: ImportedOrder, layout: Layout) -> list[Fault]:
    header, faults = order.header, []

    def agree(what: str, said: int | None, found: int | None) -> None:
        if said is not None and found is not None and said != found:
            faults.append((order.line, f"{what}: the header says {euros(said)}, its parts add up to {euros(found)}"))

    net = sum(line["line.net"] for line in order.lines)
    net -= abs(header.get("order.promotion_net", 0)) if layout.policy["promotions"] == "header_field" else 0
    in_header = layout.policy["charges"] == "header_field"
    net += header.get("order.delivery_net", 0) + header.get("order.fee_net", 0) if in_header else 0
    agree("HT", header.get("order.net"), net)
    if "header_field" not in layout.policy.values() and all("line.vat" in line for line in order.lines):
        agree("TVA", header.get("order.vat"), sum(line["line.vat"] for line in order.lines))
    if "order.net" in header and "order.vat" in header:
        agree("TTC", header.get("order.total"), header["order.net"] + header["order.vat"])
    if order.payments and all("payment.amount" in payment for payment in order.payments):
        agree("payments", header.get("order.total"), sum(payment["payment.amount"] for payment in order.payments))
    if layout.policy["payments"] != "first" and header.get("order.payment_total"):
        agree("payments", header.get("order.total"), header["order.payment_total"])
    return faults


def _rate(line: Record) -> Decimal | None:
    """The VAT rate in percent, through the layout's code list where it has one."""
    if "line.vat_rate words" in line:
        words: list[Any] = line["line.vat_rate words"]
        return Decimal(words[0]) if words else None
    return line.get("line.vat_rate")


def _unit(line: Record) -> str | None:
    """The unit as the ERP's articles name it, through the layout's code list where it has one."""
    if "line.unit words" in line:
        words = line["line.unit words"]
        return _UNIT_WORDS.get(words[0], words[0]) if words else None
    return line.get("line.unit")


def rate_of(line: Record) -> Decimal:
    """The VAT rate of a line that was checked; its article's where the layout has none."""
    rate = _rate(line)
    if rate is not None:
        return rate
    article = BY_CODE.get(line["line.article"])
    return article.vat_rate if article else Decimal(20)


def unit_of(line: Record) -> str:
    """The unit of a line that was checked."""
    article = BY_CODE.get(line["line.article"])
    return _unit(line) or (article.unit if article else "pce")
