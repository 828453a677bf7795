"""Every amount of an invoice, as a reader must find it on its pages."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal

from tests.day.pdf_text import amount_after

# pdftotext writes every space as a plain one.
NUMBER = re.compile(r"-?\d{1,3}(?:[ \u202f]\d{3})+(?:,\d+)?(?!\d)|-?\d+(?:,\d+)?")


def french(value: str, places: int = 2) -> str:
    """`1234.5` as it stands on the page."""
    number = Decimal(value).normalize()
    places = max(places, -int(number.as_tuple().exponent))
    sign = "-" if number < 0 else ""
    return sign + f"{abs(number):,.{places}f}".replace(",", "\u202f").replace(".", ",")


def expected(invoice: dict) -> Counter[str]:
    """How often each figure must be on the pages, at least."""
    figures: Counter[str] = Counter()
    for line in invoice["lines"]:
        figures[french(line["net"])] += 1
        figures[french(line["unit_price"])] += 1
        figures[french(line["quantity"], 0)] += 1
        discount = -sum(map(_effect, line.get("adjustments", [])), Decimal(0))
        if discount:
            figures[french(str(discount))] += 1
    for row in invoice["vat_breakdown"]:
        base, amount = Decimal(row["base"]), Decimal(row["amount"])
        figures.update(french(str(value)) for value in (base, amount, base + amount))
    for document in invoice.get("adjustments", []):
        figures[french(str(_effect(document)))] += 1
    totals = invoice["totals"]
    figures.update(french(totals[name]) for name in ("net", "vat", "gross", "prepaid"))
    figures[french(str(abs(Decimal(totals["due"]))))] += 1
    if Decimal(totals["rounding"]):
        figures[french(totals["rounding"])] += 1
    return figures


def _effect(adjustment: dict) -> Decimal:
    amount = Decimal(adjustment["amount"])
    return -amount if adjustment["kind"] == "allowance" else amount


def _left(invoice: dict) -> str:
    """What a page calls the amount that is left, which it shows as a positive one."""
    negative = Decimal(invoice["totals"]["due"]) < 0
    if invoice["kind"] == "credit_note":
        return "Net à payer" if negative else "Net en votre faveur"
    return "Solde en votre faveur" if negative else "Net à payer"


def missing(invoice: dict, text: str) -> list[str]:
    """The figures that the text does not have, or not often enough, or not behind their label."""
    found = Counter(figure.replace(" ", "\u202f") for figure in NUMBER.findall(text))
    faults = [f"{figure} ({count - found[figure]} x)" for figure, count in expected(invoice).items() if found[figure] < count]
    labels = {"Total HT": "net", "Total TVA": "vat", "Total TTC": "gross", "Déjà réglé": "prepaid", _left(invoice): "due"}
    for label, name in labels.items():
        cents = int(Decimal(invoice["totals"][name]) * 100)
        cents = abs(cents) if name == "due" else cents
        read = amount_after(label, text)
        if read != cents:
            faults.append(f"{label} reads {read}, is {cents}")
    return faults
