"""Importing order files into the ERP: all of a file's good orders, each exactly once."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from pathlib import Path
from typing import Any

from .catalog import SERVICES
from .import_changes import action_of, check_change
from .import_checks import Masters, check, customer_of, rate_of, unit_of
from .import_file import ImportedOrder, Record, parse
from .layout import Layout
from .money import plain, spread
from .separated import FileFault
from .till_state import State

Json = dict[str, Any]
PAID_AT_ONCE = frozenset({"card", "gift_card", "paypal", "stripe"})
"""The shop's words for means of payment by which the money is there before the invoice."""


def import_file(path: Path, layout: Layout, masters: Masters, state: State) -> Json:
    """Imports a file into the state; returns what came in, what was refused and why, and an acknowledgement an order."""
    content = path.read_bytes()
    result: Json = {"file": path.name, "accepted": False, "orders_imported": 0, "orders_changed": 0, "orders_cancelled": 0}
    result |= {"duplicates": 0, "errors": [], "acknowledgements": []}
    sha256 = hashlib.sha256(content).hexdigest()
    if path.name in state.files or any(known["sha256"] == sha256 for known in state.files.values()):
        state.duplicate_files += 1
        result["duplicates"] = 1
        result["errors"].append({"line": 0, "order": None, "reason": "the ERP has this file already"})
        return result
    try:
        parsed = parse(content, layout)
    except FileFault as fault:
        state.refused_files += 1
        result["errors"].append({"line": fault.line, "order": None, "reason": fault.reason})
        return result
    result["read_cents"] = sum(order.header.get("order.total", 0) for order in parsed.orders)
    sums = {"ht_cents": 0, "tva_cents": 0, "ttc_cents": 0, "lines": 0}
    for order in parsed.orders:
        number = _number(order)
        key = f"{order.header.get('order.shop', '')}/{number}"
        action, known = action_of(order), state.orders.get(key)
        new = action == "new"
        faults = check(order, layout, masters) if new else check_change(order, action, known, layout, masters)
        if new and known:
            state.duplicate_orders += 1
            result["duplicates"] += 1
            faults.append((order.line, f"the ERP has this order already, from {known['file']}"))
        elif faults:
            state.refused_orders += 1
        ack = {
            "shop": order.header.get("order.shop", ""),
            "number": number,
            "batch": order.header.get("order.batch") or order.header.get("file.batch", ""),
            "accepted": not faults,
            "erp_number": "",
            "reason": " ; ".join(reason for _, reason in faults),
        }
        result["acknowledgements"].append(ack)
        if faults:
            result["errors"] += [{"line": line, "order": number, "reason": reason} for line, reason in faults]
            continue
        if action == "cancel":
            assert known, "an unknown order is a fault"
            ack["erp_number"] = known["erp_number"]
            state.orders[key] = known | {"cancelled": True, "lines": [], "ht_cents": 0, "tva_cents": 0, "ttc_cents": 0, "prepaid_cents": 0}
            result["orders_cancelled"] += 1
            continue
        kept = _kept(order, layout, path.name)
        kept["erp_number"] = ack["erp_number"] = known["erp_number"] if known else f"BL-{len(state.orders) + 1:06}"
        kept["changes"] = known["changes"] + 1 if known else 0
        state.orders[key] = kept
        result["orders_imported" if new else "orders_changed"] += 1
        for name in ("ht_cents", "tva_cents", "ttc_cents"):
            sums[name] += kept[name]
        sums["lines"] += len(kept["lines"])
    result["accepted"] = not result["errors"]
    result |= sums
    state.files[path.name] = {"sha256": sha256, "orders": result["orders_imported"], **sums}
    return result


def _number(order: ImportedOrder) -> str:
    """What identifies an order in the ERP: its number, or else its id."""
    return str(order.header.get("order.number") or order.header.get("order.id", ""))


def _kept(order: ImportedOrder, layout: Layout, file: str) -> Json:
    header = order.header
    lines = [_line(line) for line in order.lines] + _lines_of_header(order, layout)
    net = sum(line["net"] for line in lines)
    vat = header.get("order.vat", sum(line.get("line.vat", 0) for line in order.lines))
    wanted = header.get("order.wanted_on")
    return {
        "number": _number(order),
        "file": file,
        "customer": customer_of(order),
        "wanted_on": wanted.isoformat() if wanted else None,
        "delivery": {name: header.get(f"delivery.{name}", "") for name in ("line1", "postcode", "city")},
        "ht_cents": net,
        "tva_cents": vat,
        "ttc_cents": header.get("order.total", net + vat),
        "prepaid_cents": _prepaid(order),
        "lines": lines,
        "invoiced_on": None,
        "cancelled": False,
    }


def _line(line: Record) -> Json:
    """A line as it will be invoiced: the price positive, goods given or taken in the quantity's sign."""
    quantity = line.get("line.quantity", Decimal(1))
    discount, net = line.get("line.discount", 0), line["line.net"]
    price = line.get("line.unit_price")
    if price is None or ("line.discount" not in line and "line.gross" in line):
        price = (Decimal(net + discount) / 100 / quantity).quantize(Decimal("0.000001"))
    if price < 0:
        quantity, price = -quantity, -price
    return {
        "article": line["line.article"],
        "label": line.get("line.label") or line["line.article"],
        "quantity": plain(quantity),
        "unit": unit_of(line),
        "price": plain(price),
        "discount": discount,
        "rate": plain(rate_of(line)),
        "net": net,
    }


def _lines_of_header(order: ImportedOrder, layout: Layout) -> list[Json]:
    """Lines for what the layout puts into header fields: discounts by VAT rate, delivery, fees."""

    def line(article: str, net: int, rate: str) -> Json:
        return {
            "article": article,
            "label": SERVICES[article],
            "quantity": "-1" if net < 0 else "1",
            "unit": "pce",
            "price": plain(Decimal(abs(net)) / 100),
            "discount": 0,
            "rate": rate,
            "net": net,
        }

    header, result = order.header, []
    promotion = abs(header.get("order.promotion_net", 0)) if layout.policy["promotions"] == "header_field" else 0
    if promotion:
        bases: dict[str, int] = {}
        for item in order.lines:
            rate = plain(rate_of(item))
            bases[rate] = bases.get(rate, 0) + item["line.net"]
        shares = spread(promotion, list(bases.values()))
        result += [line("REMISE", -share, rate) for rate, share in zip(bases, shares, strict=True) if share]
    if layout.policy["charges"] == "header_field":
        for article, source, rate in (("PORT", "order.delivery_net", "20"), ("FRAIS", "order.fee_net", "0")):
            if header.get(source):
                result.append(line(article, header[source], rate))
    return result


def _prepaid(order: ImportedOrder) -> int:
    """What of an order is paid already, in cents, as far as the file says."""

    def words(record: Record, source: str) -> set[str]:
        return set(record.get(f"{source} words", [record.get(source, "")]))

    if order.payments:
        paid = [p for p in order.payments if words(p, "payment.method") & PAID_AT_ONCE]
        return sum(payment.get("payment.amount", 0) for payment in paid)
    if words(order.header, "order.payment_method") & PAID_AT_ONCE:
        return int(order.header.get("order.payment_total", order.header.get("order.total")) or 0)
    return 0
