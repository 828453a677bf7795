"""The evening's invoices: one a customer, market tickets and imported web orders mixed.

VAT is computed a document and rate, on the sum of the bases, so it may differ by cents from what
the shop computed line by line; what is invoiced without VAT is what was ordered, to the cent.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from .catalog import ARTICLES, BY_CODE
from .customers import Customer, customers
from .market import Ticket, lot, market_sales
from .money import french, plain, sign, times, vat_on
from .till_state import State

Json = dict[str, Any]
TERM = timedelta(days=30)
CREDIT_NOTES = 5
"""How many credit notes an evening has."""


class OutOfOrder(Exception):
    """A day before one that is invoiced: numbers follow the days."""


def number(year: int, place: int) -> str:
    """An invoice's number."""
    return f"F{year}-{place:06d}"


def _first_place(state: State, day: date) -> int:
    """Where the day's numbers begin: after the last one of the year, or where a year's trade would
    have got to by now."""
    if state.last_number.startswith(f"F{day.year}-"):
        return int(state.last_number.split("-")[1]) + 1
    return 1 if state.last_number else (day.timetuple().tm_yday - 1) * 600 + 1


def make(day: date, seed: int, state: State, earlier: list[Json]) -> list[Json]:
    """The day's invoices from its tickets and from all imported orders that are on no invoice yet.
    Marks those orders. `earlier` are the invoices of the last day, which credit notes correct.

    Raises OutOfOrder for a day before the last one invoiced.
    """
    if state.days and day.isoformat() < max(state.days):
        raise OutOfOrder(f"{max(state.days)} is invoiced already, and {day} comes before it")
    people = {customer.code: customer for customer in customers(seed)}
    bought: dict[str, list[Json]] = {}
    paid: dict[str, list[tuple[int, int]]] = {}
    delivery: dict[str, Json] = {}
    for ticket in market_sales(day, seed):
        bought.setdefault(ticket.customer, []).extend(_ticket_lines(ticket, day))
        total = _total(_ticket_lines(ticket, day))
        paid.setdefault(ticket.customer, []).append((total if ticket.paid_by else 0, total))
    for order in state.orders.values():
        if order["invoiced_on"] is not None or order["cancelled"]:
            continue
        order["invoiced_on"] = day.isoformat()
        bought.setdefault(order["customer"], []).extend(_order_lines(order, day))
        paid.setdefault(order["customer"], []).append((order["prepaid_cents"], order["ttc_cents"]))
        delivery.setdefault(order["customer"], order["delivery"])
    place = _first_place(state, day)
    invoices = []
    for code in sorted(bought):
        invoice = _invoice(number(day.year, place), people[code], day, bought[code], delivery.get(code))
        _settle(invoice, paid[code])
        invoices.append(invoice)
        place += 1
    rng = Random(f"credit:{seed}:{day}")
    for _ in range(CREDIT_NOTES):
        invoices.append(_credit_note(rng, number(day.year, place), people, day, invoices[0]["number"], earlier))
        place += 1
    return invoices


def _ticket_lines(ticket: Ticket, day: date) -> list[Json]:
    return [
        {
            "origin": "market",
            "reference": ticket.number,
            "date": day.isoformat(),
            "article": line.article.code,
            "label": line.article.label,
            "country": line.article.origin,
            "class": line.article.grade,
            "lot": line.lot,
            "quantity": plain(line.quantity),
            "unit": line.article.unit,
            "price": plain(line.unit_price),
            "discount": 0,
            "rate": plain(line.article.vat_rate),
            "net": line.net,
            "deposit": line.article.deposit,
        }
        for line in ticket.lines
    ]


def _order_lines(order: Json, day: date) -> list[Json]:
    """An order's lines with what the till knows of the goods. What is at no VAT rate is a deposit."""
    result = []
    for line in order["lines"]:
        article = BY_CODE.get(line["article"])
        result.append(
            {
                "origin": "web",
                "reference": order["number"],
                "date": min(order["wanted_on"] or day.isoformat(), day.isoformat()),
                "country": article.origin if article else "",
                "class": article.grade if article else "",
                "lot": lot(article, day) if article else "",
                "deposit": Decimal(line["rate"]) == 0,
                **line,
            }
        )
    return result


def _bases(lines: list[Json]) -> dict[str, int]:
    """The sum of lines without VAT by rate, in cents."""
    bases: dict[str, int] = {}
    for line in lines:
        bases[line["rate"]] = bases.get(line["rate"], 0) + line["net"]
    return dict(sorted(bases.items(), key=lambda item: Decimal(item[0])))


def _total(lines: list[Json]) -> int:
    """Lines with VAT, in cents, rounded a rate."""
    return sum(base + vat_on(base, Decimal(rate)) for rate, base in _bases(lines).items())


def _invoice(numbered: str, customer: Customer, day: date, lines: list[Json], delivery: Json | None) -> Json:
    bases = _bases(lines)
    vat = {rate: vat_on(base, Decimal(rate)) for rate, base in bases.items()}
    net, tax = sum(bases.values()), sum(vat.values())
    elsewhere = delivery if delivery and delivery["line1"] and delivery["line1"] != customer.line1[:40] else None
    return {
        "number": numbered,
        "kind": "invoice",
        "issued_on": day.isoformat(),
        "due_on": (day + TERM).isoformat(),
        "delivered_on": day.isoformat(),
        "corrects": "",
        "corrects_on": None,
        "customer": customer.code,
        "name": customer.company,
        "line1": customer.line1,
        "line2": customer.line2,
        "postcode": customer.postcode,
        "city": customer.city,
        "country": "FR",
        "siren": customer.siren,
        "vat_number": customer.vat_number,
        "deliver_to": {"name": customer.company, **elsewhere} if elsewhere else None,
        "means": customer.means,
        "note": "Consignes à rendre sous 30 jours" if any(line["deposit"] for line in lines) else "",
        "lines": lines,
        "bases": bases,
        "vat": vat,
        "ht": net,
        "tva": tax,
        "ttc": net + tax,
        "prepaid": 0,
        "due": net + tax,
        "account": customer.shop_id is not None,
    }


def _settle(invoice: Json, parts: list[tuple[int, int]]) -> None:
    """Takes off what is paid. Where every part was paid in full the invoice is settled, whatever
    cents the roundings of parts and document differ by; no more is taken off than is owed."""
    prepaid = sum(paid for paid, _ in parts)
    if prepaid and all(paid == total for paid, total in parts):
        prepaid = invoice["ttc"]
    invoice["prepaid"] = min(prepaid, invoice["ttc"])
    invoice["due"] = invoice["ttc"] - invoice["prepaid"]
    if not invoice["due"]:
        invoice["means"] = "Carte bancaire"


def _credit_note(
    rng: Random, numbered: str, people: dict[str, Customer], day: date, first: str, earlier: list[Json]
) -> Json:
    """Goods of the market taken back: of an earlier invoice where the ERP still has one."""
    known = [i for i in earlier if i["kind"] == "invoice" and any(_returnable(line) for line in i["lines"])]
    if known:
        corrected = rng.choice(known)
        line = dict(rng.choice([line for line in corrected["lines"] if _returnable(line)]))
        customer, corrects = people[corrected["customer"]], corrected["number"]
        corrects_on = corrected["issued_on"]
    else:
        customer = people[rng.choice(sorted(people))]
        year, place = day.year, int(first.split("-")[1]) - rng.randint(1, 500)
        corrects = number(year, place) if place > 0 else number(year - 1, 219_000 + place)
        article = rng.choice([article for article in ARTICLES if article.unit == "colis"])
        yesterday = day - timedelta(days=1)
        corrects_on = yesterday.isoformat()
        line = {
            "origin": "market", "reference": f"T-{yesterday:%y%m%d}-{rng.randint(1, 400):04d}",
            "date": yesterday.isoformat(), "article": article.code, "label": article.label, "country": article.origin,
            "class": article.grade, "lot": lot(article, yesterday), "quantity": "1", "unit": article.unit,
            "price": plain(article.price), "discount": 0, "rate": plain(article.vat_rate),
            "net": times(article.price, Decimal(1)), "deposit": False,
        }  # fmt: skip
    note = _invoice(numbered, customer, day, [line], None)
    note |= {"kind": "credit_note", "due_on": None, "delivered_on": None, "corrects": corrects}
    note["corrects_on"] = corrects_on
    note |= {"means": "", "note": f"Marchandise reprise ({french(line['net'])} € HT)"}
    return note


def _returnable(line: Json) -> bool:
    return line["origin"] == "market" and not line["deposit"] and line["net"] > 0


def figures(invoices: list[Json]) -> Json:
    """Counts, and sums in cents; credit notes count negative."""

    def sum_of(name: str, some: list[Json] = invoices) -> int:
        return sum(sign(invoice) * int(invoice[name]) for invoice in some)

    origins = {origin: {"lines": 0, "ht_cents": 0, "invoices": 0} for origin in ("web", "market")}
    for invoice in invoices:
        for origin in {line["origin"] for line in invoice["lines"]}:
            origins[origin]["invoices"] += 1
        for line in invoice["lines"]:
            origins[line["origin"]]["lines"] += 1
            origins[line["origin"]]["ht_cents"] += sign(invoice) * line["net"]
    mixed = [i for i in invoices if len({line["origin"] for line in i["lines"]}) == 2]
    return {
        "count": len(invoices),
        "credit_notes": sum(invoice["kind"] == "credit_note" for invoice in invoices),
        "mixed": len(mixed),
        "without_account": sum(not invoice["account"] for invoice in invoices),
        "rows": sum(len(invoice["lines"]) for invoice in invoices),
        "ht_cents": sum_of("ht"),
        "tva_cents": sum_of("tva"),
        "gross_cents": sum_of("ttc"),
        "gross_with_account_cents": sum_of("ttc", [invoice for invoice in invoices if invoice["account"]]),
        "prepaid_cents": sum_of("prepaid"),
        "by_origin": origins,
        "first": invoices[0]["number"],
        "last": invoices[-1]["number"],
    }
